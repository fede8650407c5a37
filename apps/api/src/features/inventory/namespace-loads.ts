import type { Database } from '@quarterdeck/database';
import { kindNumbers } from './object-rows.ts';
import { type Reach, rowCondition } from './reach.ts';

/** The pods of a namespace together. */
export type NamespaceLoad = {
  clusterNo: number;
  namespace: string;
  pods: number;
  inTrouble: number;
  cpuMilli: number;
  memoryBytes: number;
};

/** Places of `failed` and `degraded` in the order of health. */
const troubled = [0, 1];

/** Pods that somebody reaches, by namespace. Those that have ended hold nothing any more. */
export async function readNamespaceLoads({ pool }: Database, reach: Reach): Promise<NamespaceLoad[]> {
  const values: unknown[] = [troubled];
  const within = rowCondition(reach, values);
  const result = await pool.query<{
    cluster_no: number;
    namespace: string;
    pods: number;
    in_trouble: number;
    cpu_m: string;
    memory_b: string;
  }>(
    `SELECT n.cluster_no, n.name AS namespace, count(*)::int AS pods,
       count(*) FILTER (WHERE o.status = ANY($1::smallint[]))::int AS in_trouble,
       sum(greatest(o.cpu_m, 0)) AS cpu_m, sum(greatest(o.memory_b, 0)) AS memory_b
     FROM inventory_object o JOIN inventory_namespace n ON n.ns_no = o.ns_no
     WHERE o.kind_no = ${kindNumbers.pods} AND ${within} AND coalesce(o.facts ->> 'phase', '') NOT IN ('Succeeded', 'Failed')
     GROUP BY n.cluster_no, n.name ORDER BY n.name, n.cluster_no`,
    values,
  );
  return result.rows.map((row) => ({
    clusterNo: row.cluster_no,
    namespace: row.namespace,
    pods: row.pods,
    inTrouble: row.in_trouble,
    cpuMilli: Number(row.cpu_m),
    memoryBytes: Number(row.memory_b),
  }));
}
