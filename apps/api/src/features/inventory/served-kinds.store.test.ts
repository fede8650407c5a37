import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { type WatchedKind, watchedKinds } from '@quarterdeck/kubernetes';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { podRow } from './fleet.fixture.ts';
import { createInventoryReadModel } from './inventory.read-model.ts';
import { createInventoryStore, type Fence, type InventoryStore } from './inventory.store.ts';
import { createInventorySink } from './inventory-sink.ts';
import { createKindRegistry, type KindRegistry } from './kind-registry.ts';
import { writtenRow } from './object-rows.ts';
import { createRbacStore, type RbacStore } from './rbac.store.ts';
import { wholeReach } from './reach.ts';

const rowsOf = (...names: string[]) => names.map((name) => writtenRow(podRow(name)));

let database: TestDatabase;
let kinds: KindRegistry;
let store: InventoryStore;
let rbac: RbacStore;
let fence: Fence;
let nextCluster = 1;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  kinds = createKindRegistry(database);
  store = createInventoryStore(database, kinds);
  rbac = createRbacStore(database, kinds);
});
afterAll(() => database.drop());
beforeEach(async () => {
  const clusterNo = nextCluster++;
  await store.ensureHeads([clusterNo]);
  [fence] = (await store.takeHeads('worker-a', [clusterNo], 1, 15)) as [Fence];
});

function custom(resource: string, change: Partial<WatchedKind> = {}): WatchedKind {
  const project = () => ({ health: 'healthy', statusText: '', facts: {} }) as const;
  return {
    group: 'example.com',
    version: 'v1',
    resource,
    kind: 'Widget',
    namespaced: true,
    rank: 80,
    project,
    ...change,
  };
}
const pods = watchedKinds.find(({ kind }) => kind === 'Pod') as WatchedKind;
const sinkOf = (held: Fence) =>
  createInventorySink({ store, rbac, fence: held, now: () => 0, onEventsDropped: () => {} });
const batch = { puts: [], deletes: [], events: [] };

describe('a kind', () => {
  it('of the product keeps its number, a custom one gets the next and the same in every process', async () => {
    expect(await kinds.ensure(pods)).toMatchObject({ no: 3, key: 'pods', group: '' });
    const made = await kinds.ensure(custom('widgets'));
    expect(made).toMatchObject({ key: 'widgets.example.com', group: 'example.com', plural: 'widgets' });
    expect(made.no).toBeGreaterThanOrEqual(1000);
    const others = await Promise.all(
      Array.from({ length: 5 }, () => createKindRegistry(database).ensure(custom('widgets'))),
    );
    expect(others.map(({ no }) => no)).toEqual(Array(5).fill(made.no));
    expect((await kinds.ensure(custom('gears'))).no).toBe(made.no + 1);
  });

  it('that has the name of one of ours in another group stays apart from it', async () => {
    const made = await kinds.ensure(custom('services', { group: 'serving.example.com' }));
    expect(made.key).toBe('services.serving.example.com');
    expect((await kinds.named('services')).map(({ key }) => key).sort()).toEqual(['services', made.key]);
    await store.putObjects(fence, made.key, [podRow('theirs')]);
    await store.putObjects(fence, 'services', [podRow('ours')]);
    expect((await store.fingerprints(fence.clusterNo, made.key)).size).toBe(1);
    expect((await store.fingerprints(fence.clusterNo, 'services')).size).toBe(1);
  });

  it('has the columns of all clusters that serve it', async () => {
    await kinds.ensure(custom('dials', { columns: ['Size'] }));
    await createKindRegistry(database).ensure(custom('dials', { columns: ['Size', 'Colour'] }));
    expect((await kinds.ensure(custom('dials', { columns: ['Shape'] }))).columns).toEqual(['Size', 'Colour', 'Shape']);
  });

  it('found by another process is known to this one when it is asked for', async () => {
    const made = await createKindRegistry(database).ensure(custom('levers'));
    expect(await kinds.byNumber(made.no)).toEqual(made);
    expect(await kinds.numberOf(made.key)).toBe(made.no);
    await expect(kinds.numberOf('nonsense.example.com')).rejects.toThrow('has no kind');
  });
});

describe('what a cluster serves', () => {
  it('is known once it was told; of each kind a first list is then to come', async () => {
    const sink = sinkOf(fence);
    await sink.changeState(pods, 'streaming');
    await sink.serves([pods, custom('widgets')], { forgetOthers: false });
    const { rows } = await database.pool.query(
      `SELECT k.resource, s.state, h.discovered_at IS NOT NULL AS known FROM inventory_stream s
       JOIN inventory_kind k USING (kind_no) JOIN inventory_head h USING (cluster_no) WHERE cluster_no = $1 ORDER BY 1`,
      [fence.clusterNo],
    );
    expect(rows).toEqual([
      { resource: 'pods', state: 'streaming', known: true },
      { resource: 'widgets', state: 'syncing', known: true },
    ]);
  });

  it('takes rows, counts and positions of what it serves no more with it, and leaves changes behind', async () => {
    const sink = sinkOf(fence);
    await sink.store({ ...batch, kind: custom('widgets'), puts: [podRow('w')], resourceVersion: '5' });
    await sink.store({ ...batch, kind: pods, puts: [podRow('p')], resourceVersion: '5' });
    await sink.serves([pods, custom('widgets')], { forgetOthers: true });
    expect((await store.fingerprints(fence.clusterNo, 'widgets.example.com')).size).toBe(1);
    await sink.serves([pods], { forgetOthers: true });
    expect((await store.fingerprints(fence.clusterNo, 'widgets.example.com')).size).toBe(0);
    expect(await store.streamOf(fence.clusterNo, 'widgets.example.com')).toBeUndefined();
    expect((await store.fingerprints(fence.clusterNo, 'pods')).size).toBe(1);
    const { rows } = await database.pool.query<{ op: string }>(
      'SELECT op FROM inventory_change WHERE cluster_no = $1 ORDER BY rev',
      [fence.clusterNo],
    );
    expect(rows.map(({ op }) => op)).toEqual(['I', 'I', 'D']);
  });

  it('is not gone on with where its rows were projected otherwise', async () => {
    await sinkOf(fence).store({ ...batch, kind: custom('widgets'), puts: [podRow('w')], resourceVersion: '5' });
    expect(await sinkOf(fence).position(custom('widgets'))).toEqual({ resourceVersion: '5', rows: 1 });
    const changed = custom('widgets', { projection: 'with other columns' });
    expect(await sinkOf(fence).position(changed)).toEqual({ resourceVersion: undefined, rows: 1 });
    await sinkOf(fence).store({ ...batch, kind: changed, resourceVersion: '6' });
    expect(await sinkOf(fence).position(changed)).toEqual({ resourceVersion: '6', rows: 1 });
  });
});

describe('one batch', () => {
  async function revision(): Promise<number> {
    const { rows } = await database.pool.query<{ rev: string }>(
      'SELECT rev FROM inventory_head WHERE cluster_no = $1',
      [fence.clusterNo],
    );
    return Number(rows[0]?.rev);
  }

  it('deletes, puts, logs and moves the position in one statement', async () => {
    await store.storeBatch(fence, 'pods', { puts: rowsOf('a', 'b', 'c'), deletes: [] });
    const before = await revision();
    const answer = await store.storeBatch(fence, 'pods', {
      puts: [podRow('b', { restarts: 1 }), podRow('d')].map(writtenRow),
      deletes: [podRow('a')],
      position: { resourceVersion: '9', projection: '1' },
    });
    expect(answer).toMatchObject({ held: true, changed: 3 });
    expect(await revision()).toBe(before + 1);
    const { rows } = await database.pool.query<{ op: string }>(
      'SELECT op FROM inventory_change WHERE cluster_no = $1 AND rev = $2 ORDER BY op',
      [fence.clusterNo, before + 1],
    );
    expect(rows.map(({ op }) => op)).toEqual(['D', 'I', 'U']);
    expect((await store.streamOf(fence.clusterNo, 'pods'))?.resourceVersion).toBe('9');
  });

  it('that ends a list keeps a namesake which it brings itself', async () => {
    await store.putObjects(fence, 'pods', [podRow('a', { uid: 'old' }), podRow('gone')]);
    await store.storeBatch(fence, 'pods', {
      puts: [writtenRow(podRow('a', { uid: 'new' }))],
      deletes: [],
      complete: ['new'],
    });
    const { rows } = await database.pool.query<{ name: string; uid: string }>(
      'SELECT name, uid FROM inventory_object WHERE cluster_no = $1',
      [fence.clusterNo],
    );
    expect(rows).toEqual([{ name: 'a', uid: 'new' }]);
  });

  it('keeps the counts true', async () => {
    await store.putObjects(fence, 'jobs', [podRow('a'), podRow('b', { health: 'failed' })]);
    await store.storeBatch(fence, 'jobs', { puts: rowsOf('b'), deletes: [podRow('a')] });
    const { rows } = await database.pool.query<{ status: number; n: number }>(
      `SELECT c.status, c.n FROM inventory_count c JOIN inventory_namespace n USING (ns_no)
       WHERE n.cluster_no = $1 AND c.kind_no = 10 AND c.n <> 0`,
      [fence.clusterNo],
    );
    expect(rows).toEqual([{ status: 5, n: 1 }]);
  });
});

describe('a first list', () => {
  it('leaves statistics behind, so that a page is a walk along its index from the start', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => podRow(`first-${index}`));
    await store.putObjects(fence, 'configmaps', rows.slice(0, 10));
    await store.putObjects(fence, 'configmaps', rows);
    const { rows: plan } = await database.pool.query<{ 'QUERY PLAN': string }>(
      'EXPLAIN SELECT * FROM inventory_object o WHERE o.kind_no = 29 ORDER BY o.name, o.id LIMIT 51',
    );
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toContain('inventory_object_configmap_name_id_idx');
    expect(text).not.toContain('Sort');
  });
});

describe('what serves nobody any more', () => {
  it('goes: events after three days, changes after a quarter of an hour, however many there are', async () => {
    const many = 25_000;
    await store.ensureNamespaces(fence.clusterNo, ['shop']);
    await database.pool.query(
      `INSERT INTO inventory_event (cluster_no, uid, ns_no, object, object_uid, type, reason, message, count, first_at, last_at)
       SELECT $1, 'e' || i, (SELECT ns_no FROM inventory_namespace WHERE cluster_no = $1 LIMIT 1), '', '', '', '', '', 1,
         now(), now() - interval '3 days' + make_interval(mins => CASE WHEN i <= $2 THEN -1 ELSE 1 END)
       FROM generate_series(1, $2 + 5) AS i`,
      [fence.clusterNo, many],
    );
    await database.pool.query(
      `INSERT INTO inventory_change (cluster_no, rev, kind_no, id, ns_no, op, at)
       SELECT $1, i, 3, i, 1, 'U', now() - make_interval(mins => CASE WHEN i <= 10 THEN 16 ELSE 14 END) FROM generate_series(1, 15) AS i`,
      [fence.clusterNo],
    );
    await store.sweep();
    const left = (table: string) =>
      database.pool
        .query(`SELECT FROM ${table} WHERE cluster_no = $1`, [fence.clusterNo])
        .then(({ rowCount }) => rowCount);
    expect(await left('inventory_event')).toBe(5);
    expect(await left('inventory_change')).toBe(5);
  });
});

describe('counts that drifted', () => {
  it('are mended from the rows, whichever way they are wrong, and others are left alone', async () => {
    const counts = async () => {
      const { rows } = await database.pool.query<{ kind_no: number; status: number; n: number }>(
        `SELECT c.kind_no, c.status, c.n FROM inventory_count c JOIN inventory_namespace n USING (ns_no)
         WHERE n.cluster_no = $1 AND c.n <> 0 ORDER BY 1, 2`,
        [fence.clusterNo],
      );
      return rows.map(({ kind_no: kind, status, n }) => [kind, status, n]);
    };
    await store.putObjects(fence, 'pods', [podRow('a'), podRow('b', { health: 'failed' })]);
    await store.putObjects(fence, 'jobs', [podRow('j')]);
    const right = [
      [3, 0, 1],
      [3, 5, 1],
      [10, 5, 1],
    ];
    expect(await counts()).toEqual(right);
    expect(await store.recount(fence.clusterNo)).toBe(0);
    const mine = `ns_no IN (SELECT ns_no FROM inventory_namespace WHERE cluster_no = ${fence.clusterNo})`;
    await database.pool.query(`UPDATE inventory_count SET n = 7 WHERE kind_no = 3 AND status = 5 AND ${mine}`);
    await database.pool.query(`UPDATE inventory_count SET status = 1 WHERE kind_no = 10 AND ${mine}`);
    expect(await store.recount(fence.clusterNo)).toBe(3);
    expect(await counts()).toEqual(right);
  });
});

describe('rows of a cluster that nobody hears of', () => {
  it('go after 30 days, and the cluster begins anew when it returns', async () => {
    await store.storeBatch(fence, 'pods', {
      puts: rowsOf('p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6'),
      deletes: [],
      position: { resourceVersion: '9', projection: '1' },
    });
    const seen = (days: number) =>
      database.pool.query(
        `INSERT INTO clusters_cluster (id, number, slug, display_name, color, labels, server, state, seen_at)
         VALUES (gen_random_uuid(), $1, 'dead', 'Dead', 0, '{}', 'https://dead.example', 'unreachable', now() - make_interval(days => $2))
         ON CONFLICT (slug) DO UPDATE SET seen_at = excluded.seen_at`,
        [fence.clusterNo, days],
      );
    await seen(29);
    expect(await store.deadClusters(30)).toEqual([]);
    await seen(31);
    expect(await store.deadClusters(30)).toEqual([fence.clusterNo]);
    let chunks = 1;
    while (!(await store.eraseRows(fence.clusterNo, 3))) chunks += 1;
    expect(chunks).toBe(4);
    expect((await store.fingerprints(fence.clusterNo, 'pods')).size).toBe(0);
    expect(await sinkOf(fence).position(pods)).toEqual({ resourceVersion: undefined, rows: 0 });
    expect(await store.deadClusters(30)).toEqual([]);
    // The head stays, so that its revisions go on and nobody misses a later change.
    expect((await store.putObjects(fence, 'pods', [podRow('back')])).held).toBe(true);
  });
});

describe('a question that no index serves', () => {
  it('is refused before it is begun where it is too costly, with what to narrow by', async () => {
    await store.putObjects(fence, 'pods', [podRow('a')]);
    const filter = { plural: 'pods', reach: wholeReach([fence.clusterNo], true), status: ['Running'] };
    await expect(createInventoryReadModel(database, kinds).refuseCostly(filter)).resolves.toBeUndefined();
    const strict = createInventoryReadModel(database, kinds, { affordableCost: 0 });
    await expect(strict.refuseCostly(filter)).rejects.toMatchObject({
      code: 'query_too_costly',
      status: 422,
      errors: [{ pointer: 'query/status', detail: expect.stringContaining('Filter by health') }],
    });
    // What an index serves is not asked about.
    await expect(strict.refuseCostly({ ...filter, status: undefined })).resolves.toBeUndefined();
    const events = { reach: wholeReach([fence.clusterNo], false) };
    await expect(strict.events({ ...events, q: 'x' }, undefined, 10)).rejects.toMatchObject({
      code: 'query_too_costly',
    });
    expect((await strict.events(events, undefined, 10)).rows).toEqual([]);
  });
});
