import type { Queryable } from '@quarterdeck/database';

/** Clusters as grants and rules select them, and the namespaces that rules take in them. */
/** What the groups and the user of somebody in a cluster follow from, beside their grants. */
export type ClusterProfile = {
  /** Groups of ours reach the whole cluster. */
  fleetRungs: boolean;
  /** People are users of their own names there. */
  named: boolean;
};

export const placesStore = {
  async putCluster(on: Queryable, clusterUuid: string, labels: Readonly<Record<string, string>>): Promise<void> {
    await on.query(
      `INSERT INTO access_clusters (id, labels) VALUES ($1, $2::jsonb)
       ON CONFLICT (id) DO UPDATE SET labels = excluded.labels
       WHERE access_clusters.labels <> excluded.labels`,
      [clusterUuid, JSON.stringify(labels)],
    );
  },

  async putProfile(on: Queryable, clusterUuid: string, profile: ClusterProfile): Promise<void> {
    await on.query(
      `UPDATE access_clusters SET fleet_rungs = $2, named = $3
       WHERE id = $1 AND (fleet_rungs, named) IS DISTINCT FROM ($2, $3)`,
      [clusterUuid, profile.fleetRungs, profile.named],
    );
  },

  async removeCluster(on: Queryable, clusterUuid: string): Promise<void> {
    await on.query('DELETE FROM access_namespaces WHERE cluster_id = $1', [clusterUuid]);
    await on.query("DELETE FROM access_grants WHERE scope_kind = 'cluster' AND scope_id = $1", [clusterUuid]);
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
