import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  claimAsOwner,
  createTestApp,
  openReplica,
  type SignedInClient,
  type TestApp,
  testOrigin,
} from '../../testing/test-app.ts';
import { addCluster, type FakeCluster, podRow } from './fleet.fixture.ts';

type Row = { id: string; name: string; restarts: number };
type Message = {
  type: string;
  id: string;
  rows?: Row[];
  puts?: Row[];
  dels?: string[];
  added?: number;
  cursor?: string;
  [key: string]: unknown;
};

let test: TestApp;
let owner: SignedInClient;
let alpha: FakeCluster;
let url: string;
let replica: Awaited<ReturnType<typeof openReplica>>;
let replicaUrl: string;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  alpha = await addCluster(test, 'alpha');
  url = await liveUrl(test);
  replica = await openReplica(test);
  replicaUrl = await liveUrl(replica);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(async () => {
  await replica.close();
  await test.close();
});

async function liveUrl({ app }: Pick<TestApp, 'app'>): Promise<string> {
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return `${address.replace('http', 'ws')}/api/v1/live`;
}

const put = (...rows: Parameters<typeof podRow>[]) =>
  test.composition.inventoryStore.putObjects(
    alpha.fence,
    'pods',
    rows.map((row) => podRow(...row)),
  );
const remove = (name: string) => test.composition.inventoryStore.deleteObjects(alpha.fence, 'pods', [podRow(name)]);

async function idOf(name: string): Promise<string> {
  const { body } = await owner.request({ method: 'GET', url: `/inventory/objects?plural=pods&q=${name}` });
  return (body.items as Row[]).find((item) => item.name === name)?.id ?? '';
}

/** A subscription; `next` waits for the next message of a type. */
async function subscribe(
  mode: 'page' | 'set',
  params: object,
  { at = url, cursor }: { at?: string; cursor?: string | undefined } = {},
) {
  const socket = new WebSocket(at, 'quarterdeck.live.v1', { headers: { origin: testOrigin, cookie: owner.cookie } });
  sockets.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data)) as Message));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.send(JSON.stringify({ type: 'subscribe', id: 's', view: 'inventory.objects', mode, params, cursor }));
  let read = 0;
  return {
    messages,
    async next(type: string): Promise<Message> {
      let found = -1;
      await expect
        .poll(
          () => {
            found = messages.findIndex((message, index) => index >= read && message.type === type);
            return found;
          },
          { interval: 20 },
        )
        .not.toBe(-1);
      read = found + 1;
      return messages[found] as Message;
    },
  };
}

describe('a page of objects', () => {
  it('begins with its rows as they are now, then changes them in place', async () => {
    await put(['a'], ['b']);
    const ids = [await idOf('a'), await idOf('b')];
    // Between the list and the subscription.
    await put(['a', { restarts: 1 }]);
    const page = await subscribe('page', { plural: 'pods', ids });
    const { rows } = await page.next('snapshot');
    expect(rows?.map(({ name, restarts }) => [name, restarts]).sort()).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
    await put(['a', { restarts: 2 }]);
    expect(await page.next('delta')).toMatchObject({ puts: [{ name: 'a', restarts: 2 }], dels: [] });
    await remove('b');
    expect(await page.next('delta')).toMatchObject({ puts: [], dels: [ids[1]] });
  });

  it('only hints at rows outside it, and only at those its filter matches', async () => {
    await put(['bad-0', { health: 'failed', statusText: 'Error' }]);
    const page = await subscribe('page', { plural: 'pods', health: 'failed', ids: [] });
    await page.next('snapshot');
    await put(['fine'], ['bad-1', { health: 'failed', statusText: 'Error' }]);
    expect(await page.next('hint')).toMatchObject({ added: 1, removed: 0, total: 2 });
    // A row that was there begins to match.
    await put(['fine', { health: 'failed', statusText: 'Error' }]);
    expect(await page.next('hint')).toMatchObject({ added: 1, removed: 0, total: 3 });
    await remove('bad-1');
    expect(await page.next('hint')).toMatchObject({ added: 0, removed: 1, total: 2 });
    expect(page.messages.filter(({ type }) => type === 'delta')).toEqual([]);
  });
});

describe('the clusters of a list', () => {
  const setState = (state: 'connected' | 'unreachable', reason?: string) =>
    test.database.transaction(async (tx) => {
      await test.composition.clustersStore.setState(tx, alpha.id, state, reason);
      await test.composition.clustersStore.notify(tx, [alpha.id]);
    });

  it('are told of as they change: rows of one that is cut off would look alive for ever', async () => {
    const page = await subscribe('page', { plural: 'pods', ids: [] });
    expect(await page.next('clusters')).toMatchObject({ clusters: [{ slug: 'alpha', state: 'live' }] });
    await setState('unreachable', 'nothing listens there');
    expect(await page.next('clusters')).toMatchObject({
      clusters: [{ slug: 'alpha', state: 'cut_off', error: 'nothing listens there' }],
    });
    await setState('connected');
    expect(await page.next('clusters')).toMatchObject({ clusters: [{ slug: 'alpha', state: 'live' }] });
  });
});

describe('a set of objects', () => {
  it('is complete and follows rows into and out of its filter', async () => {
    await put(['s-1', { labels: { app: 'set' } }], ['s-2', { labels: { app: 'other' } }]);
    const set = await subscribe('set', { plural: 'pods', labels: 'app=set' });
    expect((await set.next('snapshot')).rows?.map(({ name }) => name)).toEqual(['s-1']);
    await put(['s-2', { labels: { app: 'set' } }]);
    expect(await set.next('delta')).toMatchObject({ puts: [{ name: 's-2' }], dels: [] });
    const id = await idOf('s-1');
    await put(['s-1', { labels: { app: 'other' } }]);
    expect(await set.next('delta')).toMatchObject({ puts: [], dels: [id] });
  });

  it('of more than 2,000 rows is refused for a page', async () => {
    await put(
      ...Array.from({ length: 2001 }, (_, index) => [`big-${index}`, { namespace: 'big' }] as [string, object]),
    );
    const set = await subscribe('set', { plural: 'pods', namespaces: 'big' });
    expect(await set.next('error')).toMatchObject({ code: 'use_page', id: 's' });
  });
});

describe('what no index serves', () => {
  it('is refused where it would read too many rows, however it is asked', async () => {
    const query = test.database.pool.query.bind(test.database.pool) as (...args: unknown[]) => unknown;
    const plan = { rows: [{ 'QUERY PLAN': [{ Plan: { 'Total Cost': 1e9 } }] }] };
    const pool = vi
      .spyOn(test.database.pool, 'query')
      .mockImplementation(((...args: unknown[]) =>
        String(args[0]).startsWith('EXPLAIN') ? Promise.resolve(plan) : query(...args)) as never);
    try {
      for (const url of ['objects?', 'objects/export?', 'facets?fields=cluster&']) {
        const { status, body } = await owner.request({ method: 'GET', url: `/inventory/${url}status=Evicted` });
        expect([url, status, body.code]).toEqual([url, 422, 'query_too_costly']);
      }
      for (const mode of ['page', 'set'] as const) {
        const view = await subscribe(mode, { plural: 'pods', status: 'Evicted' });
        expect(await view.next('error')).toMatchObject({
          code: 'query_too_costly',
          detail: expect.stringContaining('Filter by health'),
        });
      }
    } finally {
      pool.mockRestore();
    }
  });
});

describe('several servers', () => {
  it('tell the same change to whoever follows it at either', async () => {
    const here = await subscribe('set', { plural: 'pods', labels: 'app=both' });
    const there = await subscribe('set', { plural: 'pods', labels: 'app=both' }, { at: replicaUrl });
    for (const set of [here, there]) await set.next('snapshot');
    await put(['both', { labels: { app: 'both' } }]);
    for (const set of [here, there]) expect(await set.next('delta')).toMatchObject({ puts: [{ name: 'both' }] });
  });

  const params = { plural: 'pods', labels: 'app=moving' };
  const moving = { labels: { app: 'moving' } };

  it('go on from a cursor of another one: what changed meanwhile comes, and nothing else', async () => {
    await put(['m-1', moving], ['m-2', moving], ['m-3', moving], ['m-4', moving]);
    const first = await subscribe('set', params);
    const [{ cursor }, left, gone] = [await first.next('snapshot'), await idOf('m-2'), await idOf('m-3')];
    sockets.splice(0).forEach((socket) => void socket.close());
    await put(['m-1', { ...moving, restarts: 7 }], ['m-2', { labels: { app: 'left' } }], ['m-5', moving], ['other']);
    await remove('m-3');
    const second = await subscribe('set', params, { at: replicaUrl, cursor });
    const { puts, dels, cursor: next } = await second.next('delta');
    expect(puts?.map(({ name, restarts }) => [name, restarts]).sort()).toEqual([
      ['m-1', 7],
      ['m-5', 0],
    ]);
    expect(dels).toEqual(expect.arrayContaining([left, gone]));
    // From here on as ever, and a cursor that came with a change is one to go on from as well.
    await put(['m-4', { ...moving, restarts: 1 }]);
    const changed = await second.next('delta');
    expect(changed).toMatchObject({ puts: [{ name: 'm-4' }], dels: [] });
    expect(second.messages.filter(({ type }) => type === 'snapshot')).toEqual([]);
    for (const [from, names] of [
      [next, ['m-4']],
      [changed.cursor, []],
    ] as const) {
      const again = await subscribe('set', params, { cursor: from });
      expect((await again.next('delta')).puts?.map(({ name }) => name)).toEqual(names);
    }
  });

  it('begin anew where the log was swept meanwhile', async () => {
    const before = await subscribe('set', params);
    const { cursor } = await before.next('snapshot');
    await put(['m-6', moving], ['m-7', moving]);
    await test.database.pool.query('DELETE FROM inventory_change WHERE cluster_no = $1', [alpha.fence.clusterNo]);
    const after = await subscribe('set', params, { at: replicaUrl, cursor });
    expect((await after.next('snapshot')).rows?.map(({ name }) => name)).toContain('m-7');
  });

  it.each(['made-up', undefined])('refuse a cursor that is of nothing, or of another question (%s)', async (madeUp) => {
    const other = await subscribe('set', { plural: 'pods', labels: 'app=other' });
    const { cursor } = await other.next('snapshot');
    const refused = await subscribe('set', params, { cursor: madeUp ?? cursor });
    expect(await refused.next('error')).toMatchObject({ id: 's', code: 'invalid_cursor' });
  });
});

describe('a lost notification', () => {
  it('is made up for by looking at the heads', async () => {
    await put(['quiet']);
    const id = await idOf('quiet');
    const page = await subscribe('page', { plural: 'pods', ids: [id] });
    await page.next('snapshot');
    // What the statement of the store does, but for NOTIFY.
    await test.database.pool.query(
      `WITH head AS (UPDATE inventory_head SET rev = rev + 1 WHERE cluster_no = $1 RETURNING rev),
         changed AS (UPDATE inventory_object SET restarts = 9 WHERE kind_no = 3 AND id = $2 RETURNING id, ns_no)
       INSERT INTO inventory_change (cluster_no, rev, kind_no, id, ns_no, op) SELECT $1, head.rev, 3, changed.id, changed.ns_no, 'U' FROM head, changed`,
      [alpha.fence.clusterNo, id],
    );
    expect(await page.next('delta')).toMatchObject({ puts: [{ name: 'quiet', restarts: 9 }] });
  });

  it('beyond the kept changes asks for everything again', async () => {
    const page = await subscribe('page', { plural: 'pods', ids: [] });
    await page.next('snapshot');
    await test.database.pool.query('UPDATE inventory_head SET rev = rev + 5 WHERE cluster_no = $1', [
      alpha.fence.clusterNo,
    ]);
    await put(['after-the-hole']);
    expect((await page.next('resync')).id).toBe('s');
  });
});
