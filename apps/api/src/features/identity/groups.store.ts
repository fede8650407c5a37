import type { Group } from '@quarterdeck/contracts';
import { type Database, type Queryable, sqlState, type Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';

export type GroupRow = {
  id: string;
  name: string;
  provider_id: string | null;
  provider_name: string | null;
  members: number;
  created_at: Date;
};

export type GroupFilter = { q?: string | undefined; kind?: 'local' | 'provider' | undefined };

export type GroupsStore = ReturnType<typeof createGroupsStore>;

const select = `SELECT g.id, g.name, g.provider_id, p.name AS provider_name, g.created_at,
    (SELECT count(*)::int FROM identity_group_member m WHERE m.group_id = g.id) AS members
  FROM identity_group g LEFT JOIN identity_provider p ON p.id = g.provider_id`;

/** Groups and who is in them. */
export function createGroupsStore({ pool }: Database) {
  return {
    async find(on: Queryable, id: string, lock = false): Promise<GroupRow | undefined> {
      const result = await on.query<GroupRow>(`${select} WHERE g.id = $1 ${lock ? 'FOR UPDATE OF g' : ''}`, [id]);
      return result.rows[0];
    },

    /** A page by name and id, from just after `position`. */
    async page(
      filter: GroupFilter,
      position: { name: string; id: string } | undefined,
      limit: number,
    ): Promise<GroupRow[]> {
      const { where, values } = conditions(filter);
      if (position !== undefined) {
        values.push(position.name, position.id);
        where.push(`(g.name, g.id) > ($${values.length - 1}, $${values.length}::uuid)`);
      }
      const result = await pool.query<GroupRow>(
        `${select} ${clause(where)} ORDER BY g.name, g.id LIMIT ${limit}`,
        values,
      );
      return result.rows;
    },

    async count(filter: GroupFilter): Promise<number> {
      const { where, values } = conditions(filter);
      const result = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM identity_group g ${clause(where)}`,
        values,
      );
      return result.rows[0]?.n ?? 0;
    },

    /** The new group's uuid; `undefined` when its name is taken among local groups, or those of the provider. */
    async insert(tx: Transaction, name: string, providerId: string | undefined): Promise<string | undefined> {
      const result = await tx.query<{ id: string }>(
        `INSERT INTO identity_group (id, name, realm, provider_id) VALUES ($1, $2, coalesce($3::uuid::text, 'local'), $3)
         ON CONFLICT (realm, name) DO NOTHING RETURNING id`,
        [toUuid(newId('grp')), name, providerId ?? null],
      );
      return result.rows[0]?.id;
    },

    /** False when the name is taken. */
    async rename(tx: Transaction, id: string, name: string): Promise<boolean> {
      try {
        await tx.query('UPDATE identity_group SET name = $2 WHERE id = $1', [id, name]);
        return true;
      } catch (error) {
        if (sqlState(error) === '23505') return false;
        throw error;
      }
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM identity_group WHERE id = $1', [id]);
    },

    async addMember(tx: Transaction, groupId: string, userId: string): Promise<boolean> {
      const result = await tx.query(
        'INSERT INTO identity_group_member (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING user_id',
        [groupId, userId],
      );
      return result.rows.length > 0;
    },

    async removeMember(tx: Transaction, groupId: string, userId: string): Promise<boolean> {
      const result = await tx.query(
        'DELETE FROM identity_group_member WHERE group_id = $1 AND user_id = $2 RETURNING user_id',
        [groupId, userId],
      );
      return result.rows.length > 0;
    },

    /** Makes a person's memberships in the groups of their provider exactly these. True when something changed. */
    async syncProviderGroups(
      tx: Transaction,
      member: { userId: string; providerId: string },
      names: readonly string[],
    ): Promise<boolean> {
      const made = names.map(() => toUuid(newId('grp')));
      await tx.query(
        `INSERT INTO identity_group (id, name, realm, provider_id)
         SELECT id, name, $3::uuid::text, $3::uuid FROM unnest($1::uuid[], $2::text[]) AS asked (id, name) ORDER BY name
         ON CONFLICT (realm, name) DO NOTHING`,
        [made, names, member.providerId],
      );
      const left = await tx.query(
        `DELETE FROM identity_group_member m USING identity_group g
         WHERE g.id = m.group_id AND m.user_id = $1 AND g.provider_id IS NOT NULL
           AND NOT (g.provider_id = $2 AND g.name = ANY($3::text[])) RETURNING m.group_id`,
        [member.userId, member.providerId, names],
      );
      const joined = await tx.query(
        `INSERT INTO identity_group_member (group_id, user_id)
         SELECT g.id, $1 FROM identity_group g WHERE g.provider_id = $2 AND g.name = ANY($3::text[])
         ON CONFLICT DO NOTHING RETURNING group_id`,
        [member.userId, member.providerId, names],
      );
      return left.rows.length > 0 || joined.rows.length > 0;
    },
  };
}

function conditions(filter: GroupFilter): { where: string[]; values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  if (filter.q !== undefined && filter.q !== '') {
    values.push(filter.q);
    where.push(`position(lower($${values.length}) in lower(g.name)) > 0`);
  }
  if (filter.kind !== undefined) where.push(`g.provider_id IS ${filter.kind === 'local' ? '' : 'NOT '}NULL`);
  return { where, values };
}

function clause(where: readonly string[]): string {
  return where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
}

export function toGroup(row: GroupRow): Group {
  return {
    id: fromUuid('grp', row.id),
    name: row.name,
    kind: row.provider_id === null ? 'local' : 'provider',
    ...(row.provider_id === null
      ? {}
      : { provider: { id: fromUuid('idp', row.provider_id), name: row.provider_name ?? '' } }),
    members: row.members,
    createdAt: row.created_at.toISOString(),
  };
}
