import { inventoryHealth as healthNames, type inventoryHealth } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import type { KindRegistry } from './kind-registry.ts';
import type { Conditions, ObjectFilter } from './object-conditions.ts';
import { type Facet, type FacetField, readFacets } from './object-facets.ts';
import { healthNumber, type KindKey } from './object-rows.ts';
import { hasNamed, namedCondition, namespaceCondition, type Reach } from './reach.ts';

type HealthCount = {
  clusterNo: number;
  plural: KindKey;
  health: (typeof inventoryHealth)[number];
  count: number;
};
type CountRow = { cluster_no: number; kind_no: number; status: number; n: number };

/** Counting stops here: more is said to be more. */
export const countCap = 1000;
const shownFacets = 50;

/** Fields that the kept counts are by. */
const kept: Partial<Record<FacetField, string>> = {
  cluster: 'n.cluster_no::text',
  namespace: "nullif(n.name, '')",
  health: `(ARRAY[${healthNames.map((name) => `'${name}'`).join(', ')}])[c.status + 1]`,
};

/** Totals and facets: from the counts that every write keeps where those suffice, else from the rows. */
export function createInventoryCounts(deps: {
  database: Database;
  kinds: KindRegistry;
  conditionsOf: (filter: ObjectFilter) => Promise<Conditions>;
}) {
  const { database, kinds, conditionsOf } = deps;
  const { pool } = database;

  return {
    /** Exact from the kept counts where only kind, cluster, namespace and health filter; else counted to 1,000. */
    async total(filter: ObjectFilter): Promise<{ total: number; totalIsExact: boolean }> {
      if (isKept(filter)) return { total: await exactTotal(filter), totalIsExact: true };
      const { where, values } = await conditionsOf(filter);
      const result = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (SELECT FROM inventory_object o WHERE ${where.join(' AND ')} LIMIT ${countCap + 1}) AS capped`,
        values,
        { prepared: 'each time' },
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
      const keys = await kinds.keysOf(rows.map((row) => row.kind_no));
      return added(rows).flatMap((row) => {
        const plural = keys.get(row.kind_no);
        const health = healthNames[row.status];
        if (plural === undefined || health === undefined) return [];
        return [{ clusterNo: row.cluster_no, plural, health, count: row.n }];
      });
    },

    /** Kinds that have a row in any cluster. */
    async populated(): Promise<ReadonlySet<KindKey>> {
      const result = await pool.query<{ kind_no: number }>('SELECT DISTINCT kind_no FROM inventory_count WHERE n > 0');
      return new Set((await kinds.keysOf(result.rows.map((row) => row.kind_no))).values());
    },

    /** How the rows that match spread over some fields; a cluster is told by its number. */
    async facets(filter: ObjectFilter, fields: readonly FacetField[], label: string | undefined): Promise<Facet[]> {
      const counted = isKept(filter) ? fields.filter((field) => kept[field] !== undefined) : [];
      const looked = fields.filter((field) => !counted.includes(field));
      const [exact, others] = await Promise.all([
        Promise.all([...new Set(counted)].map((field) => keptFacet(filter, field))),
        looked.length === 0 ? [] : readFacets({ database, conditionsOf }, filter, looked, label),
      ]);
      return [...exact, ...others];
    },
  };

  async function keptFacet(filter: ObjectFilter, field: FacetField): Promise<Facet> {
    const { where, values } = await keptConditions(filter);
    const result = await pool.query<{ value: string; count: number }>(
      `SELECT ${kept[field]} AS value, sum(c.n)::int AS count FROM inventory_count c JOIN inventory_namespace n ON n.ns_no = c.ns_no
       WHERE ${where.join(' AND ')} AND ${kept[field]} IS NOT NULL GROUP BY 1 HAVING sum(c.n) > 0 ORDER BY 2 DESC, 1 LIMIT ${shownFacets}`,
      values,
    );
    return { field, values: result.rows, isExact: true };
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

  /** The filter over `inventory_count c` and its namespace `n`. */
  async function keptConditions(filter: ObjectFilter): Promise<Conditions> {
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
    return { where, values };
  }

  async function exactTotal(filter: ObjectFilter): Promise<number> {
    const { where, values } = await keptConditions(filter);
    const named = filter.namespaces === undefined ? '' : 'JOIN inventory_namespace n ON n.ns_no = c.ns_no';
    const result = await pool.query<{ n: number }>(
      `SELECT coalesce(sum(c.n), 0)::int AS n FROM inventory_count c ${named} WHERE ${where.join(' AND ')}`,
      values,
      { prepared: 'each time' },
    );
    return result.rows[0]?.n ?? 0;
  }
}

/** The kept counts are by kind, namespace and health: single rows, and namespaces themselves, are in none. */
function isKept(filter: ObjectFilter): boolean {
  return (
    !hasNamed(filter.reach) &&
    !(filter.plural === 'namespaces' && filter.namespaces !== undefined) &&
    [filter.status, filter.node, filter.ownerUid, filter.labels, filter.q].every(
      (value) => value === undefined || value === '',
    )
  );
}

/** Counts of the same kind, cluster and health made one. */
function added(rows: readonly CountRow[]): CountRow[] {
  const byPlace = Map.groupBy(rows, (row) => `${row.cluster_no}/${row.kind_no}/${row.status}`);
  return [...byPlace.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, n: more.reduce((sum, { n }) => sum + n, first.n) }],
  );
}
