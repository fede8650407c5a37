import type { inventoryHealth, inventorySorts } from '@quarterdeck/contracts';
import { AppError } from '../../platform/errors.ts';
import { healthNumber, type KindKey } from './object-rows.ts';
import { type Reach, rowCondition } from './reach.ts';

export type ObjectFilter = {
  /** Key of the kind. */
  plural: KindKey;
  reach: Reach;
  namespaces?: readonly string[] | undefined;
  health?: readonly (typeof inventoryHealth)[number][] | undefined;
  status?: readonly string[] | undefined;
  node?: string | undefined;
  ownerUid?: string | undefined;
  labels?: Record<string, string> | undefined;
  q?: string | undefined;
};

export type ObjectSort = { column: (typeof inventorySorts)[number]; descending: boolean };
export type ObjectPosition = { value: string | number; id: string };

export type SortName = (typeof inventorySorts)[number] | `-${(typeof inventorySorts)[number]}`;

/** Conditions over `inventory_object o`, and the values that they name. */
export type Conditions = { where: string[]; values: unknown[] };

const minTrigram = 3;

/** The same for all whose filter and sight are the same. */
export function keyOf({ reach, ...narrowed }: ObjectFilter): string {
  return JSON.stringify([reach.key, narrowed]);
}

/** Columns that lists are offered in the order of. */
export const sortColumns: Record<ObjectSort['column'], { sql: string; type: string }> = {
  name: { sql: 'o.name', type: 'text' },
  createdAt: { sql: 'o.created_at', type: 'timestamptz' },
  status: { sql: 'o.status', type: 'smallint' },
  restarts: { sql: 'o.restarts', type: 'integer' },
  node: { sql: 'o.node', type: 'text' },
  cpuCores: { sql: 'o.cpu_m', type: 'integer' },
};

/** What a position holds of the sort column: of a time its milliseconds, as they are stored. */
export function sortValueOf({ column }: ObjectSort): string {
  return column === 'createdAt'
    ? `to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    : sortColumns[column].sql;
}

export function parseSort(name: SortName): ObjectSort {
  const descending = name.startsWith('-');
  return { column: (descending ? name.slice(1) : name) as ObjectSort['column'], descending };
}

/** The one place where a list becomes SQL: first what is reached, then the filters. */
export function conditions(kindNo: number, filter: ObjectFilter, values: unknown[]): string[] {
  // As a literal, so that the planner sees one partition.
  const where = [`o.kind_no = ${kindNo}`];
  function add(sql: (place: string) => string, value: unknown): void {
    values.push(value);
    where.push(sql(`$${values.length}`));
  }
  if (!filter.reach.isFleet) where.push(rowCondition(filter.reach, values));
  if (filter.namespaces !== undefined && filter.plural !== 'namespaces') {
    add(
      (place) => `o.ns_no IN (SELECT ns_no FROM inventory_namespace WHERE name = ANY(${place}::text[]))`,
      filter.namespaces,
    );
  }
  if (filter.health !== undefined)
    add((place) => `o.status = ANY(${place}::smallint[])`, filter.health.map(healthNumber));
  if (filter.status !== undefined) add((place) => `o.status_text = ANY(${place}::text[])`, filter.status);
  if (filter.node !== undefined) add((place) => `o.node = ${place}`, filter.node);
  if (filter.ownerUid !== undefined) add((place) => `o.owner_uid = ${place}`, filter.ownerUid);
  if (filter.labels !== undefined) add((place) => `o.labels @> ${place}::jsonb`, JSON.stringify(filter.labels));
  if (filter.q !== undefined && filter.q !== '') {
    const q = filter.q.toLowerCase().replaceAll(/[\\%_]/g, '\\$&');
    if (q.length >= minTrigram) add((place) => `o.search LIKE ${place}`, `%${q}%`);
    else add((place) => `o.name LIKE ${place}`, `${q}%`);
  }
  return where;
}

/** `app=cart,tier=web` as an object; every pair must match. */
export function parseLabels(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair[0]?.trim() === '')) {
    const detail = 'Write labels as key=value, with commas between.';
    throw new AppError('invalid_input', 422, detail, {
      errors: [{ pointer: 'query/labels', code: 'invalid_labels', detail }],
    });
  }
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), value.trim()]));
}
