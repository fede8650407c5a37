import type { Database } from '@quarterdeck/database';
import type { KindRegistry } from './kind-registry.ts';
import { type KindKey, kindNumbers, rbacNumbers } from './object-rows.ts';

/** Where one watch of one cluster stands. */
export type Stream = Awaited<ReturnType<ReturnType<typeof createStreamReadModel>['streams']>>[number];

/** Where each watch stands, and what changed since. */
export function createStreamReadModel({ database, kinds }: { database: Database; kinds: KindRegistry }) {
  const { pool } = database;

  return {
    /**
     * The watches of these clusters: of one kind, with the one of namespaces, which every cluster has, or of all.
     */
    async streams(clusterNos: readonly number[], key?: KindKey) {
      const kindNos = key === undefined ? null : [await kinds.numberOf(key), kindNumbers.namespaces];
      const result = await pool.query<{
        cluster_no: number;
        kind_no: number;
        state: string;
        as_of: Date | null;
        error: string | null;
        skipped: number;
        discovered: boolean;
        read_at: Date;
      }>(
        `SELECT s.cluster_no, s.kind_no, s.state, s.as_of, s.error, s.skipped, h.discovered_at IS NOT NULL AS discovered, clock_timestamp() AS read_at
         FROM inventory_stream s LEFT JOIN inventory_head h ON h.cluster_no = s.cluster_no
         WHERE s.cluster_no = ANY($1::int[]) AND ($2::smallint[] IS NULL OR s.kind_no = ANY($2)) ORDER BY s.kind_no`,
        [clusterNos, kindNos],
      );
      const keys = await kinds.keysOf(result.rows.map((row) => row.kind_no));
      return result.rows.map((row) => ({
        clusterNo: row.cluster_no,
        plural: keys.get(row.kind_no) ?? '',
        state: row.state as 'syncing' | 'streaming' | 'stale' | 'forbidden' | 'capped',
        asOf: row.as_of ?? undefined,
        error: row.error ?? undefined,
        skipped: row.skipped,
        /** Which kinds the cluster serves is known. */
        discovered: row.discovered,
        /** By the database's clock, which the ages are told by, too. */
        readAt: row.read_at,
      }));
    },

    /** By cluster: kinds whose watch was lost, or whose first reading fails. */
    async behind(clusterNos: readonly number[]): Promise<Map<number, KindKey[]>> {
      const result = await pool.query<{ cluster_no: number; kind_no: number }>(
        `SELECT cluster_no, kind_no FROM inventory_stream WHERE cluster_no = ANY($1::int[])
           AND (state = 'stale' OR (state = 'syncing' AND error IS NOT NULL)) ORDER BY kind_no`,
        [clusterNos],
      );
      const keys = await kinds.keysOf(result.rows.map((row) => row.kind_no));
      const byCluster = Map.groupBy(result.rows, (row) => row.cluster_no);
      return new Map([...byCluster].map(([no, rows]) => [no, rows.map((row) => keys.get(row.kind_no) ?? '')]));
    },

    /** Rows of a cluster by kind. */
    async rowsOf(clusterNo: number): Promise<Map<KindKey, number>> {
      const result = await pool.query<{ kind_no: number; n: number }>(
        `SELECT c.kind_no, sum(c.n)::int AS n FROM inventory_count c JOIN inventory_namespace n ON n.ns_no = c.ns_no
         WHERE n.cluster_no = $1 AND c.kind_no <> ALL ($2::smallint[]) GROUP BY 1
         UNION ALL SELECT r.kind_no, count(*)::int FROM cluster_rbac r WHERE r.cluster_no = $1 GROUP BY 1`,
        [clusterNo, Object.values(rbacNumbers)],
      );
      const keys = await kinds.keysOf(result.rows.map((row) => row.kind_no));
      return new Map(result.rows.map((row) => [keys.get(row.kind_no) ?? '', row.n]));
    },

    /** Watches of a cluster that stood still, were refused or cut short in these hours, newest first. */
    async incidents(clusterNo: number, hours: number) {
      const result = await pool.query<{
        kind_no: number;
        state: 'stale' | 'forbidden' | 'capped';
        error: string | null;
        began_at: Date;
        ended_at: Date | null;
      }>(
        `SELECT kind_no, state, error, began_at, ended_at FROM inventory_incident
         WHERE cluster_no = $1 AND (ended_at IS NULL OR ended_at >= now() - make_interval(hours => $2))
         ORDER BY began_at DESC, kind_no LIMIT 200`,
        [clusterNo, hours],
      );
      const keys = await kinds.keysOf(result.rows.map((row) => row.kind_no));
      return result.rows.map((row) => ({
        kind: keys.get(row.kind_no) ?? '',
        state: row.state,
        error: row.error ?? undefined,
        beganAt: row.began_at,
        endedAt: row.ended_at ?? undefined,
      }));
    },

    /** Changes of clusters after a revision of each, by cluster, oldest first, at most `limit` of each: for the live feed. */
    async changesAfter(revs: ReadonlyMap<number, bigint>, limit: number) {
      const result = await pool.query<{
        cluster_no: number;
        rev: string;
        kind_no: number;
        id: string;
        ns_no: number;
        op: 'I' | 'U' | 'D';
      }>(
        `SELECT c.* FROM unnest($1::int[], $2::bigint[]) AS seen(cluster_no, rev) CROSS JOIN LATERAL (
           SELECT cluster_no, rev, kind_no, id, ns_no, op FROM inventory_change
           WHERE cluster_no = seen.cluster_no AND rev > seen.rev ORDER BY rev, kind_no, id LIMIT $3) AS c
         ORDER BY c.cluster_no, c.rev, c.kind_no, c.id`,
        [[...revs.keys()], [...revs.values()].map(String), limit],
      );
      const keys = await kinds.keysOf(result.rows.map((row) => row.kind_no));
      return Map.groupBy(
        result.rows.map(({ cluster_no: clusterNo, kind_no: kindNo, rev, id, ns_no: nsNo, op }) => ({
          clusterNo,
          rev,
          plural: keys.get(kindNo),
          id,
          nsNo,
          op,
        })),
        ({ clusterNo }) => clusterNo,
      );
    },

    async revisions(): Promise<Map<number, string>> {
      const result = await pool.query<{ cluster_no: number; rev: string }>(
        'SELECT cluster_no, rev FROM inventory_head',
      );
      return new Map(result.rows.map((row) => [row.cluster_no, row.rev]));
    },
  };
}
