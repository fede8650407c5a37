import type { Permission, Scope, ScopeKind, SubjectKind } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { VisibleScope } from './scope.ts';
import type { ResolvedTarget } from './terrain.ts';

/** A grant with the names of its places; the subject is a uuid until the directory says who it is. */
export type GrantRecord = {
  id: string;
  subjectKind: SubjectKind;
  subject: string;
  roleId: string;
  role: string;
  scope: Scope;
  scopeName: string;
  projectId: string | undefined;
  expiresAt: Date | undefined;
  expired: boolean;
  createdAt: Date;
  createdBy: string;
  lastUsedAt: Date | undefined;
};

export type GrantFilter = {
  /** Uuids. */
  subjects?: readonly string[] | undefined;
  role?: string | undefined;
  project?: string | undefined;
  environment?: string | undefined;
  cluster?: string | undefined;
  scope?: readonly ScopeKind[] | undefined;
  expired?: boolean | undefined;
  q?: { words: string; subjects: readonly string[] } | undefined;
};

type Row = {
  id: string;
  subject_kind: SubjectKind;
  subject_id: string;
  role_id: string;
  role: string;
  scope_kind: ScopeKind;
  scope_id: string | null;
  selector: Record<string, string> | null;
  scope_name: string | null;
  project_id: string | null;
  expires_at: Date | null;
  expired: boolean;
  created_at: Date;
  created_by: string;
  used_at: Date | null;
};

const from = `FROM access_grants g JOIN access_roles r ON r.id = g.role_id
  LEFT JOIN access_environment e ON g.scope_kind = 'environment' AND e.id = g.scope_id
  LEFT JOIN access_project p ON p.id = CASE g.scope_kind WHEN 'project' THEN g.scope_id WHEN 'environment' THEN e.project_id END
  LEFT JOIN access_clusters c ON g.scope_kind = 'cluster' AND c.id = g.scope_id
  LEFT JOIN access_grant_use u ON u.grant_id = g.id`;

const scopeName = `CASE g.scope_kind WHEN 'cluster' THEN c.labels ->> 'cluster' WHEN 'project' THEN p.slug
  WHEN 'environment' THEN p.slug || ' / ' || e.name END`;

const select = `SELECT g.*, r.name AS role, ${scopeName} AS scope_name, p.id AS project_id, u.used_at,
  coalesce(g.expires_at <= now(), false) AS expired ${from}`;

export type NewGrant = {
  id: string;
  subjectKind: SubjectKind;
  subject: string;
  roleId: string;
  scope: Scope;
  expiresAt: Date | undefined;
  createdById: string;
  createdBy: string;
};

export type GrantsStore = ReturnType<typeof createGrantsStore>;

/** Grants as people see and change them; what the check reads is `rights.store.ts`. */
export function createGrantsStore({ pool }: Database) {
  return {
    async page(
      visible: VisibleScope,
      filter: GrantFilter,
      after: { at: string; id: string } | undefined,
      limit: number,
    ): Promise<GrantRecord[]> {
      const { where, values } = conditions(visible, filter);
      if (after !== undefined) {
        values.push(after.at, after.id);
        where.push(`(g.created_at, g.id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
      }
      const result = await pool.query<Row>(
        `${select} WHERE ${where.join(' AND ')} ORDER BY g.created_at DESC, g.id DESC LIMIT ${limit}`,
        values,
      );
      return result.rows.map(toGrant);
    },

    async count(visible: VisibleScope, filter: GrantFilter): Promise<number> {
      const { where, values } = conditions(visible, filter);
      const result = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n ${from} WHERE ${where.join(' AND ')}`,
        values,
      );
      return result.rows[0]?.n ?? 0;
    },

    async find(on: Queryable, id: string): Promise<GrantRecord | undefined> {
      const result = await on.query<Row>(`${select} WHERE g.id = $1`, [toUuid(id)]);
      return result.rows.map(toGrant)[0];
    },

    /** As `find`, and nobody changes it before this transaction ends. */
    async lock(tx: Transaction, id: string): Promise<GrantRecord | undefined> {
      await tx.query('SELECT FROM access_grants WHERE id = $1 FOR UPDATE', [toUuid(id)]);
      return this.find(tx, id);
    },

    /** Every grant of these subjects, ended ones too, newest first. */
    async ofSubjects(on: Queryable, subjects: readonly string[]): Promise<GrantRecord[]> {
      const result = await on.query<Row>(
        `${select} WHERE g.subject_id = ANY($1::uuid[]) ORDER BY g.created_at DESC, g.id LIMIT 1000`,
        [subjects],
      );
      return result.rows.map(toGrant);
    },

    /** False when the subject has this very grant. One that has ended makes room. */
    async insert(tx: Queryable, grant: NewGrant): Promise<boolean> {
      const scopeId = 'id' in grant.scope ? toUuid(grant.scope.id) : null;
      const selector = grant.scope.kind === 'set' ? JSON.stringify(grant.scope.selector) : null;
      await tx.query(
        `DELETE FROM access_grants WHERE subject_id = $1 AND role_id = $2 AND scope_kind = $3 AND expires_at <= now()
           AND scope_id IS NOT DISTINCT FROM $4::uuid AND selector IS NOT DISTINCT FROM $5::jsonb`,
        [grant.subject, grant.roleId, grant.scope.kind, scopeId, selector],
      );
      const result = await tx.query(
        `INSERT INTO access_grants (id, subject_kind, subject_id, role_id, scope_kind, scope_id, selector, expires_at, created_by_id, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id`,
        [
          toUuid(grant.id),
          grant.subjectKind,
          grant.subject,
          grant.roleId,
          grant.scope.kind,
          scopeId,
          selector,
          grant.expiresAt ?? null,
          grant.createdById,
          grant.createdBy,
        ],
      );
      return result.rows.length > 0;
    },

    async setExpiry(tx: Transaction, id: string, expiresAt: Date | undefined): Promise<void> {
      await tx.query('UPDATE access_grants SET expires_at = $2 WHERE id = $1', [toUuid(id), expiresAt ?? null]);
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM access_grants WHERE id = $1', [toUuid(id)]);
    },

    /**
     * Every permission that the subjects hold at a place or wider. The grants are locked, as whoever grants on must
     * still hold them at the commit.
     */
    async heldAt(
      tx: Transaction,
      subjects: readonly string[],
      place: ResolvedTarget | 'fleet',
    ): Promise<ReadonlySet<Permission>> {
      const at = place === 'fleet' ? {} : place;
      const result = await tx.query<{ permission: Permission }>(
        `SELECT p.permission FROM access_grants g JOIN access_role_permissions p ON p.role_id = g.role_id
         WHERE g.subject_id = ANY($1::uuid[]) AND (g.expires_at IS NULL OR g.expires_at > now())
           AND CASE g.scope_kind WHEN 'fleet' THEN true WHEN 'cluster' THEN g.scope_id = $2::uuid
             WHEN 'set' THEN EXISTS (SELECT FROM access_clusters c WHERE c.id = $2::uuid AND c.labels @> g.selector)
             WHEN 'project' THEN g.scope_id = $3::uuid WHEN 'environment' THEN g.scope_id = $4::uuid END
         FOR SHARE`,
        [subjects, at.cluster ?? null, at.project ?? null, at.environment ?? null],
      );
      return new Set(result.rows.map((row) => row.permission));
    },

    /** Subjects of the owner grants without an end, which are locked: two last owners cannot leave at once. */
    async lockOwners(tx: Transaction): Promise<{ id: string; subject: string; kind: SubjectKind }[]> {
      const result = await tx.query<{ id: string; subject_id: string; subject_kind: SubjectKind }>(
        `SELECT id, subject_id, subject_kind FROM access_grants
         WHERE role_id = 'owner' AND scope_kind = 'fleet' AND expires_at IS NULL ORDER BY id FOR UPDATE`,
      );
      return result.rows.map((row) => ({
        id: fromUuid('grt', row.id),
        subject: row.subject_id,
        kind: row.subject_kind,
      }));
    },

    /** Who holds a permission at a place, narrow grants first: those near the place are the ones to ask. */
    async holdersOf(on: Queryable, permission: Permission, place: ResolvedTarget): Promise<string[]> {
      const result = await on.query<{ subject_id: string }>(
        `SELECT subject_id FROM (SELECT DISTINCT g.subject_id, g.scope_kind = 'fleet' AS wide
           FROM access_grants g JOIN access_role_permissions p ON p.role_id = g.role_id AND p.permission = $1
           WHERE (g.expires_at IS NULL OR g.expires_at > now())
             AND CASE g.scope_kind WHEN 'fleet' THEN true WHEN 'cluster' THEN g.scope_id = $2::uuid
               WHEN 'project' THEN g.scope_id = $3::uuid WHEN 'environment' THEN g.scope_id = $4::uuid ELSE false END) AS holder
         ORDER BY wide, subject_id LIMIT 50`,
        [permission, place.cluster ?? null, place.project ?? null, place.environment ?? null],
      );
      return [...new Set(result.rows.map((row) => row.subject_id))];
    },

    /** Accounts and groups with the owner role, those whose grant ends included. */
    async ownerSubjects(on: Queryable): Promise<string[]> {
      const result = await on.query<{ subject_id: string }>(
        `SELECT subject_id FROM access_grants WHERE role_id = 'owner' AND scope_kind = 'fleet'
           AND (expires_at IS NULL OR expires_at > now())`,
      );
      return result.rows.map((row) => row.subject_id);
    },

    async isOwner(on: Queryable, subjects: readonly string[]): Promise<boolean> {
      const result = await on.query(
        `SELECT FROM access_grants WHERE role_id = 'owner' AND scope_kind = 'fleet' AND subject_id = ANY($1::uuid[])
           AND (expires_at IS NULL OR expires_at > now()) LIMIT 1`,
        [subjects],
      );
      return result.rowCount !== 0;
    },
  };
}

function conditions(visible: VisibleScope, filter: GrantFilter): { where: string[]; values: unknown[] } {
  const values: unknown[] = [];
  const where = ['true'];
  function add(sql: (place: string) => string, value: unknown): void {
    values.push(value);
    where.push(sql(`$${values.length}`));
  }
  if (!visible.fleet) {
    add(
      (place) => `(g.scope_kind IN ('cluster', 'project', 'environment') AND g.scope_id = ANY(${place}::uuid[]))`,
      [...visible.clusters, ...visible.projects, ...visible.environments],
    );
  }
  if (filter.subjects !== undefined) add((place) => `g.subject_id = ANY(${place}::uuid[])`, filter.subjects);
  if (filter.role !== undefined) add((place) => `g.role_id = ${place}`, filter.role);
  if (filter.project !== undefined) add((place) => `p.id = ${place}`, toUuid(filter.project));
  if (filter.environment !== undefined) add((place) => `e.id = ${place}`, toUuid(filter.environment));
  if (filter.cluster !== undefined) add((place) => `c.id = ${place}`, toUuid(filter.cluster));
  if (filter.scope !== undefined) add((place) => `g.scope_kind = ANY(${place}::text[])`, filter.scope);
  if (filter.expired !== undefined) add((place) => `coalesce(g.expires_at <= now(), false) = ${place}`, filter.expired);
  if (filter.q !== undefined) {
    values.push(filter.q.words, filter.q.subjects);
    where.push(
      `(position(lower($${values.length - 1}) IN lower(r.name || ' ' || coalesce(${scopeName}, ''))) > 0
        OR g.subject_id = ANY($${values.length}::uuid[]))`,
    );
  }
  return { where, values };
}

function toGrant(row: Row): GrantRecord {
  return {
    id: fromUuid('grt', row.id),
    subjectKind: row.subject_kind,
    subject: row.subject_id,
    roleId: row.role_id,
    role: row.role,
    scope: toScope(row),
    scopeName: nameOf(row),
    projectId: row.project_id === null ? undefined : fromUuid('prj', row.project_id),
    expiresAt: row.expires_at ?? undefined,
    expired: row.expired,
    createdAt: row.created_at,
    createdBy: row.created_by,
    lastUsedAt: row.used_at ?? undefined,
  };
}

function toScope(row: Row): Scope {
  if (row.scope_kind === 'fleet') return { kind: 'fleet' };
  if (row.scope_kind === 'set') return { kind: 'set', selector: row.selector ?? {} };
  const prefix = ({ cluster: 'clu', project: 'prj', environment: 'env' } as const)[row.scope_kind];
  return { kind: row.scope_kind, id: fromUuid(prefix, row.scope_id ?? '') };
}

function nameOf(row: Row): string {
  if (row.scope_kind === 'fleet') return 'Whole fleet';
  if (row.scope_kind !== 'set') return row.scope_name ?? 'gone';
  return Object.entries(row.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
