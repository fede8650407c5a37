import type { Database, QueryResult } from '@quarterdeck/database';
import { createEventReadModel } from './event-read-model.ts';
import { createInventoryCounts } from './inventory-counts.ts';
import { createKindRegistry, type KindRegistry } from './kind-registry.ts';
import { readNamespaceLoads } from './namespace-loads.ts';
import { createNamespaceNames } from './namespace-names.ts';
import { readNodeLoads } from './node-loads.ts';
import {
  type Conditions,
  conditions,
  type ObjectFilter,
  type ObjectPosition,
  type ObjectSort,
} from './object-conditions.ts';
import { createObjectPages, type PagedRow } from './object-pages.ts';
import { type KindKey, kindNumbers } from './object-rows.ts';
import { type EventsWanted, readPlacedEvents } from './placed-events.ts';
import { type RowPlace, readPlacedRows, type Want } from './placed-rows.ts';
import { affordable, refuseCostly } from './query-cost.ts';
import { type Reach, rowCondition } from './reach.ts';
import { createRecentChanges } from './recent-changes.ts';
import { type StoredRow, storedColumns } from './stored-row.ts';
import { createStreamReadModel } from './stream-read-model.ts';

const select = `SELECT ${storedColumns} FROM inventory_object o`;

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

  const namespaceNames = createNamespaceNames(database);
  const changes = createRecentChanges(database);
  const pages = createObjectPages({ database, kinds, conditionsOf, namespaceNames, changes });

  async function named<Row extends StoredRow>(asked: Promise<QueryResult<Row>>): Promise<Row[]> {
    const { rows } = await asked;
    const nameOf = await namespaceNames(rows.map((row) => row.ns_no));
    for (const row of rows) row.namespace = nameOf(row.ns_no);
    return rows;
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
    page: (
      filter: ObjectFilter,
      sort: ObjectSort,
      position: ObjectPosition | undefined,
      limit: number,
      areFew = false,
    ): Promise<PagedRow[]> => pages({ filter, sort, position, limit, areFew }),

    /** The first rows by name of several kinds at once, each with its own filter. */
    async search(filters: readonly ObjectFilter[], limit: number): Promise<Map<KindKey, StoredRow[]>> {
      if (filters.length === 0) return new Map();
      const values: unknown[] = [];
      const parts = await Promise.all(
        filters.map(async (filter) => ({ filter, kindNo: await kinds.numberOf(filter.plural) })),
      );
      const selects = parts.map(
        ({ filter, kindNo }, index) =>
          `(SELECT ${storedColumns}, ${index} AS part FROM inventory_object o WHERE ${conditions(kindNo, filter, values).join(' AND ')}
            ORDER BY o.name, o.id LIMIT ${limit})`,
      );
      const rows = await named(
        pool.query<StoredRow & { part: number }>(selects.join(' UNION ALL '), values, { prepared: 'each time' }),
      );
      return Map.groupBy(rows, ({ part }) => filters[part]?.plural ?? '');
    },

    placedRows: (place: RowPlace, wants: readonly (Want & { reach: Reach })[]) =>
      readPlacedRows({ pool, kinds }, place, wants),
    placedEvents: (place: RowPlace, wanted: EventsWanted & { reach: Reach; limit: number }) =>
      readPlacedEvents(pool, place, wanted),

    nodeLoads: (clusterNos: readonly number[]) => readNodeLoads(database, clusterNos),
    namespaceLoads: (reach: Reach) => readNamespaceLoads(database, reach),

    /** Of these rows those that the filter matches. */
    async byIds(filter: ObjectFilter, ids: readonly string[]): Promise<StoredRow[]> {
      const { where, values } = await conditionsOf(filter);
      values.push(ids);
      const sql = `${select} WHERE ${where.join(' AND ')} AND o.id = ANY($${values.length}::bigint[])`;
      return named(pool.query<StoredRow>(sql, values, { prepared: 'each time' }));
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
