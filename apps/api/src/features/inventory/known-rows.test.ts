import { describe, expect, it } from 'vitest';
import { podRow } from './fleet.fixture.ts';
import { knowRows } from './known-rows.ts';
import { writtenRow } from './object-rows.ts';

const row = (name: string, restarts = 0) => writtenRow(podRow(name, { restarts }));

describe('rows that are known', () => {
  it('are those stored with the same identity and projection', () => {
    const known = knowRows(new Map([row('a'), row('b')].map(({ uid, fp }) => [uid, fp])));
    expect(known.changed([row('a'), row('b', 1), row('c')], []).map(({ name }) => name)).toEqual(['b', 'c']);
    known.stored({ puts: [row('b', 1), row('c')], deletes: [row('a')], gone: [] });
    expect(known.changed([row('a'), row('b', 1), row('c')], []).map(({ name }) => name)).toEqual(['a']);
  });

  it('do not keep back what the same batch deletes: the put says that it is there again', () => {
    const known = knowRows(new Map([[row('a').uid, row('a').fp]]));
    expect(known.changed([row('a')], [row('a')])).toHaveLength(1);
  });

  it('are no more than a full list held', () => {
    const known = knowRows(new Map([row('a'), row('b')].map(({ uid, fp }) => [uid, fp])));
    const gone = known.unseen(new Set(['uid-a']));
    expect(gone).toEqual(['uid-b']);
    known.stored({ puts: [], deletes: [], gone });
    expect(known.size).toBe(1);
  });

  it('tell apart whatever a column tells apart', () => {
    const changes = [
      { uid: 'other' },
      { createdAt: new Date(0) },
      { health: 'failed' },
      { statusText: 'x' },
      { ready: 1 },
      { desired: 1 },
      { restarts: 1 },
      { node: 'n' },
      { ownerUid: 'o' },
      { cpuMilli: 1 },
      { memoryBytes: 1 },
      { labels: {} },
      { facts: { a: 1 } },
      { search: 's' },
    ] as const;
    const prints = [podRow('a'), ...changes.map((change) => podRow('a', change))].map((each) => writtenRow(each).fp);
    expect(new Set(prints).size).toBe(prints.length);
    expect(prints.every(Number.isSafeInteger)).toBe(true);
  });
});
