import type { Account } from '@quarterdeck/contracts';
import type { Database, Queryable } from '@quarterdeck/database';
import { fromUuid } from '../../platform/ids.ts';
import type { UserRow } from './users.store.ts';

/** An account with what a list of accounts shows. */
export type AccountRow = Omit<UserRow, 'password_hash'> & {
  has_password: boolean;
  has_totp: boolean;
  provider_name: string | null;
  sessions: number;
  groups: { id: string; name: string }[];
};

export type AccountFilter = {
  q?: string | undefined;
  state?: 'active' | 'disabled' | undefined;
  /** `local`, or a provider's uuid. */
  provider?: string | undefined;
  group?: string | undefined;
};

export type AccountsReadModel = ReturnType<typeof createAccountsReadModel>;

const columns = `u.id, u.name, u.display_name, u.email, u.disabled_at, u.created_at, u.provider_id, u.issuer, u.subject,
  u.groups_synced_at, u.groups_error, u.last_sign_in_at, u.password_hash IS NOT NULL AS has_password,
  p.name AS provider_name,
  EXISTS (SELECT FROM identity_totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) AS has_totp,
  (SELECT count(*)::int FROM identity_session s WHERE s.user_id = u.id AND s.expires_at > now()
     AND s.last_used_at > now() - interval '120 minutes') AS sessions,
  coalesce((SELECT json_agg(json_build_object('id', g.id, 'name', g.name) ORDER BY g.name)
     FROM identity_group_member m JOIN identity_group g ON g.id = m.group_id WHERE m.user_id = u.id), '[]') AS groups`;
const from = 'FROM identity_user u LEFT JOIN identity_provider p ON p.id = u.provider_id';

/** Accounts as their list shows them. */
export function createAccountsReadModel({ pool }: Database) {
  return {
    async find(id: string, on: Queryable = pool): Promise<AccountRow | undefined> {
      const result = await on.query<AccountRow>(`SELECT ${columns} ${from} WHERE u.id = $1`, [id]);
      return result.rows[0];
    },

    /** A page by name, from just after `afterName`. */
    async page(filter: AccountFilter, afterName: string | undefined, limit: number): Promise<AccountRow[]> {
      const { where, values } = conditions(filter);
      if (afterName !== undefined) {
        values.push(afterName);
        where.push(`u.name > $${values.length}`);
      }
      const result = await pool.query<AccountRow>(
        `SELECT ${columns} ${from} ${clause(where)} ORDER BY u.name LIMIT ${limit}`,
        values,
      );
      return result.rows;
    },

    async count(filter: AccountFilter): Promise<number> {
      const { where, values } = conditions(filter);
      const result = await pool.query<{ n: number }>(`SELECT count(*)::int AS n ${from} ${clause(where)}`, values);
      return result.rows[0]?.n ?? 0;
    },
  };
}

function conditions(filter: AccountFilter): { where: string[]; values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  function add(sql: (place: string) => string, value: unknown): void {
    values.push(value);
    where.push(sql(`$${values.length}`));
  }
  if (filter.q !== undefined && filter.q !== '') {
    add(
      (place) =>
        `position(lower(${place}) in lower(u.name || ' ' || u.display_name || ' ' || coalesce(u.email, ''))) > 0`,
      filter.q,
    );
  }
  if (filter.state !== undefined) where.push(`u.disabled_at IS ${filter.state === 'active' ? '' : 'NOT '}NULL`);
  if (filter.provider === 'local') where.push('u.issuer IS NULL');
  else if (filter.provider !== undefined) add((place) => `u.provider_id = ${place}`, filter.provider);
  if (filter.group !== undefined) {
    add(
      (place) => `EXISTS (SELECT FROM identity_group_member m WHERE m.user_id = u.id AND m.group_id = ${place})`,
      filter.group,
    );
  }
  return { where, values };
}

function clause(where: readonly string[]): string {
  return where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
}

export function toAccount(row: AccountRow): Account {
  return {
    id: fromUuid('usr', row.id),
    name: row.name,
    displayName: row.display_name,
    ...(row.email === null ? {} : { email: row.email }),
    createdAt: row.created_at.toISOString(),
    ...(row.provider_id === null || row.provider_name === null
      ? {}
      : { provider: { id: fromUuid('idp', row.provider_id), name: row.provider_name } }),
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at.toISOString() }),
    ...(row.last_sign_in_at === null ? {} : { lastSignInAt: row.last_sign_in_at.toISOString() }),
    secondFactor: row.has_totp,
    hasPassword: row.has_password,
    sessions: row.sessions,
    groups: row.groups.map((group) => ({ id: fromUuid('grp', group.id), name: group.name })),
    ...(row.groups_error === null ? {} : { groupsError: row.groups_error }),
  };
}
