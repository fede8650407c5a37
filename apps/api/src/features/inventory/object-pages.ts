import type { Database } from '@quarterdeck/database';
import type { KindRegistry } from './kind-registry.ts';
import type { NamespaceNames } from './namespace-names.ts';
import {
  type Conditions,
  keyOf,
  type ObjectFilter,
  type ObjectPosition,
  type ObjectSort,
  sortColumns,
  sortValueOf,
} from './object-conditions.ts';
import type { RecentChanges } from './recent-changes.ts';
import { createShownRows } from './shown-rows.ts';
import { type StoredRow, storedColumns } from './stored-row.ts';

export type PagedRow = { row: StoredRow; position: ObjectPosition };
export type PageQuery = {
  filter: ObjectFilter;
  sort: ObjectSort;
  /** Just after it; `undefined` is the start. */
  position: ObjectPosition | undefined;
  limit: number;
  /** Hardly more than a page matches: they are found first and then put in order, whatever the planner hopes for. */
  areFew: boolean;
};

/** Where a page was found: no other row may be on it before its last one but those that changed since. */
type Found = { ids: readonly string[]; last: ObjectPosition | undefined; mark: number };

/** Of a page only these rows, up to the last one. */
type Among = Pick<Found, 'last'> & { ids: readonly string[] };
type Placed = { id: string; fp: string; sort_value: string | number };

const mostFound = 1000;
/** The longest page that is offered, and one row to see whether more follow; whole sets are not remembered. */
const mostOnPage = 201;
/** More rows than these are looked at no faster than the page is found anew. */
const mostLookedAt = 500;

/**
 * Pages in the order of (sort column, id). PostgreSQL is asked each time which rows are on a page, and what they hold
 * unless it is what a row of the same fingerprint held before. Of a page with a filter it is remembered which rows it was
 * made of: asked for again, those rows are looked at and the ones that changed since, by the change log, instead of
 * walking along an order for the few that match.
 */
export function createObjectPages(deps: {
  database: Pick<Database, 'pool'>;
  kinds: KindRegistry;
  conditionsOf: (filter: ObjectFilter) => Promise<Conditions>;
  namespaceNames: NamespaceNames;
  changes: RecentChanges;
}): (query: PageQuery) => Promise<PagedRow[]> {
  const { kinds, conditionsOf, changes } = deps;
  const found = new Map<string, Found>();
  const shown = createShownRows();

  /** The statement of a page, or of a part of it, that gives these columns of its rows. */
  async function statementOf(columns: string, query: PageQuery, among: Among | undefined) {
    const { filter, sort, position, limit } = query;
    const { where, values } = await conditionsOf(filter);
    const column = sortColumns[sort.column];
    const direction = sort.descending ? 'DESC' : 'ASC';
    const order = `${column.sql} ${direction}, o.id ${direction}`;
    const place = (value: unknown) => `$${values.push(value)}`;
    const beside = (operator: string, { value, id }: ObjectPosition) =>
      `(${column.sql}, o.id) ${operator} (${place(value)}::${column.type}, ${place(id)}::bigint)`;
    // A part that the planner may not mix with what is around it, whatever it hopes of another index.
    const first = (condition: string) => `(SELECT o.* FROM inventory_object o WHERE ${condition} OFFSET 0)`;
    let source = 'inventory_object';
    let after = where;
    if (among !== undefined) {
      const kindNo = await kinds.numberOf(filter.plural);
      source = first(`o.kind_no = ${kindNo} AND o.id = ANY(${place(among.ids)}::bigint[])`);
    } else if (query.areFew) {
      source = first(where.join(' AND '));
      after = [];
    }
    if (position !== undefined) after.push(beside(sort.descending ? '<' : '>', position));
    if (among?.last !== undefined) after.push(beside(sort.descending ? '>=' : '<=', among.last));
    // Cut before anything is written as text, so that rows beyond the page cost no more than a look.
    const sql = `SELECT ${columns}, ${sortValueOf(sort)} AS sort_value FROM (SELECT o.* FROM ${source} o
        ${after.length === 0 ? '' : `WHERE ${after.join(' AND ')}`} ORDER BY ${order} LIMIT ${limit}) AS o ORDER BY ${order}`;
    return { sql, values };
  }

  async function ask<Row extends Placed>(columns: string, query: PageQuery, among: Among | undefined): Promise<Row[]> {
    const { sql, values } = await statementOf(columns, query, among);
    return (await deps.database.pool.query<Row>(sql, values, { prepared: 'each time' })).rows;
  }

  /** Which rows are on the page, where all of them are known as they are now; else `undefined`. */
  async function readKnown(query: PageQuery, among: Among | undefined): Promise<PagedRow[] | undefined> {
    const page = (await ask<Placed>('o.id, o.fp', query, among)).map((placed) => ({
      row: shown.get(placed),
      position: { value: placed.sort_value, id: placed.id },
    }));
    return page.every((one): one is PagedRow => one.row !== undefined) ? page : undefined;
  }

  async function read(query: PageQuery, among?: Among): Promise<PagedRow[]> {
    const rows = await ask<StoredRow & Placed>(storedColumns, query, among);
    const nameOf = await deps.namespaceNames(rows.map((row) => row.ns_no));
    return rows.map(({ sort_value: value, ...row }) => {
      row.namespace = nameOf(row.ns_no);
      shown.put(row);
      return { row, position: { value, id: row.id } };
    });
  }

  /** What to look at for a page that was found before: `undefined` when it is better found anew. */
  function lookAt({ ids, mark }: Found, kindNo: number): string[] | undefined {
    const changed = changes.since(mark, kindNo);
    if (changed === undefined || changed.size > mostLookedAt) return undefined;
    return [...changed.union(new Set(ids))];
  }

  function remember(key: string, page: readonly PagedRow[], { limit }: PageQuery, mark: number): PagedRow[] {
    found.delete(key);
    if (found.size >= mostFound) found.delete(found.keys().next().value ?? '');
    const last = page.length < limit ? undefined : page.at(-1)?.position;
    found.set(key, { ids: page.map(({ row }) => row.id), last, mark });
    return [...page];
  }

  return async (query) => {
    const { filter, sort, position, limit } = query;
    if (limit > mostOnPage) return read(query);
    const key = JSON.stringify([keyOf(filter), sort, position, limit]);
    const before = found.get(key);
    /** Whoever asks for the first time needs the rows themselves. */
    const readAgain = async (among?: Among) =>
      (before === undefined ? undefined : await readKnown(query, among)) ?? read(query, among);
    if (isServedByOrder(filter)) return remember(key, await readAgain(), query, 0);
    const mark = await changes.mark();
    const ids = before === undefined ? undefined : lookAt(before, await kinds.numberOf(filter.plural));
    if (before !== undefined && ids !== undefined) {
      const page = await readAgain({ ids, last: before.last });
      // Fewer: a row went, or moved on, and what follows the last one was never looked at.
      if (page.length === limit || before.last === undefined) return remember(key, page, query, mark);
    }
    return remember(key, await read(query), query, mark);
  };
}

/** Without a condition a page is the next rows along the index of its order. */
function isServedByOrder({ plural: _, reach, ...narrowed }: ObjectFilter): boolean {
  return reach.isFleet && Object.values(narrowed).every((value) => value === undefined || value === '');
}
