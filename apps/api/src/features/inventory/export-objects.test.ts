import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { createExport, type ExportQuery } from './export-objects.ts';
import type { LineOptions } from './object-lines.ts';

const query: ExportQuery = { plural: 'pods', sort: 'name', format: 'ndjson', facts: false, limit: 100_000 };

describe('an export that takes longer than a second', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** Pages without an end, a second and a half each; `filterOf` says what may be seen by then. */
  function start(filterOf: (asked: number) => { plural: string; namespaces: string[] }) {
    const read: LineOptions['filter'][] = [];
    let asked = 0;
    const exportObjects = createExport({
      inventory: {
        filterOf: async () => {
          asked += 1;
          const filter = filterOf(asked);
          return { filter, asked: { records: [] }, kind: { key: 'pods', kind: 'Pod' }, extents: new Map() };
        },
        answers: async () => [],
      } as never,
      access: { visibleScope: async () => ({ fleet: true, clusters: [], namespaces: [] }) } as never,
      audit: { record: async () => {} } as never,
      lines: {
        json: async ({ filter }) => {
          read.push(filter);
          vi.advanceTimersByTime(1500);
          const lines = `page ${read.length}\n`;
          return { lines, count: 200, position: read.length < 3 ? { value: 'x', id: '1' } : undefined };
        },
        cells: () => Promise.reject(new Error('not asked')),
      },
    });
    return { exportObjects, read };
  }

  it('asks again what may be seen, and holds no more than that from there on', async () => {
    const { exportObjects, read } = start((asked) => ({ plural: 'pods', namespaces: [`seen-${asked}`] }));
    const { body } = await exportObjects({ principal: {} } as never, query);
    const lines = [];
    for await (const line of body) lines.push(line);
    expect(read.map(({ namespaces }) => namespaces)).toEqual([['seen-1'], ['seen-2'], ['seen-3']]);
    expect(lines.at(-1)).toContain('"truncated":false');
  });

  it('ends where a right is taken away, without the line that says that it is whole', async () => {
    const { exportObjects } = start((asked) => {
      if (asked === 3) throw new AppError('forbidden', 403, 'Needs inventory:export.');
      return { plural: 'pods', namespaces: [] };
    });
    const { body } = await exportObjects({ principal: {} } as never, query);
    const lines: unknown[] = [];
    const reading = (async () => {
      for await (const line of body) lines.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'forbidden' });
    expect(lines).toEqual(['page 1\n', 'page 2\n']);
  });
});
