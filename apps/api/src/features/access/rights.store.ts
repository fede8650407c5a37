import type { Permission } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { toUuid } from '../../platform/ids.ts';
import type { PermissionTarget } from '../../platform/principal.ts';
import type { GrantScope, HeldGrant } from './rights.ts';
import type { OwnedPlace, ResolvedTarget, Terrain } from './terrain.ts';

export type Epoch = { epoch: string; places: string };

type GrantRow = {
  id: string;
  role_id: string;
  scope_kind: GrantScope['kind'];
  scope_id: string | null;
  selector: Record<string, string> | null;
  /** Milliseconds by the database's clock. */
  left_ms: number | null;
};

export type RightsStore = ReturnType<typeof createRightsStore>;

/** What the check reads: grants, roles and who owns which place. */
export function createRightsStore(database: Database) {
  const { keyed: pool } = database;
  return {
    async epoch(): Promise<Epoch> {
      const result = await pool.query<Epoch>('SELECT epoch, places FROM access_epoch');
      const row = result.rows[0];
      if (row === undefined) throw new Error('access_epoch has no row.');
      return row;
    },

    /** Every live grant of the subjects. */
    async grantsOf(subjects: readonly string[]): Promise<HeldGrant[]> {
      const result = await pool.query<GrantRow>(
        `SELECT id, role_id, scope_kind, scope_id, selector,
           (extract(epoch FROM expires_at - now()) * 1000)::float8 AS left_ms
         FROM access_grants WHERE subject_id = ANY($1::uuid[]) AND (expires_at IS NULL OR expires_at > now())`,
        [subjects],
      );
      const now = performance.now();
      return result.rows.map((row) => ({
        id: row.id,
        roleId: row.role_id,
        scope: scopeOf(row),
        deadline: row.left_ms === null ? undefined : now + row.left_ms,
      }));
    },

    /** All places and roles, from one snapshot. */
    terrain: () => database.transaction(readTerrain, { snapshot: true }),

    /**
     * `resolve` of the terrain for one target, from rows as a change sees them.
     * @param hold `share`: who owns the place, whether its project is archived and what its cluster is labelled stay as
     *   they are until the transaction ends. `alone`: for a change of just that, which nobody else may hold meanwhile.
     */
    async resolve(
      on: Queryable,
      target: PermissionTarget,
      hold?: 'share' | 'alone',
    ): Promise<(ResolvedTarget & { isArchived: boolean }) | undefined> {
      const ids = uuidsOf(target);
      const lock = hold === undefined ? '' : { share: 'FOR SHARE', alone: 'FOR NO KEY UPDATE' }[hold];
      if (target.namespace !== undefined && ids.cluster === null) return undefined;
      const result = await on.query<{
        project: string | null;
        environment: string | null;
        labels: Record<string, string> | null;
        archived: boolean | null;
      }>(
        `WITH n AS (SELECT project_id, environment_id FROM access_namespaces
             WHERE cluster_id = $1::uuid AND namespace = $4::text ${lock}),
           e AS (SELECT id, project_id FROM access_environment WHERE id = $3::uuid ${lock}),
           owner AS (
             SELECT CASE WHEN $4::text IS NOT NULL THEN n.project_id WHEN $3::uuid IS NOT NULL THEN e.project_id ELSE $2::uuid END AS project,
               CASE WHEN $4::text IS NOT NULL THEN n.environment_id ELSE e.id END AS environment
             FROM (SELECT) AS one LEFT JOIN n ON true LEFT JOIN e ON true),
           p AS (SELECT archived_at FROM access_project WHERE id = (SELECT project FROM owner) ${lock}),
           c AS (SELECT labels FROM access_clusters WHERE id = $1::uuid ${lock})
         SELECT owner.project, owner.environment, c.labels, p.archived_at IS NOT NULL AS archived
         FROM owner LEFT JOIN p ON true LEFT JOIN c ON true`,
        [ids.cluster, ids.project, ids.environment, target.namespace ?? null],
      );
      const row = result.rows[0];
      if (row === undefined) return undefined;
      if (ids.environment !== null && ids.environment !== row.environment) return undefined;
      if (ids.project !== null && ids.project !== row.project) return undefined;
      return {
        ...(ids.cluster === null ? {} : { cluster: ids.cluster }),
        ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
        ...(row.project === null ? {} : { project: row.project }),
        ...(row.environment === null ? {} : { environment: row.environment }),
        ...(row.labels === null ? {} : { labels: row.labels }),
        isArchived: row.archived === true,
      };
    },

    /**
     * The grant that gives a permission on a target. `FOR SHARE`: a revocation of it, or of the role's permission,
     * waits until the change commits, or has won and is seen here.
     */
    async deciding(
      on: Queryable,
      subjects: readonly string[],
      permission: Permission,
      target: ResolvedTarget | 'any' | 'fleet',
    ): Promise<string | undefined> {
      const values: unknown[] = [subjects, permission];
      let scope = 'true';
      if (target === 'fleet') scope = "g.scope_kind = 'fleet'";
      else if (target !== 'any') {
        values.push(target.cluster ?? null, target.project ?? null, target.environment ?? null);
        scope = `CASE g.scope_kind WHEN 'fleet' THEN true WHEN 'cluster' THEN g.scope_id = $3::uuid
          WHEN 'set' THEN EXISTS (SELECT FROM access_clusters c WHERE c.id = $3::uuid AND c.labels @> g.selector)
          WHEN 'project' THEN g.scope_id = $4::uuid WHEN 'environment' THEN g.scope_id = $5::uuid END`;
      }
      const result = await on.query<{ id: string }>(
        `SELECT g.id FROM access_grants g JOIN access_role_permissions p ON p.role_id = g.role_id AND p.permission = $2
         WHERE g.subject_id = ANY($1::uuid[]) AND (g.expires_at IS NULL OR g.expires_at > now())
           AND ${scope} LIMIT 1 FOR SHARE`,
        values,
      );
      return result.rows[0]?.id;
    },

    async noteUse(grantIds: readonly string[]): Promise<void> {
      await pool.query(
        `INSERT INTO access_grant_use (grant_id, used_at) SELECT id, now() FROM access_grants WHERE id = ANY($1::uuid[])
         ON CONFLICT (grant_id) DO UPDATE SET used_at = excluded.used_at`,
        [grantIds],
      );
    },
  };
}

export function scopeOf(row: Pick<GrantRow, 'scope_kind' | 'scope_id' | 'selector'>): GrantScope {
  if (row.scope_kind === 'fleet') return { kind: 'fleet' };
  if (row.scope_kind === 'set') return { kind: 'set', selector: row.selector ?? {} };
  return { kind: row.scope_kind, id: row.scope_id ?? '' };
}

function uuidsOf(target: PermissionTarget) {
  return {
    cluster: target.clusterId === undefined ? null : toUuid(target.clusterId),
    project: target.projectId === undefined ? null : toUuid(target.projectId),
    environment: target.environmentId === undefined ? null : toUuid(target.environmentId),
  };
}

async function readTerrain(tx: Transaction): Promise<Terrain> {
  const roles = await tx.query<{ role_id: string; permissions: Permission[] }>(
    'SELECT role_id, array_agg(permission) AS permissions FROM access_role_permissions GROUP BY role_id',
  );
  const clusters = await tx.query<{
    id: string;
    labels: Record<string, string>;
    fleet_rungs: boolean;
    named: boolean;
  }>('SELECT id, labels, fleet_rungs, named FROM access_clusters');
  const places = await tx.query<OwnedPlace>(
    `SELECT cluster_id AS cluster, namespace, project_id AS project, environment_id AS environment
     FROM access_namespaces`,
  );
  const environments = await tx.query<{ id: string; project_id: string }>(
    'SELECT id, project_id FROM access_environment',
  );
  const projects = await tx.query<{ id: string; archived: boolean }>(
    'SELECT id, archived_at IS NOT NULL AS archived FROM access_project',
  );
  const numbers = await tx.query<{ cluster: string; project: string; number: number }>(
    'SELECT cluster_id AS cluster, project_id AS project, number FROM access_project_number',
  );
  const namespaces = new Map<string, Map<string, OwnedPlace>>();
  for (const place of places.rows) {
    const there = namespaces.get(place.cluster) ?? new Map<string, OwnedPlace>();
    namespaces.set(place.cluster, there.set(place.namespace, place));
  }
  return {
    roles: new Map(roles.rows.map((row) => [row.role_id, new Set(row.permissions)])),
    clusters: new Map(clusters.rows.map((row) => [row.id, row.labels])),
    strict: new Set(clusters.rows.filter((row) => !row.fleet_rungs).map((row) => row.id)),
    named: new Set(clusters.rows.filter((row) => row.named).map((row) => row.id)),
    namespaces,
    environments: new Map(environments.rows.map((row) => [row.id, row.project_id])),
    projects: new Map(projects.rows.map((row) => [row.id, { archived: row.archived }])),
    numbers: new Map(
      [...Map.groupBy(numbers.rows, ({ cluster }) => cluster)].map(([cluster, rows]) => [
        cluster,
        new Map(rows.map((row) => [row.project, row.number])),
      ]),
    ),
  };
}
