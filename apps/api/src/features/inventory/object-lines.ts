import { inventoryHealth } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import {
  type Conditions,
  type ObjectFilter,
  type ObjectPosition,
  type ObjectSort,
  sortColumns,
  sortValueOf,
} from './object-conditions.ts';
import { none } from './object-rows.ts';

/** A cluster as its rows tell of it. */
export type LineCluster = { number: number; slug: string; state: string; asOf?: string | undefined };

/** Titles of a CSV, in the order of its cells. */
export const csvTitles = [
  ...['cluster', 'clusterState', 'clusterAsOf', 'namespace', 'name', 'kind', 'createdAt', 'health', 'status'],
  ...['ready', 'desired', 'restarts', 'node', 'cpuCores', 'memoryBytes', 'labels'],
] as const;

export type LineOptions = {
  filter: ObjectFilter;
  /** Narrower than the filter: where the person may export. */
  within: { clusterNos: readonly number[]; places: readonly { clusterNo: number; namespace: string }[] } | undefined;
  sort: ObjectSort;
  kind: string;
  clusters: readonly LineCluster[];
  facts: boolean;
};

export type LinePage<T> = { lines: T; count: number; position: ObjectPosition | undefined };

/** Rows as text that PostgreSQL itself makes: no row becomes an object of ours, so that a page costs its bytes. */
export interface ObjectLines {
  json(options: LineOptions, position: ObjectPosition | undefined, limit: number): Promise<LinePage<string>>;
  cells(options: LineOptions, position: ObjectPosition | undefined, limit: number): Promise<LinePage<string[][]>>;
}

const healthName = `(ARRAY[${inventoryHealth.map((name) => `'${name}'`).join(', ')}])[o.status + 1]`;
const time = `CASE WHEN o.created_at <> 'epoch' THEN to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END`;
const known = (column: string) => `nullif(${column}, ${none.number})`;
const cores = `${known('o.cpu_m')}::numeric / 1000`;

/** One field of a JSON line; a text goes through `to_json`, which escapes it. Without a value there is no field. */
const textField = (name: string, sql: string) => `coalesce(',"${name}":' || to_json(${sql})::text, '')`;
const numberField = (name: string, column: string) =>
  `CASE WHEN ${column} <> ${none.number} THEN ',"${name}":' || ${column} ELSE '' END`;

/**
 * Put together by hand: `json_build_object` takes twice as long, and an export is nothing else. What is the same for all
 * rows, or all of a cluster, comes as JSON.
 */
const jsonLine = (kindJson: string, facts: boolean) =>
  [
    `'{"id":"' || o.id || '",' || c.json`,
    textField('namespace', "nullif(n.name, '')"),
    textField('name', 'o.name'),
    `',"kind":' || ${kindJson}::text`,
    textField('uid', 'o.uid'),
    textField('createdAt', time),
    textField('health', healthName),
    textField('statusText', 'o.status_text'),
    numberField('ready', 'o.ready'),
    numberField('desired', 'o.desired'),
    numberField('restarts', 'o.restarts'),
    textField('node', "nullif(o.node, '')"),
    `coalesce(',"cpuCores":' || trim_scale(${cores}), '')`,
    numberField('memoryBytes', 'o.memory_b'),
    `',"labels":' || o.labels::text`,
    ...(facts ? [`',"facts":' || o.facts::text`] : []),
    "'}'",
  ].join(' || ');

const csvCells = (kindPlace: string) => `json_build_array(
  c.slug, c.state, c.as_of, n.name, o.name, ${kindPlace}::text, ${time}, ${healthName}, o.status_text,
  ${known('o.ready')}::text, ${known('o.desired')}::text, ${known('o.restarts')}::text, o.node, trim_scale(${cores})::text,
  ${known('o.memory_b')}::text, (SELECT string_agg(key || '=' || value, ' ' ORDER BY key) FROM jsonb_each_text(o.labels)))`;

export function createObjectLines(deps: {
  database: Database;
  conditionsOf: (filter: ObjectFilter) => Promise<Conditions>;
}): ObjectLines {
  const { pool } = deps.database;

  async function read<T>(
    options: LineOptions,
    position: ObjectPosition | undefined,
    limit: number,
    line: (place: (value: unknown) => string) => string,
    gather: (line: string, order: string) => string,
  ): Promise<LinePage<T | undefined>> {
    const { sort, within, clusters } = options;
    const { where, values } = await deps.conditionsOf(options.filter);
    const place = (value: unknown) => `$${values.push(value)}`;
    const column = sortColumns[sort.column];
    const direction = sort.descending ? 'DESC' : 'ASC';
    if (position !== undefined) {
      const after = sort.descending ? '<' : '>';
      where.push(
        `(${column.sql}, o.id) ${after} (${place(position.value)}::${column.type}, ${place(position.id)}::bigint)`,
      );
    }
    if (within !== undefined) where.push(withinCondition(within, place));
    const told = [
      `${place(clusters.map(({ number }) => number))}::int[]`,
      `${place(clusters.map(({ slug }) => slug))}::text[]`,
      `${place(clusters.map(({ state }) => state))}::text[]`,
      `${place(clusters.map(({ asOf }) => asOf ?? null))}::text[]`,
      `${place(clusters.map(clusterJson))}::text[]`,
    ];
    const order = `${column.sql} ${direction}, o.id ${direction}`;
    const backwards = sort.descending ? 'ASC' : 'DESC';
    const result = await pool.query<{
      lines: T | null;
      count: number;
      value: string | number | null;
      id: string | null;
    }>(
      // The page is cut before anything is joined, so that it is a walk along one index.
      `WITH page AS MATERIALIZED (SELECT o.* FROM inventory_object o WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT ${limit}),
       last AS (SELECT ${sortValueOf(sort)} AS value, o.id FROM page o ORDER BY ${column.sql} ${backwards}, o.id ${backwards} LIMIT 1)
       SELECT (SELECT ${gather(line(place), order)} FROM page o JOIN inventory_namespace n ON n.ns_no = o.ns_no
           JOIN unnest(${told.join(', ')}) AS c(no, slug, state, as_of, json) ON c.no = o.cluster_no) AS lines,
         (SELECT count(*)::int FROM page) AS count, (SELECT value FROM last) AS value, (SELECT id FROM last) AS id`,
      values,
    );
    const [row] = result.rows;
    const isLast = row === undefined || row.count < limit || row.id === null;
    return {
      lines: row?.lines ?? undefined,
      count: row?.count ?? 0,
      position: isLast || row.value === null ? undefined : { value: row.value, id: row.id as string },
    };
  }

  return {
    async json(options, position, limit) {
      const page = await read<string>(
        options,
        position,
        limit,
        (place) => jsonLine(place(JSON.stringify(options.kind)), options.facts),
        (line, order) => `string_agg(${line} || E'\\n', '' ORDER BY ${order})`,
      );
      return { ...page, lines: page.lines ?? '' };
    },
    async cells(options, position, limit) {
      const page = await read<string[][]>(
        options,
        position,
        limit,
        (place) => csvCells(place(options.kind)),
        (line, order) => `json_agg(${line} ORDER BY ${order})`,
      );
      return { ...page, lines: page.lines ?? [] };
    },
  };
}

function clusterJson({ slug, state, asOf }: LineCluster): string {
  return JSON.stringify({ cluster: slug, clusterState: state, clusterAsOf: asOf }).slice(1, -1);
}

function withinCondition(
  { clusterNos, places }: NonNullable<LineOptions['within']>,
  place: (value: unknown) => string,
): string {
  return `o.ns_no IN (SELECT ns_no FROM inventory_namespace WHERE cluster_no = ANY(${place(clusterNos)}::int[]) UNION ALL
    SELECT x.ns_no FROM inventory_namespace x JOIN unnest(${place(places.map(({ clusterNo }) => clusterNo))}::int[],
      ${place(places.map(({ namespace }) => namespace))}::text[]) AS p(no, name) ON x.cluster_no = p.no AND x.name = p.name)`;
}
