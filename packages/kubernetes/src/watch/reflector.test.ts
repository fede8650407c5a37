import { describe, expect, it } from 'vitest';
import { eventKind } from '../kinds/event.ts';
import { ClusterError } from '../transport/cluster-client.ts';
import { createPacing } from './pacing.ts';
import { type Answer, bookmark, endMark, line, list, object, start } from './scripted-cluster.fixture.ts';
import { FenceLostError } from './sink.ts';

describe('a first sync', () => {
  it('streams the list to its end mark and watches on over the same stream', async () => {
    const test = start([
      {
        stream: [
          line('ADDED', object('a', '5')),
          bookmark('8'),
          line('ADDED', object('b', '3')),
          endMark('9'),
          line('ADDED', object('c', '10')),
          line('DELETED', object('a', '11')),
        ],
        open: true,
      },
    ]);
    await test.until('c came and a went', () => test.rows.has('shop/c') && !test.rows.has('shop/a'));
    expect(test.asked).toMatchObject([
      { watch: 1, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true },
    ]);
    expect(test.asked[0]?.resourceVersion).toBeUndefined();
    expect(test.states).toEqual(['syncing', 'streaming']);
    expect(test.memory.version).toBe('11');
    const ends = test.batches.filter((batch) => batch.complete !== undefined);
    expect(ends.map((batch) => [batch.resourceVersion, batch.complete?.size])).toEqual([['9', 2]]);
    await test.stop();
  });

  it('goes on by another client from where it is, quietly, when ours was replaced', async () => {
    const test = start([
      { stream: [line('ADDED', object('a', '5')), endMark('9'), line('ADDED', object('b', '10'))], open: true },
      { stream: [line('ADDED', object('c', '11'))], open: true },
    ]);
    await test.until('b is there', () => test.rows.has('shop/b'));
    test.bodies[0]?.destroy(new ClusterError('aborted', 'The credential was replaced.'));
    await test.until('c is there', () => test.rows.has('shop/c'), 5000);
    expect(test.asked.slice(1)).toMatchObject([{ watch: 1, resourceVersion: '10' }]);
    expect(test.asked[1]).not.toHaveProperty('sendInitialEvents');
    expect(test.states).toEqual(['syncing', 'streaming']);
    await test.stop();
  });

  it('that fails is still to come: there are no rows that could be old', async () => {
    const test = start([
      { error: new ClusterError('cluster_busy', 'Too many requests wait for this cluster.') },
      { stream: [endMark('9')], open: true },
    ]);
    await test.until('it streams', () => test.states.includes('streaming'), 10_000);
    expect(new Set(test.states)).toEqual(
      new Set(['syncing', 'syncing: Too many requests wait for this cluster.', 'streaming']),
    );
    await test.stop();
  });

  it('keeps no version before its end: a restart begins anew', async () => {
    const test = start([{ stream: [line('ADDED', object('a', '5'))], open: true }]);
    await test.until('a is there', () => test.rows.has('shop/a'), 5000);
    expect(test.memory.version).toBeUndefined();
    await test.stop();
    expect(test.memory.version).toBeUndefined();
  });

  it.each<[string, Answer]>([
    ['is refused', { status: 422, body: { reason: 'Invalid', code: 422 } }],
    ['ends without its mark', { stream: [line('ADDED', object('ghost', '1'))] }],
    ['falls silent', { stream: [line('ADDED', object('ghost', '1'))], open: true }],
  ])('reads pages when the streamed list %s, and remembers that for a day', async (_name, first) => {
    const test = start([
      first,
      list('20', [object('a', '1')], { continue: 't1' }),
      list('20', [object('b', '2')]),
      { status: 410, body: { code: 410, reason: 'Expired' } },
      list('30', [object('b', '2')]),
    ]);
    await test.until('two syncs', () => test.memory.version === '30');
    expect(test.asked.slice(1, 3)).toMatchObject([{ limit: 500 }, { limit: 500, continue: 't1' }]);
    expect(test.asked[3]).toMatchObject({ watch: 1, resourceVersion: '20' });
    expect(test.asked[4]).toMatchObject({ limit: 500 });
    expect(test.names()).toEqual(['b']);
    await test.stop();
  });

  it('starts over once when the page token expires, then takes the whole list at once', async () => {
    const expired: Answer = { status: 410, body: { reason: 'Expired' } };
    const first = list('20', [object('a', '1')], { continue: 't' });
    const test = start([{ status: 422, body: {} }, first, expired, first, expired, list('21', [object('z', '1')])]);
    await test.until('synced', () => test.memory.version === '21');
    expect(test.asked[5]).toMatchObject({ resourceVersion: '0' });
    expect(test.asked[5]?.limit).toBeUndefined();
    expect(test.names()).toEqual(['z']);
    await test.stop();
  });

  it('asks a second time when a list would delete more than half of what is stored', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `p${index}`);
    const test = start([
      { stream: [line('ADDED', object('p0', '1')), endMark('9')], open: true },
      list(
        '10',
        names.slice(0, 150).map((name) => object(name, '1')),
      ),
    ]);
    for (const name of names)
      test.rows.set(`shop/${name}`, { namespace: 'shop', name, uid: `uid-${name}`, restarts: undefined });
    await test.until('synced', () => test.memory.version === '10');
    expect(test.rows.size).toBe(150);
    await test.stop();
  });

  it('believes an empty cluster that says so twice', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `p${index}`);
    const test = start([{ stream: [endMark('9')], open: true }, list('10', [])]);
    for (const name of names)
      test.rows.set(`shop/${name}`, { namespace: 'shop', name, uid: `uid-${name}`, restarts: undefined });
    await test.until('synced', () => test.memory.version === '10');
    expect(test.rows.size).toBe(0);
    await test.stop();
  });

  it('that turns out to be large gives its place up, keeps what came and waits for one among the large', async () => {
    const pods = Array.from({ length: 600 }, (_, index) => line('ADDED', object(`p${index}`, '5')));
    let leave = () => {};
    const test = start(
      [
        { stream: pods, open: true },
        { stream: [...pods, endMark('9')], open: true },
      ],
      {
        pacing(clock) {
          const pacing = createPacing({ clock, maxSyncs: 1 });
          void pacing.fullSync('other', 0, 'large', new AbortController().signal).then((place) => {
            leave = place.leave;
          });
          return pacing;
        },
      },
    );
    await test.until('the first page is stored', () => test.rows.size === 500);
    expect(test.asked).toHaveLength(1);
    expect(test.bodies[0]?.destroyed).toBe(true);
    expect(test.memory.version).toBeUndefined();
    leave();
    await test.until('synced', () => test.memory.version === '9');
    expect(test.rows.size).toBe(600);
    expect(test.asked).toHaveLength(2);
    expect(test.states).toEqual(['syncing', 'streaming']);
    await test.stop();
  });

  it('keeps only so many objects and says so', async () => {
    const items = ['a', 'b', 'c'].map((name) => line('ADDED', object(name, '1')));
    const test = start([{ stream: [...items, endMark('9'), line('ADDED', object('d', '10'))], open: true }], {
      maxRows: 2,
    });
    await test.until('synced', () => test.memory.version === '9' && test.states.length === 2);
    expect(test.names()).toEqual(['a', 'b']);
    expect(test.states).toEqual(['syncing', 'capped: Only the first 2 objects are kept.']);
    await test.stop();
  });
});

describe('a stored version', () => {
  it('is where the watch goes on, without a list', async () => {
    const test = start([list('50', []), { stream: [line('ADDED', object('late', '51'))], open: true }], {
      stored: { version: '42', names: ['old'] },
    });
    await test.until('late came', () => test.rows.has('shop/late'));
    expect(test.asked).toMatchObject([{ limit: 1 }, { watch: 1, resourceVersion: '42' }]);
    expect(test.names()).toEqual(['late', 'old']);
    expect(test.states).toEqual(['streaming']);
    await test.stop();
  });

  it('above the cluster’s own, as after a restore of its store, leads to a full sync', async () => {
    const test = start([list('7', []), { stream: [endMark('8')], open: true }], {
      stored: { version: '42', names: ['gone'] },
    });
    await test.until('synced', () => test.memory.version === '8');
    expect(test.rows.size).toBe(0);
    await test.stop();
  });

  it.each<[string, Answer]>([
    ['in the stream by code', { stream: [line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })] }],
    ['in the stream by reason', { stream: [line('ERROR', { kind: 'Status', reason: 'Gone' })] }],
    ['as an HTTP answer', { status: 410, body: { reason: 'Gone' } }],
  ])('that is too old, said %s, leads to a full sync not older than it, without a pause', async (_name, gone) => {
    const test = start(
      [list('50', []), gone, { stream: [line('ADDED', object('a', '1')), endMark('60')], open: true }],
      {
        stored: { version: '42', names: ['ghost'] },
      },
    );
    await test.until('synced', () => test.memory.version === '60');
    expect(test.asked[2]).toMatchObject({ sendInitialEvents: true, resourceVersion: '42', at: test.asked[1]?.at });
    expect(test.names()).toEqual(['a']);
    await test.stop();
  });

  it('climbs down the ladder: not older than ours, then the newest, then with patience', async () => {
    const gone: Answer = { status: 410, body: { reason: 'Expired' } };
    const tooNew: Answer = {
      status: 504,
      body: { code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    };
    const test = start([list('50', []), gone, tooNew, gone, { stream: [endMark('60')], open: true }], {
      stored: { version: '42' },
    });
    await test.until('synced', () => test.memory.version === '60');
    expect(test.asked.slice(2).map((query) => query.resourceVersion)).toEqual(['42', undefined, undefined]);
    expect(test.asked[3]?.at).toBe(test.asked[2]?.at);
    expect(test.asked[4]?.at).toBeGreaterThan((test.asked[3]?.at ?? 0) + 300);
    await test.stop();
  });

  it('moves on with bookmarks, stored every half minute and at the stop', async () => {
    const marks = Array.from({ length: 5 }, (_, index) => bookmark(String(70 + index)));
    const test = start([list('50', []), { stream: marks, open: true }], { stored: { version: '42' } });
    await test.until('watching', () => test.states.includes('streaming'));
    expect(test.batches).toEqual([]);
    await test.stop();
    expect(test.memory.version).toBe('74');
    expect(test.batches).toHaveLength(1);
  });
});

describe('a watch', () => {
  const resumed = (...answers: Answer[]) => start([list('50', []), ...answers], { stored: { version: '42' } });

  it('reads events however the network cuts them', async () => {
    const source = Buffer.from(line('ADDED', object('日本語-🚢', '51', 'u', { status: { phase: 'Running' } })), 'utf8');
    for (const size of [1, 2, 3, 7, 64]) {
      const slices = Array.from({ length: Math.ceil(source.length / size) }, (_, index) =>
        source.subarray(index * size, (index + 1) * size),
      );
      const test = resumed({ stream: slices, open: true });
      await test.until('the row', () => test.rows.has('shop/日本語-🚢'), 1000);
      await test.stop();
    }
  });

  it('drops an unfinished last line and asks again from the version before it', async () => {
    const cut = line('ADDED', object('b', '52')).slice(0, -10);
    const test = resumed(
      { stream: [line('ADDED', object('a', '51')), cut] },
      { stream: [line('ADDED', object('b', '52'))], open: true },
    );
    await test.until('both', () => test.rows.size === 2);
    expect(test.asked[2]).toMatchObject({ watch: 1, resourceVersion: '51' });
    expect(test.names()).toEqual(['a', 'b']);
    await test.stop();
  });

  it('does not pass over a line that is no event: it asks again', async () => {
    const test = resumed(
      {
        stream: [line('ADDED', object('a', '51')), '{"type":"ADDED","obj\n', line('ADDED', object('c', '53'))],
        open: true,
      },
      list('60', []),
      { stream: [line('ADDED', object('b', '52')), line('ADDED', object('c', '53'))], open: true },
    );
    await test.until('all three', () => test.rows.size === 3);
    expect(test.asked[3]).toMatchObject({ watch: 1, resourceVersion: '51' });
    await test.stop();
  });

  it('S58 passes over an object above 4 MiB, counts it and goes on', async () => {
    const huge = line('ADDED', object('huge', '51', 'h', { spec: 'x'.repeat(5 * 1024 * 1024) }));
    const test = resumed({ stream: [huge, line('ADDED', object('b', '52'))], open: true });
    await test.until('b', () => test.rows.has('shop/b'));
    expect(test.skipped()).toBe(1);
    expect(test.batches.map((batch) => batch.skipped)).toEqual([{ count: 1, since: 'batch' }]);
    expect(test.names()).toEqual(['b']);
    await test.stop();
  });

  it('writes the same event twice without harm', async () => {
    const twice = [
      line('ADDED', object('a', '51')),
      line('ADDED', object('a', '51')),
      line('DELETED', object('x', '52')),
    ];
    const test = resumed({ stream: [...twice, ...twice], open: true });
    await test.until('a', () => test.memory.version === '52');
    expect(test.names()).toEqual(['a']);
    await test.stop();
  });

  it('tells an object from its namesake made anew, within one batch', async () => {
    const test = start(
      [
        list('50', []),
        {
          stream: [
            line('DELETED', object('a', '51', 'uid-a')),
            line('ADDED', object('a', '52', 'second')),
            line('DELETED', object('a', '53', 'second')),
            line('DELETED', object('b', '54', 'uid-b')),
            line('ADDED', object('b', '55', 'new')),
          ],
          open: true,
        },
      ],
      { stored: { version: '42', names: ['a', 'b'] } },
    );
    await test.until('stored', () => test.memory.version === '55');
    expect([...test.rows.values()].map(({ uid }) => uid)).toEqual(['new']);
    await test.stop();
  });

  it('is reopened at once when the server ends it in time, and slowly when it ends at once', async () => {
    const test = resumed({ stream: [bookmark('51')] }, { stream: [] }, { stream: [] }, { stream: [] });
    await test.until('five watches', () => test.asked.length === 6);
    const at = test.asked.map((query) => query.at);
    expect(at[2]).toBe(at[1]);
    expect((at[4] ?? 0) - (at[3] ?? 0)).toBeGreaterThanOrEqual(800);
    expect((at[5] ?? 0) - (at[4] ?? 0)).toBeGreaterThanOrEqual(1600);
    await test.stop();
  });

  it('is given up after 90 s without a byte once bookmarks came', async () => {
    const test = resumed({ stream: [bookmark('51')], open: true }, list('60', []));
    await test.until('the next watch', () => test.asked.length === 4);
    expect(test.asked[3]).toMatchObject({ watch: 1, resourceVersion: '51' });
    expect(test.asked[2]?.at).toBeGreaterThanOrEqual(90_000);
    expect(test.asked[2]?.at).toBeLessThan(95_000);
    expect(test.states).toContain('stale: The cluster sent nothing for 90 s.');
    await test.stop();
  });

  it('of events, for which API servers send none, is not doubted for its silence', async () => {
    const test = start([{ stream: [endMark('9')], open: true }], { kind: eventKind });
    await test.until('the next watch', () => test.asked.length === 2, 700_000);
    expect(test.asked[1]?.at).toBeGreaterThanOrEqual(300_000);
    expect(test.states).not.toContain('stale: The cluster sent nothing for 90 s.');
    await test.stop();
  });

  it('is given up as soon where it resumed from a stored version and no mark was ever seen', async () => {
    const test = resumed({ stream: [], open: true }, list('60', []), { stream: [], open: true });
    await test.until('the next watch', () => test.asked.length === 4, 400_000);
    expect(test.asked[3]).toMatchObject({ watch: 1, resourceVersion: '42' });
    expect(test.asked[2]?.at).toBeGreaterThanOrEqual(90_000);
    expect(test.asked[2]?.at).toBeLessThan(95_000);
    expect(test.states).toEqual(['streaming']);
    await test.stop();
  });

  it('that brought nothing yet is opened anew without a word, with more patience each time', async () => {
    const silent = { stream: [], open: true };
    const test = start([{ stream: [endMark('9')], open: true }, list('60', []), silent, list('60', []), silent]);
    await test.until('two more watches', () => test.asked.length === 5, 400_000);
    const at = test.asked.map((query) => query.at);
    expect(test.asked[4]).toMatchObject({ watch: 1, resourceVersion: '9' });
    expect(at[1]).toBeGreaterThanOrEqual(90_000);
    expect(at[1]).toBeLessThan(95_000);
    expect((at[3] ?? 0) - (at[2] ?? 0)).toBeGreaterThanOrEqual(180_000);
    expect(test.states).toEqual(['syncing', 'streaming']);
    await test.stop();
  });

  it('is given up as soon, and without a word, before the first bookmark of one that was opened anew', async () => {
    const test = resumed({ stream: [bookmark('51')] }, { stream: [], open: true }, list('60', []));
    await test.until('the next watch', () => test.asked.length === 5);
    const silentMs = (test.asked[3]?.at ?? 0) - (test.asked[2]?.at ?? 0);
    expect(test.asked[4]).toMatchObject({ watch: 1, resourceVersion: '51' });
    expect(silentMs).toBeGreaterThanOrEqual(90_000);
    expect(silentMs).toBeLessThan(95_000);
    expect(test.states).toEqual(['streaming']);
    await test.stop();
  });

  it('is opened again soon after it fell silent, however often it failed before', async () => {
    const broken = ['no event\n'];
    const test = resumed(
      ...[1, 2, 3, 4, 5, 6].flatMap(() => [{ stream: broken }, list('51', [])]),
      { stream: [bookmark('51')], open: true },
      list('60', []),
    );
    await test.until('the next watch', () => test.asked.length === 16);
    const silentMs = (test.asked[14]?.at ?? 0) - (test.asked[13]?.at ?? 0);
    expect(test.asked[15]).toMatchObject({ watch: 1, resourceVersion: '51' });
    expect(silentMs).toBeGreaterThanOrEqual(90_000);
    expect(silentMs).toBeLessThan(95_000);
    await test.stop();
  });

  it('is opened again only after a look at the version: whoever was away may have an older store', async () => {
    const test = resumed({ stream: [bookmark('51'), 'no event\n'], open: true }, list('7', []), {
      stream: [line('ADDED', object('restored', '6')), endMark('8')],
      open: true,
    });
    await test.until('synced', () => test.memory.version === '8');
    expect(test.asked.slice(2)).toMatchObject([{ limit: 1 }, { sendInitialEvents: true }]);
    expect(test.names()).toEqual(['restored']);
    await test.stop();
  });

  it('that brought no word in all its time is followed by a look at the version', async () => {
    // Of events, which nothing marks: any other kind is looked at after 90 s.
    const test = start(
      [list('50', []), { stream: [], open: true }, list('7', []), { stream: [endMark('8')], open: true }],
      {
        kind: eventKind,
        stored: { version: '42' },
      },
    );
    await test.until('it watches', () => test.states.includes('streaming'));
    await test.advance(450_000);
    test.bodies[0]?.push(null);
    await test.until('synced', () => test.memory.version === '8');
    expect(test.asked.slice(2)).toMatchObject([{ limit: 1 }, { sendInitialEvents: true }]);
    await test.stop();
  });

  it('takes nothing that an earlier version says again, but deletes', async () => {
    const old = object('a', '51', 'uid-a', { metadata: { ...object('a', '51').metadata, labels: { age: 'old' } } });
    const test = resumed({
      stream: [
        line('ADDED', old),
        line('MODIFIED', object('a', '60')),
        line('ADDED', old),
        line('DELETED', object('b', '52')),
        line('ADDED', object('c', '61')),
      ],
      open: true,
    });
    test.rows.set('shop/b', { namespace: 'shop', name: 'b', uid: 'uid-b' });
    await test.until('stored', () => test.memory.version === '61');
    expect(test.rows.get('shop/a')?.labels).toEqual({});
    expect(test.names()).toEqual(['a', 'c']);
    await test.stop();
  });

  it('of another kind is no watch of ours', async () => {
    const other = { kind: 'Secret', ...object('stranger', '52') };
    const test = resumed(
      { stream: [line('ADDED', { kind: 'Pod', ...object('a', '51') }), line('ADDED', other)], open: true },
      list('60', []),
      { stream: [line('ADDED', object('b', '53'))], open: true },
    );
    await test.until('b', () => test.rows.has('shop/b'));
    expect(test.names()).toEqual(['a', 'b']);
    expect(test.states).toContain('stale: The cluster sent a Secret where a Pod was asked for.');
    await test.stop();
  });

  it('is ended by us 15 s after the server should have', async () => {
    const test = start([list('50', []), { stream: [], open: true }], { kind: eventKind, stored: { version: '42' } });
    await test.until('the next watch', () => test.asked.length === 3, 700_000);
    expect(test.asked[1]?.timeoutSeconds).toBe(450);
    expect(test.asked[2]?.at).toBeGreaterThanOrEqual(465_000);
    expect(test.asked[2]?.at).toBeLessThan(470_000);
    await test.stop();
  });
});

describe('trouble', () => {
  const refused: Answer = { status: 403, body: { code: 403, reason: 'Forbidden', message: 'pods is forbidden' } };

  it('403 is a state of its own: doubted five times, then asked about every five minutes', async () => {
    const test = start([...Array.from({ length: 7 }, () => refused), { stream: [endMark('2')], open: true }]);
    await test.until('allowed later', () => test.memory.version === '2');
    expect(test.states).toContain('forbidden: The cluster answered 403: pods is forbidden');
    expect(test.states.at(-1)).toBe('streaming');
    const waits = test.asked.slice(1).map((query, index) => query.at - (test.asked[index]?.at ?? 0));
    expect(waits).toEqual([800, 1600, 3200, 6400, 12_800, 300_000, 300_000]);
    await test.stop();
  });

  it('403 of an API server that starts, as it knows no roles yet, is soon over and costs no list', async () => {
    const test = start([list('50', []), { stream: [bookmark('51')] }, refused, refused, { stream: [], open: true }], {
      stored: { version: '42' },
    });
    await test.until('watching again', () => test.asked.length === 5 && test.states.at(-1) === 'streaming');
    expect(test.asked[4]).toMatchObject({ watch: 1, resourceVersion: '51' });
    expect(test.asked[4]?.at).toBeLessThan(5000);
    await test.stop();
  });

  it('waits longer each time, and as long as the server asks', async () => {
    const failure: Answer = { status: 500, body: { message: 'boom' } };
    const throttled: Answer = { status: 429, body: {}, headers: { 'retry-after': '60' } };
    const away: Answer = { error: new ClusterError('cluster_unreachable', 'c1 cannot be reached.') };
    const test = start([failure, away, failure, throttled, { stream: [endMark('2')], open: true }]);
    await test.until('synced', () => test.memory.version === '2');
    const waits = test.asked.slice(1).map((query, index) => query.at - (test.asked[index]?.at ?? 0));
    expect(waits).toEqual([800, 1600, 3200, 60_000]);
    expect(test.states).toContain('syncing: c1 cannot be reached.');
    await test.stop();
  });

  it('waits as long as the header asks also before it may look at the version, and until a date', async () => {
    const test = start(
      [
        { status: 429, body: 'Too many requests', headers: { 'retry-after': '40' } },
        { status: 503, body: {}, headers: { 'retry-after': new Date(Date.now() + 90_000).toUTCString() } },
        list('50', []),
      ],
      { stored: { version: '42' } },
    );
    await test.until('the watch', () => test.asked.length === 4);
    const waits = test.asked.slice(1).map((query, index) => query.at - (test.asked[index]?.at ?? 0));
    expect(waits[0]).toBe(40_000);
    expect(waits[1]).toBeGreaterThan(80_000);
    await test.stop();
  });

  it('deletes nothing for a 200 that is no list', async () => {
    const test = start(
      [
        { status: 422, body: {} },
        { status: 200, body: { kind: 'Status', status: 'Failure', metadata: { resourceVersion: '60' } } },
        { status: 422, body: {} },
        list('61', [object('a', '1')]),
      ],
      { stored: { names: ['a', 'b'] } },
    );
    await test.until('refused', () => test.states.some((state) => state.startsWith('stale')));
    expect(test.names()).toEqual(['a', 'b']);
    expect(test.states).toContain('stale: The cluster sent a Status where a list was asked for.');
    await test.until('synced', () => test.memory.version === '61');
    expect(test.names()).toEqual(['a']);
    await test.stop();
  });

  it('keeps the rows while the cluster is away', async () => {
    const away: Answer = { error: new ClusterError('cluster_unreachable', 'c1 cannot be reached.') };
    const test = start([away, away, away], { stored: { version: '42', names: ['a', 'b'] } });
    await test.until('three tries', () => test.asked.length === 4);
    expect(test.names()).toEqual(['a', 'b']);
    expect(test.memory.version).toBe('42');
    await test.stop();
  });

  it('drops the rows of a kind that discovery no longer names, and only then', async () => {
    const missing: Answer = { status: 404, body: { code: 404 } };
    const served: Answer = { status: 200, body: { resources: [{ name: 'pods' }] } };
    const test = start([missing, served, missing, { status: 404, body: {} }, list('60', [])], {
      stored: { version: '42', names: ['a'] },
    });
    await test.until('discovery was asked', () => test.asked.length === 2);
    expect(test.names()).toEqual(['a']);
    await test.until('dropped', () => test.rows.size === 0);
    expect(test.states).toContain('stale: The cluster does not serve this kind.');
    await test.stop();
  });

  it('a lost fence ends it at the first write', async () => {
    const test = start([{ stream: [line('ADDED', object('a', '1')), endMark('2')], open: true }], {
      onStore: () => {
        throw new FenceLostError();
      },
    });
    const ended = expect(test.running).rejects.toThrow(FenceLostError);
    await test.until('it ended', () => test.bodies.every((body) => body.destroyed) && test.bodies.length > 0);
    await ended;
    expect(test.rows.size).toBe(0);
  });

  it('reads again from the stored version what the database did not take', async () => {
    let broken = true;
    const test = start(
      [
        list('50', []),
        { stream: [line('ADDED', object('a', '51'))], open: true },
        list('50', []),
        { stream: [line('ADDED', object('a', '51'))], open: true },
      ],
      {
        stored: { version: '42' },
        onStore: () => {
          if (!broken) return;
          broken = false;
          throw new Error('PostgreSQL does not answer');
        },
      },
    );
    await test.until('stored', () => test.rows.has('shop/a'));
    expect(test.asked.map((query) => query.resourceVersion)).toEqual([undefined, '42', undefined, '42']);
    await test.stop();
  });

  it('stops reading while the sink is behind, and that is not the cluster’s silence', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const many = Array.from({ length: 5000 }, (_, index) => line('ADDED', object(`p${index}`, String(51 + index))));
    const test = resumedWith(held, many);
    await test.until('the first batch is under way', () => test.batchesAsked() === 1, 1000);
    await test.settle();
    expect(test.batchesAsked()).toBe(1);
    release();
    await test.until('all stored', () => test.rows.size === 5000, 5000);
    expect(Math.max(...test.batches.map((batch) => batch.puts.length))).toBeLessThanOrEqual(1000);
    expect(test.asked).toHaveLength(2);
    await test.stop();
  });

  function resumedWith(held: Promise<void>, stream: string[]) {
    let asked = 0;
    const test = start([list('50', []), { stream, open: true }], {
      stored: { version: '42' },
      onStore: () => {
        asked += 1;
        return held;
      },
    });
    return { ...test, batchesAsked: () => asked };
  }
});
