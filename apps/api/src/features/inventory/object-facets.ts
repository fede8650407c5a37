import { type facetFields, inventoryHealth } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import type { Conditions, ObjectFilter } from './object-conditions.ts';

export type FacetField = (typeof facetFields)[number];
export type Facet = { field: FacetField; values: { value: string; count: number }[]; isExact: boolean };

/** Rows that are looked at; of more the shares are those of these. */
const counted = 20_000;
const shown = 50;

const columns: Readonly<Record<FacetField, string>> = {
  cluster: 'm.cluster_no::text',
  namespace: '(SELECT n.name FROM inventory_namespace n WHERE n.ns_no = m.ns_no)',
  health: `(ARRAY[${inventoryHealth.map((name) => `'${name}'`).join(', ')}])[m.status + 1]`,
  status: 'm.status_text',
  node: 'm.node',
  label: '',
};

/**
 * How the rows that match spread over some fields, from one look at them. A `cluster` is told by its number.
 * @param label its values; without, the names of all labels
 */
export async function readFacets(
  deps: { database: Database; conditionsOf: (filter: ObjectFilter) => Promise<Conditions> },
  filter: ObjectFilter,
  fields: readonly FacetField[],
  label: string | undefined,
): Promise<Facet[]> {
  const { where, values } = await deps.conditionsOf(filter);
  let labels = 'SELECT jsonb_object_keys(m.labels) AS value FROM matched m';
  if (label !== undefined) {
    values.push(label);
    labels = `SELECT m.labels ->> $${values.length} AS value FROM matched m`;
  }
  const parts = [...new Set(fields)].map((field) => {
    const source = field === 'label' ? labels : `SELECT ${columns[field]} AS value FROM matched m`;
    return `(SELECT '${field}' AS field, value, count(*)::int AS count FROM (${source}) AS one
      WHERE value <> '' GROUP BY value ORDER BY count(*) DESC, value LIMIT ${shown})`;
  });
  const result = await deps.database.pool.query<{ field: FacetField; value: string; count: number; total: number }>(
    `WITH matched AS MATERIALIZED (SELECT o.cluster_no, o.ns_no, o.status, o.status_text, o.node, o.labels
       FROM inventory_object o WHERE ${where.join(' AND ')} LIMIT ${counted + 1})
     SELECT f.*, (SELECT count(*)::int FROM matched) AS total FROM (${parts.join(' UNION ALL ')}) AS f`,
    values,
  );
  const isExact = (result.rows[0]?.total ?? 0) <= counted;
  return [...new Set(fields)].map((field) => ({
    field,
    values: result.rows.filter((row) => row.field === field).map(({ value, count }) => ({ value, count })),
    isExact,
  }));
}
