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
import { type KindKey, kindNumbers } from './object-rows.ts';
import { affordable, refuseCostly } from './query-cost.ts';
import { type Reach, rowCondition } from './reach.ts';
import { type StoredRow, storedColumns } from './stored-row.ts';
import { createStreamReadModel } from './stream-read-model.ts';

type PageRow = StoredRow & { sort_value: string | number };

const select = `SELECT ${storedColumns}`;
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

    /**
     * A page from just after `position`, in the order of (sort column, id).
     * @param areFew hardly more than a page matches: they are found first and then put in order, whatever the planner
     *   hopes for along the index of the order
     */
    async page(
      filter: ObjectFilter,
      sort: ObjectSort,
      position: ObjectPosition | undefined,
      limit: number,
      areFew = false,
    ): Promise<{ row: StoredRow; position: ObjectPosition }[]> {
      const { where, values } = await conditionsOf(filter);
      const column = sortColumns[sort.column];
      const direction = sort.descending ? 'DESC' : 'ASC';
      const order = `${column.sql} ${direction}, o.id ${direction}`;
      const source = areFew ? `(SELECT * FROM matched) AS o` : 'inventory_object o';
      const after = areFew ? [] : where;
      if (position !== undefined) {
        values.push(position.value, position.id);
        const beyond = sort.descending ? '<' : '>';
        after.push(
          `(${column.sql}, o.id) ${beyond} ($${values.length - 1}::${column.type}, $${values.length}::bigint)`,
        );
      }
      const matched = `matched AS MATERIALIZED (SELECT o.* FROM inventory_object o WHERE ${where.join(' AND ')}),`;
      // Cut before anything is joined or written as text, so that rows beyond the page cost no more than a look.
      const result = await pool.query<PageRow>(
        `WITH ${areFew ? matched : ''} o AS MATERIALIZED (SELECT o.* FROM ${source}
           ${after.length === 0 ? '' : `WHERE ${after.join(' AND ')}`} ORDER BY ${order} LIMIT ${limit})
         ${select}, ${sortValueOf(sort)} AS sort_value FROM o JOIN inventory_namespace n ON n.ns_no = o.ns_no ORDER BY ${order}`,
        values,
      );
      return result.rows.map((row) => ({ row, position: { value: row.sort_value, id: row.id } }));
    },

    /** The first rows by name of several kinds at once, each with its own filter. */
    async search(filters: readonly ObjectFilter[], limit: number): Promise<Map<KindKey, StoredRow[]>> {
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
      const result = await pool.query<StoredRow & { part: number }>(selects.join(' UNION ALL '), values);
      return Map.groupBy(result.rows, ({ part }) => filters[part]?.plural ?? '');
    },

    nodeLoads: (clusterNos: readonly number[]) => readNodeLoads(database, clusterNos),
    namespaceLoads: (reach: Reach) => readNamespaceLoads(database, reach),

    /** Of these rows those that the filter matches. */
    async byIds(filter: ObjectFilter, ids: readonly string[]): Promise<StoredRow[]> {
      const { where, values } = await conditionsOf(filter);
      values.push(ids);
      const result = await pool.query<StoredRow>(
        `${select} ${from} WHERE ${where.join(' AND ')} AND o.id = ANY($${values.length}::bigint[])`,
        values,
      );
      return result.rows;
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
