import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createInventoryStore, type Fence, type InventoryStore } from './inventory.store.ts';
import type { ObjectRow } from './object-rows.ts';

let database: TestDatabase;
let store: InventoryStore;
let fence: Fence;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  store = createInventoryStore(database);
  await store.ensureHeads([1, 2]);
  fence = (await store.takeHeads('worker-a', [1], 5, 15))[0] as Fence;
});
afterAll(() => database.drop());

function pod(name: string, change?: Partial<ObjectRow>): ObjectRow {
  return {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    createdAt: new Date('2026-11-24T10:00:00Z'),
    health: 'healthy',
    statusText: 'Running',
    restarts: 0,
    labels: { app: 'cart' },
    facts: {},
    search: name,
    ...change,
  };
}

async function counts(): Promise<Record<string, number>> {
  const result = await database.pool.query<{ status: number; n: number }>(
    'SELECT status, sum(n)::int AS n FROM inventory_count WHERE n <> 0 GROUP BY status',
  );
  return Object.fromEntries(result.rows.map((row) => [String(row.status), row.n]));
}

describe('rows', () => {
  it('are written once and only when they differ', async () => {
    expect(await store.putObjects(fence, 'pods', [pod('a'), pod('b')])).toEqual({
      held: true,
      changed: 2,
    });
    expect((await store.putObjects(fence, 'pods', [pod('a'), pod('b')])).changed).toBe(0);
    expect((await store.putObjects(fence, 'pods', [pod('a', { health: 'failed', statusText: 'Error' })])).changed).toBe(
      1,
    );
    expect(await counts()).toEqual({ '0': 1, '5': 1 });
  });

  it('take the last of two versions in one batch', async () => {
    await store.putObjects(fence, 'pods', [pod('c', { restarts: 1 }), pod('c', { restarts: 2 })]);
    const result = await database.pool.query("SELECT restarts FROM inventory_object WHERE name = 'c'");
    expect(result.rows).toEqual([{ restarts: 2 }]);
  });

  it('go by name and uid, so that a namesake made anew stays', async () => {
    const keys = [{ namespace: 'shop', name: 'c', uid: 'another' }];
    expect((await store.deleteObjects(fence, 'pods', keys)).changed).toBe(0);
    expect((await store.deleteObjects(fence, 'pods', [{ namespace: 'shop', name: 'c', uid: 'uid-c' }])).changed).toBe(
      1,
    );
    expect(await counts()).toEqual({ '0': 1, '5': 1 });
  });

  it('that a full list did not hold go with the list’s end', async () => {
    await store.putObjects(fence, 'pods', [pod('gone')]);
    expect((await store.deleteUnseen(fence, 'pods', ['uid-a', 'uid-b'])).changed).toBe(1);
  });

  it('leave a change behind, numbered, with what happened', async () => {
    const result = await database.pool.query<{ op: string }>('SELECT op FROM inventory_change ORDER BY rev, id');
    expect(result.rows.map((row) => row.op)).toEqual(['I', 'I', 'U', 'I', 'D', 'I', 'D']);
  });
});

describe('the fence', () => {
  it('gives a cluster to one worker', async () => {
    expect(await store.takeHeads('worker-b', [1], 5, 15)).toEqual([]);
    expect(await store.renewHeads([fence], 15)).toEqual(new Set([1]));
  });

  it('is renewed without waiting for a batch under way, which extends the lease itself', async () => {
    const left = async () => {
      const { rows } = await database.pool.query<{ seconds: number }>(
        'SELECT extract(epoch FROM lease_until - clock_timestamp())::int AS seconds FROM inventory_head WHERE cluster_no = 1',
      );
      return rows[0]?.seconds ?? 0;
    };
    await database.pool.query(
      "UPDATE inventory_head SET lease_until = clock_timestamp() + interval '5 seconds' WHERE cluster_no = 1",
    );
    const batch = await database.connect();
    try {
      await batch.query('BEGIN');
      await batch.query('SELECT FROM inventory_head WHERE cluster_no = 1 FOR UPDATE');
      expect(await store.renewHeads([fence], 15)).toEqual(new Set([1]));
    } finally {
      await batch.query('ROLLBACK');
      batch.release();
    }
    expect(await left()).toBeLessThanOrEqual(5);
    await store.putObjects(fence, 'pods', [pod('extends')]);
    expect(await left()).toBeGreaterThan(10);
    await store.deleteObjects(fence, 'pods', [pod('extends')]);
  });

  it('lets a worker that was paused past its lease write nothing', async () => {
    await database.pool.query(
      "UPDATE inventory_head SET lease_until = clock_timestamp() - interval '1 second' WHERE cluster_no = 1",
    );
    expect((await store.putObjects(fence, 'pods', [pod('late')])).held).toBe(false);
    const next = (await store.takeHeads('worker-b', [1], 5, 15))[0] as Fence;
    expect(next.epoch).not.toBe(fence.epoch);
    for (const answer of [
      await store.putObjects(fence, 'pods', [pod('late')]),
      await store.deleteUnseen(fence, 'pods', []),
      await store.putStream(fence, 'pods', { state: 'streaming', resourceVersion: '1' }),
      await store.putEvents(fence, [
        {
          namespace: 'shop',
          uid: 'e',
          object: 'Pod/a',
          objectUid: 'uid-a',
          type: 'Normal',
          reason: 'r',
          message: 'm',
          count: 1,
          firstAt: new Date(),
          lastAt: new Date(),
        },
      ]),
    ]) {
      expect(answer.held).toBe(false);
    }
    expect(await store.renewHeads([fence], 15)).toEqual(new Set());
    const rows = await database.pool.query("SELECT FROM inventory_object WHERE name = 'late'");
    expect(rows.rowCount).toBe(0);
    expect((await store.fingerprints(1, 'pods')).size).toBe(2);
    fence = next;
  });
});

describe('a watch', () => {
  it('keeps its version over a restart and its age when the cluster goes', async () => {
    await store.putStream(fence, 'pods', { state: 'streaming', resourceVersion: '41' });
    await store.storeBatch(fence, 'pods', {
      puts: [],
      deletes: [],
      position: { resourceVersion: '42', projection: '1' },
    });
    const seenAt = new Date(Date.now() - 12_000);
    await store.markStale(fence, 'The cluster does not answer.', seenAt);
    expect(await store.streamOf(1, 'pods')).toEqual({ resourceVersion: '42', state: 'stale', projection: '1' });
    const result = await database.pool.query<{ as_of: Date; rows: number }>('SELECT as_of, rows FROM inventory_stream');
    expect(result.rows[0]?.rows).toBe(2);
    // Not when it was found to be away: nothing is known of the seconds before.
    expect(result.rows[0]?.as_of).toEqual(seenAt);
    await store.markStale(fence, 'Still no answer.', new Date());
    const later = await database.pool.query<{ as_of: Date }>('SELECT as_of FROM inventory_stream');
    expect(later.rows[0]?.as_of).toEqual(seenAt);
  });
});

describe('a removed cluster', () => {
  it('loses its rows in chunks', async () => {
    await store.putObjects(
      fence,
      'pods',
      Array.from({ length: 5 }, (_, index) => pod(`x${index}`)),
    );
    let done = false;
    let turns = 0;
    while (!done) {
      done = await store.eraseChunk(1, 3);
      turns += 1;
    }
    expect(turns).toBeGreaterThan(2);
    const left = await database.pool.query('SELECT FROM inventory_object');
    expect(left.rowCount).toBe(0);
    expect(await counts()).toEqual({});
  });
});
