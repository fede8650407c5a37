import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { FenceLostError, type WatchBatch, type WatchedKind, watchedKinds } from '@quarterdeck/kubernetes';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { podRow } from './fleet.fixture.ts';
import { createInventoryStore, type Fence, type InventoryStore } from './inventory.store.ts';
import { createInventorySink } from './inventory-sink.ts';
import { type EventRow, writtenRow } from './object-rows.ts';
import { createRbacStore } from './rbac.store.ts';

const kindNamed = (kind: string) => watchedKinds.find((candidate) => candidate.kind === kind) as WatchedKind;
const pods = kindNamed('Pod');
const events = kindNamed('Event');
const batch = (change: Partial<WatchBatch>): WatchBatch => ({
  kind: pods,
  puts: [],
  deletes: [],
  events: [],
  ...change,
});

let database: TestDatabase;
let store: InventoryStore;
let fence: Fence;
let sink: ReturnType<typeof createInventorySink>;
let now = 0;
let dropped = 0;
let nextCluster = 1;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  store = createInventoryStore(database);
});
afterAll(() => database.drop());
beforeEach(async () => {
  const clusterNo = nextCluster++;
  await store.ensureHeads([clusterNo]);
  [fence] = (await store.takeHeads('worker-a', [clusterNo], 1, 15)) as [Fence];
  dropped = 0;
  sink = createInventorySink(deps());
  await sink.changeState(pods, 'syncing');
});

function deps(): Parameters<typeof createInventorySink>[0] {
  const onEventsDropped = (count: number) => {
    dropped += count;
  };
  return { store, rbac: createRbacStore(database), fence, now: () => now, onEventsDropped };
}

async function stored(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string; uid: string }>(
    'SELECT name, uid FROM inventory_object WHERE cluster_no = $1 ORDER BY name',
    [fence.clusterNo],
  );
  return rows.map(({ name, uid }) => `${name}:${uid}`);
}

function event(uid: string, type = 'Normal'): EventRow {
  const at = new Date('2026-11-24T10:00:00Z');
  const about = { object: 'Pod/a', objectUid: 'uid-a', reason: 'Pulled', message: 'm', count: 1 };
  return { namespace: 'shop', uid, type, ...about, firstAt: at, lastAt: at };
}

describe('a batch', () => {
  it('moves the position on only once its rows are there', async () => {
    expect(await sink.position(pods)).toEqual({ resourceVersion: undefined, rows: 0 });
    await sink.store(batch({ puts: [podRow('a')] }));
    expect(await sink.position(pods)).toEqual({ resourceVersion: undefined, rows: 1 });
    await sink.store(batch({ puts: [podRow('b')], resourceVersion: '7' }));
    expect(await sink.position(pods)).toEqual({ resourceVersion: '7', rows: 2 });
  });

  it('counts what was too large to be read, a full sync anew', async () => {
    const counted = async () =>
      (await database.pool.query('SELECT skipped FROM inventory_stream WHERE cluster_no = $1', [fence.clusterNo])).rows;
    await sink.store(batch({ complete: new Set(), resourceVersion: '7', skipped: { count: 2, since: 'sync' } }));
    await sink.store(batch({ resourceVersion: '8', skipped: { count: 1, since: 'batch' } }));
    expect(await counted()).toEqual([{ skipped: 3 }]);
    await sink.store(batch({ complete: new Set(), resourceVersion: '9', skipped: { count: 0, since: 'sync' } }));
    expect(await counted()).toEqual([{ skipped: 0 }]);
  });

  it('tells an object from its namesake made anew', async () => {
    await sink.store(batch({ puts: [podRow('a'), podRow('b')] }));
    await sink.store(
      batch({ deletes: [podRow('a'), podRow('b')], puts: [podRow('a', { uid: 'second' })], resourceVersion: '8' }),
    );
    expect(await stored()).toEqual(['a:second']);
  });

  it('that ends a full sync deletes what it did not hold, in this cluster and kind alone', async () => {
    await sink.store(batch({ puts: [podRow('a'), podRow('b'), podRow('c')] }));
    await sink.store(batch({ kind: kindNamed('Service'), puts: [podRow('svc')] }));
    expect(await sink.countUnseen(pods, new Set(['uid-a']))).toEqual({ unseen: 2, rows: 3 });
    await sink.store(batch({ complete: new Set(['uid-a']), resourceVersion: '9' }));
    expect(await stored()).toEqual(['a:uid-a', 'svc:uid-svc']);
  });

  it('written twice, as after a crash between rows and version, changes nothing', async () => {
    const given = batch({ puts: [podRow('a', { restarts: 2 })], deletes: [podRow('gone')], resourceVersion: '5' });
    await sink.store(given);
    const revision = () =>
      database.pool.query('SELECT rev FROM inventory_head WHERE cluster_no = $1', [fence.clusterNo]);
    const before = (await revision()).rows;
    await sink.store(given);
    expect((await revision()).rows).toEqual(before);
  });

  it('of many kinds at once is written in turns over one connection', async () => {
    const kinds = watchedKinds.filter((kind) => kind !== events);
    await Promise.all(kinds.map((kind) => sink.store(batch({ kind, puts: [podRow(kind.resource)] }))));
    expect(await stored()).toHaveLength(kinds.length);
  });
});

describe('what brings no rows', () => {
  const statements = async (work: () => Promise<unknown>) => {
    const query = vi.spyOn(database.pool, 'query');
    await work();
    const writes = query.mock.calls.filter(([sql]) => String(sql).includes('fence AS'));
    query.mockRestore();
    return writes.length;
  };
  const streams = async () => {
    const { rows } = await database.pool.query(
      'SELECT resource_version, state, projection, skipped FROM inventory_stream WHERE cluster_no = $1 AND kind_no <> 3',
      [fence.clusterNo],
    );
    return rows;
  };
  const others = watchedKinds.filter((kind) => kind !== events && kind !== pods);
  const empty = { complete: new Set<string>(), skipped: { count: 0, since: 'sync' } } as const;

  it('a cluster of empty kinds starts in a few statements', async () => {
    for (const kind of others) await sink.position(kind);
    const count = await statements(() =>
      Promise.all(
        others.map(async (kind) => {
          await sink.changeState(kind, 'syncing');
          await sink.store(batch({ kind, resourceVersion: '7', ...empty }));
          await sink.changeState(kind, 'streaming');
        }),
      ),
    );
    expect(count).toBeLessThan(12);
    const projections = await streams();
    expect(projections).toHaveLength(others.length);
    for (const row of projections) expect(row).toMatchObject({ resource_version: '7', state: 'streaming', skipped: 0 });
  });

  it('a version that may wait is stored with the next change, or at the end', async () => {
    const [first, second] = others as [WatchedKind, WatchedKind];
    await sink.position(first);
    await sink.store(batch({ kind: first, resourceVersion: '7', ...empty }));
    await sink.store(batch({ kind: first, resourceVersion: '8', mayWait: true }));
    const versions = async () => (await streams()).map((row) => row.resource_version);
    expect(await versions()).toEqual(['7']);
    await sink.changeState(second, 'syncing');
    expect(await versions()).toEqual(['8', null]);
    await sink.store(batch({ kind: first, resourceVersion: '9', mayWait: true }));
    await sink.flush();
    expect(await versions()).toEqual(['9', null]);
  });

  it('another worker finds kinds with rows and without', async () => {
    await sink.store(batch({ puts: [podRow('a')], resourceVersion: '7' }));
    await sink.store(batch({ kind: kindNamed('Service'), resourceVersion: '8' }));
    const next = createInventorySink(deps());
    expect(await next.position(pods)).toEqual({ resourceVersion: '7', rows: 1 });
    expect(await next.position(kindNamed('Service'))).toEqual({ resourceVersion: '8', rows: 0 });
    expect(await next.position(kindNamed('Job'))).toEqual({ resourceVersion: undefined, rows: 0 });
    await next.store(batch({ complete: new Set(), resourceVersion: '9' }));
    expect(await stored()).toEqual([]);
  });
});

describe('what is stored already', () => {
  const position = () => sink.position(pods);
  const heldBack = async () => {
    const { rows } = await database.pool.query<{ resource_version: string }>(
      'SELECT resource_version FROM inventory_stream WHERE cluster_no = $1',
      [fence.clusterNo],
    );
    return rows[0]?.resource_version;
  };

  const restarts = async () => {
    const { rows } = await database.pool.query<{ restarts: number }>(
      'SELECT restarts FROM inventory_object WHERE cluster_no = $1',
      [fence.clusterNo],
    );
    return rows.map((row) => row.restarts);
  };

  it('is not sent again; its position follows once it is half a minute old', async () => {
    await position();
    await sink.store(batch({ puts: [podRow('a')], resourceVersion: '5' }));
    await sink.store(batch({ puts: [podRow('a')], resourceVersion: '6' }));
    expect(await heldBack()).toBe('5');
    now += 30_000;
    await sink.store(batch({ puts: [podRow('a')], resourceVersion: '7' }));
    expect(await heldBack()).toBe('7');
  });

  it('is known to who takes the cluster over', async () => {
    await sink.store(batch({ puts: [podRow('a'), podRow('b', { namespace: '' })], resourceVersion: '5' }));
    const stored = await store.fingerprints(fence.clusterNo, 'pods');
    expect([...stored.keys()].toSorted()).toEqual(['uid-a', 'uid-b']);
    expect(stored.get('uid-a')).toBe(writtenRow(podRow('a')).fp);
  });

  it('is sent where somebody deletes it in the same batch, and where it changed back', async () => {
    await position();
    await sink.store(batch({ puts: [podRow('a')] }));
    await sink.store(batch({ deletes: [podRow('a')], puts: [podRow('a')], resourceVersion: '6' }));
    expect(await stored()).toEqual(['a:uid-a']);
    for (const count of [1, 0]) await sink.store(batch({ puts: [podRow('a', { restarts: count })] }));
    expect(await restarts()).toEqual([0]);
  });

  it('is not known after a write whose reply was lost, though it took place', async () => {
    let isLost = false;
    const write: InventoryStore['storeBatch'] = async (...given) => {
      const answer = await store.storeBatch(...given);
      if (isLost) throw new Error('the reply was lost');
      return answer;
    };
    const deaf = createInventorySink({ ...deps(), store: { ...store, storeBatch: write } });
    await deaf.position(pods);
    await deaf.store(batch({ puts: [podRow('a')] }));
    isLost = true;
    await expect(deaf.store(batch({ puts: [podRow('a', { restarts: 1 })] }))).rejects.toThrow('lost');
    isLost = false;
    await deaf.store(batch({ puts: [podRow('a')] }));
    expect(await restarts()).toEqual([0]);
  });

  it('is told from memory while the next batch is under way: the end of every large list asks for it', async () => {
    let goOn = () => {};
    let reached = () => {};
    const underWay = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const write: InventoryStore['storeBatch'] = async (...given) => {
      reached();
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return store.storeBatch(...given);
    };
    const countUnseen = vi.fn(store.countUnseen);
    await sink.store(batch({ puts: [podRow('a'), podRow('b')] }));
    const slow = createInventorySink({ ...deps(), store: { ...store, storeBatch: write, countUnseen } });
    await slow.position(pods);
    const writing = slow.store(batch({ puts: [podRow('c')] }));
    await underWay;
    expect(await slow.countUnseen(pods, new Set(['uid-a', 'uid-c']))).toEqual({ unseen: 1, rows: 2 });
    expect(countUnseen).not.toHaveBeenCalled();
    goOn();
    await writing;
    expect(await slow.countUnseen(pods, new Set(['uid-a']))).toEqual({ unseen: 2, rows: 3 });
  });

  it('goes from memory with the end of a full list', async () => {
    await position();
    await sink.store(batch({ puts: [podRow('a'), podRow('b')] }));
    await sink.store(batch({ complete: new Set(['uid-a']), resourceVersion: '9' }));
    await sink.store(batch({ puts: [podRow('b')], resourceVersion: '10' }));
    expect(await stored()).toEqual(['a:uid-a', 'b:uid-b']);
  });
});

describe('a large cluster', () => {
  const count = 30_000;

  it('ends its full sync in a moment: no step looks at every row for every other', async () => {
    await sink.store(batch({ puts: [podRow('seed')] }));
    await database.pool.query(
      `INSERT INTO inventory_object (kind_no, cluster_no, ns_no, name, uid, created_at, status, status_text, ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, search, fp)
       SELECT kind_no, cluster_no, ns_no, 'p' || i, 'uid-p' || i, created_at, status, status_text, ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, 'p', fp
       FROM inventory_object, generate_series(1, $2) AS i WHERE cluster_no = $1`,
      [fence.clusterNo, count],
    );
    const seen = new Set(Array.from({ length: count }, (_, index) => `uid-p${index + 1}`));
    const startedAt = performance.now();
    expect(await sink.countUnseen(pods, seen)).toEqual({ unseen: 1, rows: count + 1 });
    await sink.store(batch({ complete: seen, resourceVersion: '9' }));
    // A step that did would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    expect(await sink.position(pods)).toEqual({ resourceVersion: '9', rows: count });
  });
});

describe('an owner that was paused', () => {
  it('past its lease, or replaced, writes nothing at all', async () => {
    await sink.store(batch({ puts: [podRow('a')], resourceVersion: '5' }));
    await database.pool.query(
      "UPDATE inventory_head SET lease_until = clock_timestamp() - interval '1 second' WHERE cluster_no = $1",
      [fence.clusterNo],
    );
    const late = [
      () => sink.store(batch({ puts: [podRow('late')], resourceVersion: '6' })),
      () => sink.store(batch({ deletes: [podRow('a')], resourceVersion: '6' })),
      () => sink.store(batch({ complete: new Set(), resourceVersion: '6' })),
      () => sink.store(batch({ kind: events, events: [event('e1')] })),
      () => sink.changeState(pods, 'stale', 'late'),
    ];
    for (const write of late) await expect(write()).rejects.toThrow(FenceLostError);
    const [next] = (await store.takeHeads('worker-b', [fence.clusterNo], 1, 15)) as [Fence];
    for (const write of late) await expect(write()).rejects.toThrow(FenceLostError);
    expect(await stored()).toEqual(['a:uid-a']);
    // The new owner goes on exactly where the old one was.
    const successor = createInventorySink({ ...deps(), fence: next });
    expect(await successor.position(pods)).toEqual({ resourceVersion: '5', rows: 1 });
    await successor.store(batch({ puts: [podRow('b')], resourceVersion: '6' }));
    expect(await stored()).toEqual(['a:uid-a', 'b:uid-b']);
  });
});

describe('events', () => {
  const count = async (where = '') =>
    (await database.pool.query(`SELECT FROM inventory_event WHERE cluster_no = $1 ${where}`, [fence.clusterNo]))
      .rowCount;

  it('are kept when the cluster forgets them', async () => {
    await sink.changeState(events, 'syncing');
    await sink.store(batch({ kind: events, events: [event('e1')], resourceVersion: '3' }));
    await sink.store(batch({ kind: events, deletes: [podRow('e1')], complete: new Set(), resourceVersion: '4' }));
    expect(await count()).toBe(1);
    expect(await sink.position(events)).toEqual({ resourceVersion: '4', rows: 0 });
  });

  it('above 2,000 a minute are dropped and counted, warnings last', async () => {
    const flood = Array.from({ length: 2500 }, (_, index) => event(`n${index}`));
    await sink.store(batch({ kind: events, events: [...flood, ...['w1', 'w2'].map((uid) => event(uid, 'Warning'))] }));
    expect(dropped).toBe(502);
    expect(await count()).toBe(2000);
    expect(await count("AND type = 'Warning'")).toBe(2);
    await sink.store(batch({ kind: events, events: [event('same-minute')] }));
    expect(dropped).toBe(503);
    now += 60_000;
    await sink.store(batch({ kind: events, events: [event('next-minute')] }));
    expect(await count()).toBe(2001);
  });
});
