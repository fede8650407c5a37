import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCursors } from '../../platform/cursor.ts';
import { createLiveCursors, type LiveQuestion } from './live-cursors.ts';
import { type Reach, wholeReach } from './reach.ts';

type Change = { rev: number; id: string; nsNo?: number; plural?: string };

/** Two clusters, 1 and 2, whose feed stands at revision 10 each. */
function start(options: { changes?: Change[]; heads?: [number, string][]; reach?: Partial<Reach> } = {}) {
  const {
    changes = [],
    heads = [
      [1, '10'],
      [2, '10'],
    ],
  } = options;
  const live = createLiveCursors({
    cursors: createCursors(randomBytes(32)),
    feed: { revisionOf: () => 10n },
    readModel: {
      revisions: async () => new Map(heads),
      changesAfter: async (_, limit) => {
        const rows = changes.slice(0, limit).map(({ rev, id, nsNo = 1, plural = 'pods' }) => ({
          ...{ clusterNo: 1, rev: String(rev), plural, id, nsNo, op: 'U' as const },
        }));
        return new Map(rows.length === 0 ? [] : [[1, rows]]);
      },
    },
  });
  const reach = { ...wholeReach([1, 2], false), ...options.reach };
  const question: LiveQuestion = { query: { labels: 'app=cart' }, plural: 'pods', reach, clusterNos: new Set([1, 2]) };
  return { live, question, cursor: live.now(question) ?? '' };
}

describe('a set that is gone on with', () => {
  it('is told which rows of its kind changed, each once', async () => {
    const changes = [
      { rev: 11, id: 'a' },
      { rev: 12, id: 'a' },
      { rev: 12, id: 'node', plural: 'nodes' },
      { rev: 13, id: 'b' },
    ];
    const { live, question, cursor } = start({ changes });
    expect(await live.changedSince(question, cursor)).toEqual(new Set(['a', 'b']));
  });

  it('is told nothing where nothing changed', async () => {
    const { live, question, cursor } = start();
    expect(await live.changedSince(question, cursor)).toEqual(new Set());
  });

  it('S09 hears of no row in a place that the person does not see', async () => {
    const changes = [
      { rev: 11, id: 'mine', nsNo: 7 },
      { rev: 12, id: 'theirs', nsNo: 8 },
    ];
    const { live, question, cursor } = start({ changes, reach: { clusterNos: [2], nsNos: [7] } });
    expect(await live.changedSince(question, cursor)).toEqual(new Set(['mine']));
  });

  it.each<[string, Parameters<typeof start>[0]]>([
    ['the log was swept up to a later change', { changes: [{ rev: 12, id: 'a' }] }],
    [
      'the log was swept whole',
      {
        heads: [
          [1, '12'],
          [2, '10'],
        ],
      },
    ],
    [
      'the database is an older one',
      {
        heads: [
          [1, '9'],
          [2, '10'],
        ],
      },
    ],
    ['a cluster is gone', { heads: [[1, '10']] }],
    [
      'more changed than is worth telling',
      { changes: Array.from({ length: 1001 }, (_, at) => ({ rev: 11 + at, id: `${at}` })) },
    ],
    ['rows are seen by their names', { reach: { named: [{ nsNo: 1, name: 'a' }] } }],
    ['places are looked up in the database', { reach: { scopeNo: 3 } }],
  ])('begins anew where %s', async (_, options) => {
    const { live, question, cursor } = start(options);
    expect(await live.changedSince(question, cursor)).toBeUndefined();
  });

  it('begins anew where more or less is seen by now, or of other clusters', async () => {
    const { live, question, cursor } = start();
    const narrower = { ...question, reach: { ...question.reach, key: 'another' } };
    expect(await live.changedSince(narrower, cursor)).toBeUndefined();
    expect(await live.changedSince({ ...question, clusterNos: new Set([1]) }, cursor)).toBeUndefined();
    expect(await live.changedSince({ ...question, clusterNos: new Set([1, 2, 3]) }, cursor)).toBeUndefined();
  });

  it('is refused with a cursor of another question, and has none over very many clusters', async () => {
    const { live, question, cursor } = start();
    const other = { ...question, query: { labels: 'app=other' } };
    await expect(live.changedSince(other, cursor)).rejects.toMatchObject({ code: 'invalid_cursor' });
    const many = new Set(Array.from({ length: 121 }, (_, index) => index));
    expect(live.now({ ...question, clusterNos: many })).toBeUndefined();
  });
});
