import { inventoryHealth as healthNames, type InventoryObject } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { createEventReadModel } from './event-read-model.ts';
import { createInventoryCounts } from './inventory-counts.ts';
import { createKindRegistry, type KindRegistry } from './kind-registry.ts';
import { readNamespaceLoads } from './namespace-loads.ts';
import { readNodeLoads } from './node-loads.ts';
import {
  type Conditions,
  conditions,
  type ObjectFilter,
  type ObjectPosition,
  type ObjectSort,
  sortColumns,
  sortValueOf,
} from './object-conditions.ts';
import { type KindKey, kindNumbers, none } from './object-rows.ts';
import { affordable, refuseCostly } from './query-cost.ts';
import { type Reach, rowCondition } from './reach.ts';
import { createStreamReadModel } from './stream-read-model.ts';

export type ObjectRecord = Omit<InventoryObject, 'clusterId' | 'cluster' | 'group' | 'plural' | 'kind'> & {
  clusterNo: number;
};

type Row = {
  id: string;
  cluster_no: number;
  namespace: string;
  name: string;
  uid: string;
  created_at: Date;
  status: number;
  status_text: string;
  ready: number;
  desired: number;
  restarts: number;
  node: string;
  owner_uid: string;
  cpu_m: number;
  memory_b: string;
  labels: Record<string, string>;
  facts: Record<string, unknown>;
  sort_value: string | number;
};

const select = `SELECT o.id, o.cluster_no, n.name AS namespace, o.name, o.uid, o.created_at, o.status, o.status_text, o.ready, o.desired,
  o.restarts, o.node, o.owner_uid, o.cpu_m, o.memory_b, o.labels, o.facts`;
const from = 'FROM inventory_object o JOIN inventory_namespace n ON n.ns_no = o.ns_no';

const costlyStatus = {
  pointer: 'query/status',
  narrower: 'Filter by health instead of the status text, or name clusters, namespaces, a node or labels as well.',
};
export type InventoryReadModel = ReturnType<typeof createInventoryReadModel>;

/** Lists, totals, search and counts over the rows of all clusters. */
export function createInventoryReadModel(
  database: Database,
  kinds: KindRegistry = createKindRegistry(database),
  options: { affordableCost?: number } = {},
) {
  const { pool } = database;
  const { affordableCost = affordable } = options;

  async function conditionsOf(filter: ObjectFilter): Promise<Conditions> {
    const values: unknown[] = [];
    return { where: conditions(await kinds.numberOf(filter.plural), filter, values), values };
  }

  return {
    ...createInventoryCounts({ database, kinds, conditionsOf }),
    ...createStreamReadModel({ database, kinds }),
    ...createEventReadModel({ database, affordableCost }),

    /** A list's filter as SQL, for those who ask something else of the same rows. */
    conditionsOf,

    /**
     * Refuses what no index serves where there is too much of it: a status text is looked for in every row.
     * @throws AppError 422 `query_too_costly`
     */
    async refuseCostly(filter: ObjectFilter): Promise<void> {
      if (filter.status === undefined) return;
      const { where, values } = await conditionsOf(filter);
      const sql = `SELECT FROM inventory_object o WHERE ${where.join(' AND ')}`;
      await refuseCostly(database, { sql, values }, costlyStatus, affordableCost);
    },

    /** A page from just after `position`, in the order of (sort column, id). */
    async page(
      filter: ObjectFilter,
      sort: ObjectSort,
      position: ObjectPosition | undefined,
      limit: number,
    ): Promise<{ record: ObjectRecord; position: ObjectPosition }[]> {
      const { where, values } = await conditionsOf(filter);
      const column = sortColumns[sort.column];
      const direction = sort.descending ? 'DESC' : 'ASC';
      if (position !== undefined) {
        values.push(position.value, position.id);
        where.push(
          `(${column.sql}, o.id) ${sort.descending ? '<' : '>'} ($${values.length - 1}::${column.type}, $${values.length}::bigint)`,
        );
      }
      const result = await pool.query<Row>(
        `${select}, ${sortValueOf(sort)} AS sort_value ${from} WHERE ${where.join(' AND ')}
         ORDER BY ${column.sql} ${direction}, o.id ${direction} LIMIT ${limit}`,
        values,
      );
      return result.rows.map((row) => ({ record: toRecord(row), position: { value: row.sort_value, id: row.id } }));
    },

    /** The first rows by name of several kinds at once, each with its own filter. */
    async search(filters: readonly ObjectFilter[], limit: number): Promise<Map<KindKey, ObjectRecord[]>> {
      if (filters.length === 0) return new Map();
      const values: unknown[] = [];
      const parts = await Promise.all(
        filters.map(async (filter) => ({ filter, kindNo: await kinds.numberOf(filter.plural) })),
      );
      const selects = parts.map(
        ({ filter, kindNo }, index) =>
          `(${select}, ${index} AS part ${from} WHERE ${conditions(kindNo, filter, values).join(' AND ')}
            ORDER BY o.name, o.id LIMIT ${limit})`,
      );
      const result = await pool.query<Row & { part: number }>(selects.join(' UNION ALL '), values);
      const found = Map.groupBy(result.rows, ({ part }) => filters[part]?.plural ?? '');
      return new Map([...found].map(([key, rows]) => [key, rows.map(toRecord)]));
    },

    nodeLoads: (clusterNos: readonly number[]) => readNodeLoads(database, clusterNos),
    namespaceLoads: (reach: Reach) => readNamespaceLoads(database, reach),

    /** Of these rows those that the filter matches. */
    async byIds(filter: ObjectFilter, ids: readonly string[]): Promise<ObjectRecord[]> {
      const { where, values } = await conditionsOf(filter);
      values.push(ids);
      const result = await pool.query<Row>(
        `${select} ${from} WHERE ${where.join(' AND ')} AND o.id = ANY($${values.length}::bigint[])`,
        values,
      );
      return result.rows.map(toRecord);
    },

    async namespaceNames(reach: Reach, q: string | undefined): Promise<{ name: string; clusterNos: number[] }[]> {
      const values: unknown[] = [q ?? null];
      const where = rowCondition(reach, values);
      const result = await pool.query<{ name: string; cluster_nos: number[] }>(
        `SELECT o.name, array_agg(o.cluster_no ORDER BY o.cluster_no) AS cluster_nos FROM inventory_object o
         WHERE o.kind_no = ${kindNumbers.namespaces} AND ${where} AND ($1::text IS NULL OR position($1 IN o.name) > 0)
         GROUP BY o.name ORDER BY o.name LIMIT 1000`,
        values,
      );
      return result.rows.map((row) => ({ name: row.name, clusterNos: row.cluster_nos }));
    },
  };
}

function toRecord(row: Row): ObjectRecord {
  return {
    id: row.id,
    clusterNo: row.cluster_no,
    ...(row.namespace === '' ? {} : { namespace: row.namespace }),
    name: row.name,
    uid: row.uid,
    ...(row.created_at.getTime() === none.time.getTime() ? {} : { createdAt: row.created_at.toISOString() }),
    health: healthNames[row.status] ?? 'unknown',
    statusText: row.status_text,
    ...(row.ready === none.number ? {} : { ready: row.ready }),
    ...(row.desired === none.number ? {} : { desired: row.desired }),
    ...(row.restarts === none.number ? {} : { restarts: row.restarts }),
    ...(row.node === none.text ? {} : { node: row.node }),
    ...(row.owner_uid === none.text ? {} : { ownerUid: row.owner_uid }),
    ...(row.cpu_m === none.number ? {} : { cpuCores: row.cpu_m / 1000 }),
    ...(Number(row.memory_b) === none.number ? {} : { memoryBytes: Number(row.memory_b) }),
    labels: row.labels,
    facts: row.facts,
  };
}
