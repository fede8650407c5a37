import type { Permission } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import { toUuid } from '../../platform/ids.ts';
import type { PermissionTarget } from '../../platform/principal.ts';
import { type BuiltInRole, type Rung, rungs } from './roles.ts';

/** Runs SQL in a transaction, or by itself. */
export type Queryable = Pick<Transaction, 'query'>;

export type AccessStore = ReturnType<typeof createAccessStore>;

/** Grants, projects, environments and the namespaces they own. */
export function createAccessStore(database: Database) {
  return {
    /**
     * Does any grant of these subjects cover the target? The project and environment of a (cluster, namespace) come
     * from rows, never from a request. `lock` keeps the deciding grant from being revoked before a change commits.
     */
    async covers(
      on: Queryable,
      subjects: readonly string[],
      permission: Permission,
      target: PermissionTarget | 'any' | 'fleet',
      lock: boolean,
    ): Promise<boolean> {
      const values: unknown[] = [subjects, permission];
      let scope = 'true';
      if (target === 'fleet') scope = "g.scope_kind = 'fleet'";
      else if (target !== 'any') {
        const { clusterId, projectId, environmentId } = uuidsOf(target);
        values.push(clusterId, projectId, environmentId);
        scope = `CASE g.scope_kind WHEN 'fleet' THEN true WHEN 'cluster' THEN g.scope_id = $3::uuid
          WHEN 'set' THEN EXISTS (SELECT FROM access_clusters c WHERE c.id = $3::uuid AND c.labels @> g.selector)
          WHEN 'project' THEN g.scope_id = $4::uuid WHEN 'environment' THEN g.scope_id = $5::uuid END`;
      }
      const result = await on.query(
        `SELECT g.id FROM access_grants g JOIN access_role_permissions p ON p.role_id = g.role_id AND p.permission = $2
         WHERE g.subject_id = ANY($1::uuid[]) AND (g.expires_at IS NULL OR g.expires_at > now())
           AND ${scope} LIMIT 1 ${lock ? 'FOR SHARE OF g' : ''}`,
        values,
      );
      return result.rows.length > 0;
    },

    /** Permissions held at fleet scope. */
    async fleetPermissions(subjects: readonly string[]): Promise<Permission[]> {
      const result = await database.pool.query<{ permission: Permission }>(
        `SELECT DISTINCT p.permission FROM access_grants g JOIN access_role_permissions p ON p.role_id = g.role_id
         WHERE g.subject_id = ANY($1::uuid[]) AND g.scope_kind = 'fleet' AND (g.expires_at IS NULL OR g.expires_at > now())`,
        [subjects],
      );
      return result.rows.map((row) => row.permission);
    },

    /** The highest rung that fleet, set and cluster grants give in a cluster. */
    async clusterRung(subjects: readonly string[], clusterUuid: string): Promise<Rung | undefined> {
      const result = await database.pool.query<{ rung: Rung }>(
        `SELECT DISTINCT r.rung FROM access_grants g JOIN access_roles r ON r.id = g.role_id
         WHERE g.subject_id = ANY($1::uuid[]) AND (g.expires_at IS NULL OR g.expires_at > now())
           AND CASE g.scope_kind WHEN 'fleet' THEN true WHEN 'cluster' THEN g.scope_id = $2::uuid
             WHEN 'set' THEN EXISTS (SELECT FROM access_clusters c WHERE c.id = $2::uuid AND c.labels @> g.selector)
             ELSE false END`,
        [subjects, clusterUuid],
      );
      return rungs.findLast((rung) => result.rows.some((row) => row.rung === rung));
    },

    /** Writes the built-in roles as this version defines them. */
    async putBuiltInRoles(tx: Transaction, roles: readonly BuiltInRole[]): Promise<void> {
      for (const role of roles) {
        await tx.query(
          `INSERT INTO access_roles (id, built_in, rung) VALUES ($1, true, $2)
           ON CONFLICT (id) DO UPDATE SET rung = excluded.rung`,
          [role.id, role.rung],
        );
        await tx.query('DELETE FROM access_role_permissions WHERE role_id = $1 AND permission <> ALL($2::text[])', [
          role.id,
          role.permissions,
        ]);
        await tx.query(
          `INSERT INTO access_role_permissions (role_id, permission) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
          [role.id, role.permissions],
        );
      }
    },

    async addGrant(
      tx: Transaction,
      grant: {
        id: string;
        subject: string;
        roleId: string;
        scopeKind: 'fleet' | 'cluster' | 'project' | 'environment';
        scopeId?: string;
      },
    ): Promise<void> {
      await tx.query(
        'INSERT INTO access_grants (id, subject_id, role_id, scope_kind, scope_id) VALUES ($1, $2, $3, $4, $5)',
        [toUuid(grant.id), grant.subject, grant.roleId, grant.scopeKind, grant.scopeId ?? null],
      );
      await this.raiseEpoch(tx);
    },

    async dropSubject(on: Queryable, subject: string): Promise<void> {
      await on.query('DELETE FROM access_grants WHERE subject_id = $1', [subject]);
      await this.raiseEpoch(on);
    },

    /** Tells every server that cached principals and open streams must be judged anew. */
    async raiseEpoch(on: Queryable): Promise<void> {
      await on.query(
        `WITH raised AS (UPDATE access_epoch SET epoch = epoch + 1 RETURNING epoch)
         SELECT pg_notify('quarterdeck_access', json_build_object('epoch', epoch)::text) FROM raised`,
        [],
      );
    },

    async putCluster(on: Queryable, clusterUuid: string, labels: Readonly<Record<string, string>>): Promise<void> {
      await on.query(
        `INSERT INTO access_clusters (id, labels) VALUES ($1, $2::jsonb) ON CONFLICT (id) DO UPDATE SET labels = excluded.labels`,
        [clusterUuid, JSON.stringify(labels)],
      );
    },

    async removeCluster(on: Queryable, clusterUuid: string): Promise<void> {
      await on.query('DELETE FROM access_namespaces WHERE cluster_id = $1', [clusterUuid]);
      await on.query('DELETE FROM access_clusters WHERE id = $1', [clusterUuid]);
    },

    /**
     * Materialises the rules of all environments, or of one. A namespace taken by another environment stays with it
     * and is returned as a conflict.
     */
    async materialise(on: Queryable, environmentUuid?: string): Promise<{ clusterId: string; namespace: string }[]> {
      const wanted = `SELECT DISTINCT c.id AS cluster_id, rule ->> 'namespace' AS namespace, e.project_id, e.id AS environment_id
        FROM access_environment e, jsonb_array_elements(e.rules) AS rule, access_clusters c
        WHERE c.labels @> (rule -> 'selector') AND ($1::uuid IS NULL OR e.id = $1::uuid)`;
      await on.query(
        `DELETE FROM access_namespaces n WHERE ($1::uuid IS NULL OR n.environment_id = $1::uuid)
           AND NOT EXISTS (SELECT FROM (${wanted}) w
             WHERE w.cluster_id = n.cluster_id AND w.namespace = n.namespace AND w.environment_id = n.environment_id)`,
        [environmentUuid ?? null],
      );
      await on.query(
        `INSERT INTO access_namespaces (cluster_id, namespace, project_id, environment_id)
         SELECT cluster_id, namespace, project_id, environment_id FROM (${wanted}) w ORDER BY cluster_id, namespace
         ON CONFLICT DO NOTHING`,
        [environmentUuid ?? null],
      );
      const conflicts = await on.query(
        `SELECT w.cluster_id AS "clusterId", w.namespace FROM (${wanted}) w JOIN access_namespaces n
           ON n.cluster_id = w.cluster_id AND n.namespace = w.namespace WHERE n.environment_id <> w.environment_id`,
        [environmentUuid ?? null],
      );
      return conflicts.rows as { clusterId: string; namespace: string }[];
    },
  };
}

function uuidsOf(target: PermissionTarget) {
  return {
    clusterId: target.clusterId === undefined ? null : toUuid(target.clusterId),
    projectId: target.projectId === undefined ? null : toUuid(target.projectId),
    environmentId: target.environmentId === undefined ? null : toUuid(target.environmentId),
  };
}
