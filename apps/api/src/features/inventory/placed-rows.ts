import type { Database } from '@quarterdeck/database';
import type { KindRegistry } from './kind-registry.ts';
import type { KindKey } from './object-rows.ts';
import { type Reach, rowCondition } from './reach.ts';
import { type StoredRow, storedColumns } from './stored-row.ts';

/** By what rows of one namespace are found around others. */
export type By =
  | { names: readonly string[] }
  | { uids: readonly string[] }
  | { ownerUids: readonly string[] }
  /** What an autoscaler scales, as in `Deployment/cart`. */
  | { target: readonly string[] }
  /** Label sets, one of which the row selects. */
  | { selecting: readonly Readonly<Record<string, string>>[] }
  /** EndpointSlices of these Services. */
  | { ofServices: readonly string[] }
  /** Ingresses and routes that send to one of these Services. */
  | { backends: readonly string[] };

export type Want = { plural: KindKey; by: By; limit: number };

/** Where rows are looked for. */
export type RowPlace = { clusterNo: number; namespace: string };

/** Paths of an Ingress hold the Service, a route its own list of them. */
const backendPaths = ['$.paths[*].service', '$.defaultBackend.service', '$.backends[*].service'];

function conditionOf(by: By, place: (value: unknown) => string): string {
  if ('names' in by) return `o.name = ANY(${place(by.names)}::text[])`;
  if ('uids' in by) return `o.uid = ANY(${place(by.uids)}::text[])`;
  if ('ownerUids' in by) return `o.owner_uid = ANY(${place(by.ownerUids)}::text[])`;
  if ('target' in by) return `o.facts ->> 'target' = ANY(${place(by.target)}::text[])`;
  if ('ofServices' in by) return `o.facts ->> 'service' = ANY(${place(by.ofServices)}::text[])`;
  if ('backends' in by) {
    const named = backendPaths.map((path) => `jsonb_path_query_array(o.facts, '${path}')`).join(' || ');
    return `(${named}) ?| ${place(by.backends)}::text[]`;
  }
  const sets = place(by.selecting.map((labels) => JSON.stringify(labels)));
  return `o.facts -> 'selector' <> '{}'
    AND EXISTS (SELECT FROM unnest(${sets}::text[]) AS labels WHERE labels::jsonb @> (o.facts -> 'selector'))`;
}

function isNothing(by: By): boolean {
  return Object.values(by).every((values) => values.length === 0);
}

/**
 * Rows of one namespace of one cluster, of several kinds in one statement, worst first. Each kind is narrowed by what
 * somebody sees of it.
 * @returns for each want its rows, and whether there are more of them
 */
export async function readPlacedRows(
  { pool, kinds }: { pool: Database['pool']; kinds: KindRegistry },
  { clusterNo, namespace }: RowPlace,
  wants: readonly (Want & { reach: Reach })[],
): Promise<{ rows: StoredRow[]; more: boolean }[]> {
  const values: unknown[] = [];
  const place = (value: unknown) => `$${values.push(value)}`;
  const nsNo = `(SELECT ns_no FROM inventory_namespace WHERE cluster_no = ${place(clusterNo)} AND name = ${place(namespace)})`;
  const selects: string[] = [];
  for (const [index, { plural, by, limit, reach }] of wants.entries()) {
    if (isNothing(by)) continue;
    const where = [
      `o.kind_no = ${await kinds.numberOf(plural)}`,
      `o.ns_no = ${nsNo}`,
      rowCondition(reach, values),
      conditionOf(by, place),
    ];
    selects.push(
      `(SELECT ${storedColumns}, ${index} AS part FROM inventory_object o WHERE ${where.join(' AND ')}
        ORDER BY o.status, o.name LIMIT ${limit + 1})`,
    );
  }
  if (selects.length === 0) return wants.map(() => ({ rows: [], more: false }));
  const { rows } = await pool.query<StoredRow & { part: number }>(selects.join(' UNION ALL '), values);
  for (const row of rows) row.namespace = namespace;
  const byPart = Map.groupBy(rows, ({ part }) => part);
  return wants.map(({ limit }, index) => {
    const found = byPart.get(index) ?? [];
    return { rows: found.slice(0, limit), more: found.length > limit };
  });
}
