import type { Database } from '@quarterdeck/database';
import { kindNumbers } from './object-rows.ts';

/** What the pods of a node request together. */
export type NodeLoad = { clusterNo: number; node: string; pods: number; cpuMilli: number; memoryBytes: number };

/**
 * Requests of all pods by node, in whole clusters: who sees a part of the pods is not asked for, since a part of the
 * sum would look like room. Pods that have ended hold nothing any more.
 */
export async function readNodeLoads({ pool }: Database, clusterNos: readonly number[]): Promise<NodeLoad[]> {
  if (clusterNos.length === 0) return [];
  const result = await pool.query<{ cluster_no: number; node: string; pods: number; cpu_m: string; memory_b: string }>(
    `SELECT o.cluster_no, o.node, count(*)::int AS pods, sum(greatest(o.cpu_m, 0)) AS cpu_m, sum(greatest(o.memory_b, 0)) AS memory_b
     FROM inventory_object o
     WHERE o.kind_no = ${kindNumbers.pods} AND o.cluster_no = ANY($1::int[]) AND o.node <> ''
       AND coalesce(o.facts ->> 'phase', '') NOT IN ('Succeeded', 'Failed')
     GROUP BY o.cluster_no, o.node`,
    [clusterNos],
  );
  return result.rows.map((row) => ({
    clusterNo: row.cluster_no,
    node: row.node,
    pods: row.pods,
    cpuMilli: Number(row.cpu_m),
    memoryBytes: Number(row.memory_b),
  }));
}
