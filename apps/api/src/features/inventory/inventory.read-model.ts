import type { InventoryObject, inventoryHealth } from '@quarterdeck/contracts';
import { inventoryHealth as healthNames } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { createKindRegistry, type KindRegistry } from './kind-registry.ts';
import {
  type Conditions,
  conditions,
  type ObjectFilter,
  type ObjectPosition,
  type ObjectSort,
  sortColumns,
  sortValueOf,
} from './object-conditions.ts';
import { type FacetField, readFacets } from './object-facets.ts';
import { healthNumber, type KindKey, kindNumbers, none, rbacNumbers } from './object-rows.ts';
import { affordable, refuseCostly } from './query-cost.ts';
import { hasNamed, namedCondition, namespaceCondition, type Reach, rowCondition } from './reach.ts';

type HealthCount = {
  clusterNo: number;
  plural: KindKey;
  health: (typeof inventoryHealth)[number];
  count: number;
};
type CountRow = { cluster_no: number; kind_no: number; status: number; n: number };

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

const countCap = 1000;
const costlyStatus = {
  pointer: 'query/status',
  narrower: 'Filter by health instead of the status text, or name clusters, namespaces, a node or labels as well.',
};
const costlyWords = {
  pointer: 'query/q',
  narrower: 'Name an object (objectUid), clusters or namespaces as well.',
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

    /** How the rows that match spread over some fields; a cluster is told by its number. */
    facets: (filter: ObjectFilter, fields: readonly FacetField[], label: string | undefined) =>
      readFacets({ database, conditionsOf }, filter, fields, label),

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

    /** Exact from the kept counts where only kind, cluster, namespace and health filter; else counted to 1,000. */
    async total(filter: ObjectFilter): Promise<{ total: number; totalIsExact: boolean }> {
      // The kept counts are by namespace: single rows, and namespaces themselves, are in none.
      const plain =
        !hasNamed(filter.reach) &&
        !(filter.plural === 'namespaces' && filter.namespaces !== undefined) &&
        [filter.status, filter.node, filter.ownerUid, filter.labels, filter.q].every(
          (value) => value === undefined || value === '',
        );
      if (plain) return { total: await exactTotal(filter), totalIsExact: true };
      const { where, values } = await conditionsOf(filter);
      const result = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (SELECT FROM inventory_object o WHERE ${where.join(' AND ')} LIMIT ${countCap + 1}) AS capped`,
        values,
      );
      const n = result.rows[0]?.n ?? 0;
      return { total: Math.min(n, countCap), totalIsExact: n <= countCap };
    },

    /** Rows by kind, cluster and health, each kind as far as it is reached. */
    async counts(reaches: ReadonlyMap<KindKey, Reach>): Promise<HealthCount[]> {
      const numbers = new Map<KindKey, number>();
      for (const key of reaches.keys()) numbers.set(key, await kinds.numberOf(key));
      const values: unknown[] = [];
      // Most kinds are reached alike: one condition for all of them.
      const alike = Map.groupBy([...reaches], ([, reach]) => reach.key);
      const conditions = [...alike.values()].flatMap((same) => {
        const [first] = same;
        if (first === undefined) return [];
        values.push(same.map(([key]) => numbers.get(key)));
        const kind = `c.kind_no = ANY($${values.length}::smallint[])`;
        return [`(${kind} AND ${namespaceCondition(first[1], values, 'c.ns_no')})`];
      });
      const named = await Promise.all([...reaches].filter(([, reach]) => hasNamed(reach)).map(countNamed));
      const result = await pool.query<CountRow>(
        `SELECT n.cluster_no, c.kind_no, c.status, sum(c.n)::int AS n FROM inventory_count c JOIN inventory_namespace n ON n.ns_no = c.ns_no
         WHERE ${conditions.length === 0 ? 'false' : conditions.join(' OR ')} GROUP BY 1, 2, 3 HAVING sum(c.n) > 0 ORDER BY 1, 2, 3`,
        values,
      );
      const rows = [...result.rows, ...named.flat()];
      const keys = await keysOf(rows);
      return added(rows).flatMap((row) => {
        const plural = keys.get(row.kind_no);
        const health = healthNames[row.status];
        if (plural === undefined || health === undefined) return [];
        return [{ clusterNo: row.cluster_no, plural, health, count: row.n }];
      });
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

    async streams(clusterNos: readonly number[]) {
      const result = await pool.query<{
        cluster_no: number;
        kind_no: number;
        state: string;
        rows: number;
        as_of: Date | null;
        error: string | null;
        skipped: number;
        discovered: boolean;
        read_at: Date;
      }>(
        `SELECT s.cluster_no, s.kind_no, s.state, s.as_of, s.error, s.skipped, h.discovered_at IS NOT NULL AS discovered, clock_timestamp() AS read_at,
           CASE WHEN s.kind_no = ANY($2::smallint[])
             THEN (SELECT count(*)::int FROM cluster_rbac r WHERE r.cluster_no = s.cluster_no AND r.kind_no = s.kind_no)
             ELSE coalesce((SELECT sum(c.n)::int FROM inventory_count c JOIN inventory_namespace n ON n.ns_no = c.ns_no
               WHERE n.cluster_no = s.cluster_no AND c.kind_no = s.kind_no), 0) END AS rows
         FROM inventory_stream s LEFT JOIN inventory_head h ON h.cluster_no = s.cluster_no
         WHERE s.cluster_no = ANY($1::int[]) ORDER BY s.kind_no`,
        [clusterNos, Object.values(rbacNumbers)],
      );
      const keys = await keysOf(result.rows);
      return result.rows.map((row) => ({
        clusterNo: row.cluster_no,
        plural: keys.get(row.kind_no) ?? '',
        state: row.state as 'syncing' | 'streaming' | 'stale' | 'forbidden' | 'capped',
        rows: row.rows,
        asOf: row.as_of ?? undefined,
        error: row.error ?? undefined,
        skipped: row.skipped,
        /** Which kinds the cluster serves is known. */
        discovered: row.discovered,
        /** By the database's clock, which the ages are told by, too. */
        readAt: row.read_at,
      }));
    },

    async events(
      filter: {
        reach: Reach;
        namespaces?: readonly string[] | undefined;
        type?: string | undefined;
        objectUid?: string | undefined;
        q?: string | undefined;
      },
      position: { at: string; uid: string } | undefined,
      limit: number,
    ) {
      const values: unknown[] = [];
      const where = [namespaceCondition(filter.reach, values, 'e.ns_no')];
      function add(sql: (place: string) => string, value: unknown): void {
        values.push(value);
        where.push(sql(`$${values.length}`));
      }
      if (filter.namespaces !== undefined) add((place) => `n.name = ANY(${place}::text[])`, filter.namespaces);
      if (filter.type !== undefined) add((place) => `e.type = ${place}`, filter.type);
      if (filter.objectUid !== undefined) add((place) => `e.object_uid = ${place}`, filter.objectUid);
      if (filter.q !== undefined && filter.q !== '') {
        add(
          (place) => `position(lower(${place}) IN lower(e.object || ' ' || e.reason || ' ' || e.message)) > 0`,
          filter.q,
        );
      }
      const unpaged = { where: where.join(' AND '), values: [...values] };
      if (filter.q !== undefined && filter.q !== '') {
        const sql = `SELECT FROM inventory_event e JOIN inventory_namespace n ON n.ns_no = e.ns_no WHERE ${unpaged.where}`;
        await refuseCostly(database, { sql, values: unpaged.values }, costlyWords, affordableCost);
      }
      if (position !== undefined) {
        values.push(position.at, position.uid);
        where.push(`(e.last_at, e.uid) < ($${values.length - 1}::timestamptz, $${values.length})`);
      }
      const rows = await pool.query<{
        cluster_no: number;
        uid: string;
        namespace: string;
        object: string;
        object_uid: string;
        type: string;
        reason: string;
        message: string;
        count: number;
        first_at: Date;
        last_at: Date;
      }>(
        `SELECT e.*, n.name AS namespace FROM inventory_event e JOIN inventory_namespace n ON n.ns_no = e.ns_no
         WHERE ${where.join(' AND ')} ORDER BY e.last_at DESC, e.uid DESC LIMIT ${limit}`,
        values,
      );
      const counted = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (SELECT FROM inventory_event e JOIN inventory_namespace n ON n.ns_no = e.ns_no
         WHERE ${unpaged.where} LIMIT ${countCap + 1}) AS capped`,
        unpaged.values,
      );
      const n = counted.rows[0]?.n ?? 0;
      return { rows: rows.rows, total: Math.min(n, countCap), totalIsExact: n <= countCap };
    },

    /** Changes after the given revisions, oldest first, for the live feed. */
    async changesAfter(clusterNo: number, rev: string, limit: number) {
      const result = await pool.query<{ rev: string; kind_no: number; id: string; ns_no: number; op: 'I' | 'U' | 'D' }>(
        'SELECT rev, kind_no, id, ns_no, op FROM inventory_change WHERE cluster_no = $1 AND rev > $2 ORDER BY rev, kind_no, id LIMIT $3',
        [clusterNo, rev, limit],
      );
      const keys = await keysOf(result.rows);
      return result.rows.map((row) => ({
        rev: row.rev,
        plural: keys.get(row.kind_no),
        id: row.id,
        nsNo: row.ns_no,
        op: row.op,
      }));
    },

    async revisions(): Promise<Map<number, string>> {
      const result = await pool.query<{ cluster_no: number; rev: string }>(
        'SELECT cluster_no, rev FROM inventory_head',
      );
      return new Map(result.rows.map((row) => [row.cluster_no, row.rev]));
    },
  };

  async function keysOf(rows: readonly { kind_no: number }[]): Promise<Map<number, KindKey>> {
    const keys = new Map<number, KindKey>();
    for (const no of new Set(rows.map((row) => row.kind_no))) {
      const kind = await kinds.byNumber(no);
      if (kind !== undefined) keys.set(no, kind.key);
    }
    return keys;
  }

  /** Rows that are reached by their names, those of a namespace that is reached whole left out. */
  async function countNamed([key, reach]: readonly [KindKey, Reach]): Promise<CountRow[]> {
    const values: unknown[] = [await kinds.numberOf(key)];
    const named = namedCondition(reach, values) ?? 'false';
    const result = await pool.query<CountRow>(
      `SELECT o.cluster_no, o.kind_no, o.status, count(*)::int AS n FROM inventory_object o
       WHERE o.kind_no = $1 AND ${named} AND NOT (${namespaceCondition(reach, values, 'o.ns_no')}) GROUP BY 1, 2, 3`,
      values,
    );
    return result.rows;
  }

  async function exactTotal(filter: ObjectFilter): Promise<number> {
    const values: unknown[] = [await kinds.numberOf(filter.plural)];
    const where = ['c.kind_no = $1', namespaceCondition(filter.reach, values, 'c.ns_no')];
    if (filter.namespaces !== undefined) {
      values.push(filter.namespaces);
      where.push(`n.name = ANY($${values.length}::text[])`);
    }
    if (filter.health !== undefined) {
      values.push(filter.health.map(healthNumber));
      where.push(`c.status = ANY($${values.length}::smallint[])`);
    }
    const result = await pool.query<{ n: number }>(
      `SELECT coalesce(sum(c.n), 0)::int AS n FROM inventory_count c JOIN inventory_namespace n ON n.ns_no = c.ns_no WHERE ${where.join(' AND ')}`,
      values,
    );
    return result.rows[0]?.n ?? 0;
  }
}

/** Counts of the same kind, cluster and health made one. */
function added(rows: readonly CountRow[]): CountRow[] {
  const byPlace = Map.groupBy(rows, (row) => `${row.cluster_no}/${row.kind_no}/${row.status}`);
  return [...byPlace.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, n: more.reduce((sum, { n }) => sum + n, first.n) }],
  );
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
