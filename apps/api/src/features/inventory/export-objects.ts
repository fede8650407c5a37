import type { ClusterAnswer, Download } from '@quarterdeck/contracts';
import { csvLine } from '../../platform/http/csv.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { ObjectQuery } from './asking.ts';
import type { Inventory } from './inventory.service.ts';
import { parseSort, type SortName } from './object-conditions.ts';
import { csvTitles, type LineOptions, type LinePage, type ObjectLines } from './object-lines.ts';

export type ExportQuery = ObjectQuery & { sort: SortName; format: 'ndjson' | 'csv'; facts: boolean; limit: number };

/** The first rows leave at once; the rest in pages that are worth a question. */
const firstPage = 200;
const nextPages = 2000;
/** How old the answer may be to who may see what. */
const freshMs = 1000;

export type ExportObjects = ReturnType<typeof createExport>;

/**
 * Streams all rows that match. What may be seen is asked anew each second, so that a right that is taken back ends the
 * export with what is left of it. The export is itself a record, written before the first line leaves.
 */
export function createExport(deps: {
  inventory: Inventory;
  lines: ObjectLines;
  access: Pick<Access, 'visibleScope'>;
  audit: Pick<Audit, 'record'>;
}) {
  const { inventory, lines, access, audit } = deps;

  async function optionsOf(actor: Actor, query: ExportQuery): Promise<LineOptions> {
    const { sort, format: _, facts, limit: __, ...filters } = query;
    const { principal } = actor;
    const { filter, asked, kind, extents } = await inventory.filterOf(principal, filters);
    const [answers, visible] = await Promise.all([
      inventory.answers(asked, kind.key, extents),
      access.visibleScope(principal, 'inventory:export'),
    ]);
    const numbers = new Map(asked.records.map((cluster) => [toUuid(cluster.id), cluster.number]));
    const within = {
      clusterNos: visible.clusters.flatMap((id) => numbers.get(id) ?? []),
      places: visible.namespaces.flatMap(({ cluster, namespace }) => {
        const clusterNo = numbers.get(cluster);
        return clusterNo === undefined ? [] : { clusterNo, namespace };
      }),
    };
    return {
      filter,
      within: visible.fleet ? undefined : within,
      sort: parseSort(sort),
      kind: kind.kind,
      clusters: toldOf(asked.records, answers),
      facts,
    };
  }

  /** All pages, first a short one. */
  async function* pages<T>(
    actor: Actor,
    query: ExportQuery,
    first: LineOptions,
    read: (options: LineOptions, position: LinePage<T>['position'], limit: number) => Promise<LinePage<T>>,
  ): AsyncGenerator<{ lines: T; count: number; isLast: boolean }> {
    let options = first;
    let askedAt = performance.now();
    let position: LinePage<T>['position'];
    let left = query.limit;
    for (let size = firstPage; left > 0; size = nextPages) {
      const page = await read(options, position, Math.min(size, left));
      left -= page.count;
      position = page.position;
      yield { lines: page.lines, count: page.count, isLast: position === undefined };
      if (position === undefined) return;
      if (performance.now() - askedAt < freshMs) continue;
      options = await optionsOf(actor, query);
      askedAt = performance.now();
    }
  }

  async function* jsonLines(actor: Actor, query: ExportQuery, options: LineOptions): AsyncGenerator<string> {
    let rows = 0;
    let isWhole = false;
    for await (const page of pages(actor, query, options, lines.json)) {
      rows += page.count;
      isWhole = page.isLast;
      yield page.lines;
    }
    const clusters = options.clusters.map(({ slug, state, asOf }) => ({ slug, state, asOf }));
    yield `${JSON.stringify({ end: true, rows, truncated: !isWhole, clusters })}\n`;
  }

  async function* csvLines(actor: Actor, query: ExportQuery, options: LineOptions): AsyncGenerator<string> {
    yield csvLine(csvTitles);
    let rows = 0;
    let isWhole = false;
    for await (const page of pages(actor, query, options, lines.cells)) {
      rows += page.count;
      isWhole = page.isLast;
      yield page.lines.map((cells) => csvLine(cells.map((cell) => cell ?? undefined))).join('');
    }
    if (!isWhole) yield csvLine([`Cut after ${rows} rows, more match`]);
  }

  return async function exportObjects(actor: Actor, query: ExportQuery): Promise<Download> {
    const options = await optionsOf(actor, query);
    const named = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
    await audit.record(actor, [
      { action: 'inventory:export', target: { kind: 'inventory' }, changes: [{ path: 'query', after: named }] },
    ]);
    const isCsv = query.format === 'csv';
    return {
      contentType: isCsv ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      fileName: `${query.plural}.${query.format}`,
      body: isCsv ? csvLines(actor, query, options) : jsonLines(actor, query, options),
    };
  };
}

function toldOf(records: readonly ClusterRecord[], answers: readonly ClusterAnswer[]): LineOptions['clusters'] {
  return records.flatMap(({ id, number, slug }) => {
    const answer = answers.find((each) => each.id === id);
    return answer === undefined ? [] : [{ number, slug, state: answer.state, asOf: answer.asOf }];
  });
}
