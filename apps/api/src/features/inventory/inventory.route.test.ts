import { listObjects } from '@quarterdeck/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addGrant, addPerson, principalOf } from '../../testing/people.ts';
import { claimAsOwner, clientOf, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { addCluster, type FakeCluster, podRow, stream } from './fleet.fixture.ts';

type Answer = {
  items: { id: string; cluster: string; name: string; [field: string]: unknown }[];
  nextCursor?: string;
  total: number;
  totalIsExact: boolean;
  clusters: { id: string; slug: string; state: string; asOf?: string; error?: string }[];
  errors?: { pointer: string }[];
  code?: string;
};

let test: TestApp;
let owner: SignedInClient;
let alpha: FakeCluster;
let beta: FakeCluster;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  alpha = await addCluster(test, 'alpha');
  beta = await addCluster(test, 'beta');
});
afterAll(() => test.close());

async function ask(path: string, client = owner): Promise<{ status: number; body: Answer }> {
  const { status, body } = await client.request({ method: 'GET', url: `/inventory/${path}` });
  return { status, body: body as unknown as Answer };
}
async function list(query: string): Promise<Answer> {
  const { status, body } = await ask(`objects?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}
const names = (answer: Answer) => answer.items.map((item) => `${item.cluster}/${item.name}`);
const putObjects: TestApp['composition']['inventoryStore']['putObjects'] = (...given) =>
  test.composition.inventoryStore.putObjects(...given);
const deleteUnseen: TestApp['composition']['inventoryStore']['deleteUnseen'] = (...given) =>
  test.composition.inventoryStore.deleteUnseen(...given);

beforeEach(async () => {
  for (const { fence } of [alpha, beta]) await deleteUnseen(fence, 'pods', []);
  await putObjects(alpha.fence, 'pods', [
    podRow('cart-1', { restarts: 3, node: 'n1', cpuMilli: 500, memoryBytes: 1024 }),
    podRow('cart-2', { health: 'failed', statusText: 'CrashLoopBackOff', labels: { app: 'cart', tier: 'web' } }),
  ]);
  await putObjects(beta.fence, 'pods', [
    podRow('cart-1'),
    podRow('feed_api', { namespace: 'media', labels: { app: 'feed' }, search: 'feed_api media feed' }),
  ]);
});

describe('a list over clusters', () => {
  it('shows the rows of all, each with its cluster, and how old each cluster’s data is', async () => {
    const answer = await list('plural=pods&sort=name');
    expect(names(answer)).toEqual(['alpha/cart-1', 'beta/cart-1', 'alpha/cart-2', 'beta/feed_api']);
    expect(answer.items[0]).toMatchObject({
      kind: 'Pod',
      namespace: 'shop',
      health: 'healthy',
      statusText: 'Running',
      restarts: 3,
      node: 'n1',
      cpuCores: 0.5,
      memoryBytes: 1024,
      createdAt: '2026-11-24T10:00:00.000Z',
    });
    expect(answer.items[1]).not.toHaveProperty('node');
    expect(answer).toMatchObject({ total: 4, totalIsExact: true });
    expect(answer.clusters).toMatchObject([
      { id: alpha.id, slug: 'alpha', state: 'live', asOf: expect.any(String) },
      { id: beta.id, slug: 'beta', state: 'live' },
    ]);
  });

  it.each([
    ['clusters=beta', ['beta/cart-1', 'beta/feed_api']],
    ['namespaces=media', ['beta/feed_api']],
    ['namespaces=media,shop&clusters=alpha', ['alpha/cart-1', 'alpha/cart-2']],
    ['health=failed', ['alpha/cart-2']],
    ['status=CrashLoopBackOff,Error', ['alpha/cart-2']],
    ['labels=app%3Dcart,tier%3Dweb', ['alpha/cart-2']],
    ['node=n1', ['alpha/cart-1']],
    ['q=eed', ['beta/feed_api']],
    ['q=fe', ['beta/feed_api']],
    ['q=d_a', ['beta/feed_api']],
    ['q=d%25a', []],
    ['sort=status&limit=1', ['alpha/cart-2']],
    ['sort=-restarts&limit=1', ['alpha/cart-1']],
    ['plural=nodes', []],
  ])('with %s holds %j', async (query, expected) => expect(names(await list(query))).toEqual(expected));

  it('is written as the contract says, to the field, whoever reads it: as text or as objects', async () => {
    await putObjects(beta.fence, 'pods', [
      podRow('full', {
        ready: 1,
        desired: 2,
        restarts: 4,
        node: 'n"2\\',
        ownerUid: 'rs-1',
        cpuMilli: 250,
        memoryBytes: 2 ** 40,
        createdAt: undefined,
        labels: { 'app.kubernetes.io/name': 'ca"rt', __proto__x: '語🚢\u2028' },
        facts: { images: ['a:1', 'b:2'], nested: { deep: [null, 1.5, true, { '': '' }] }, text: '"}],\n' },
      }),
    ]);
    const reader = await addPerson(test, 'reader');
    await addGrant(test, reader, 'viewer');
    const query = { plural: 'pods', sort: 'name', limit: 3 } as const;
    const { body, headers } = await reader.request({
      method: 'GET',
      url: '/inventory/objects?plural=pods&sort=name&limit=3',
    });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(listObjects.response.parse(body)).toEqual(body);
    const rest = await reader.request({ method: 'GET', url: '/inventory/objects?plural=pods&sort=-name&limit=3' });
    expect(listObjects.response.parse(rest.body)).toEqual(rest.body);
    const { clusters: _, ...objects } = await test.composition.inventory.list(principalOf(reader), query);
    expect(body).toMatchObject(JSON.parse(JSON.stringify(objects)) as object);
    expect((body.items as object[])[0]).toEqual(objects.items[0]);
    expect((rest.body.items as object[])[0]).toMatchObject({ name: 'full', node: 'n"2\\', memoryBytes: 2 ** 40 });
  });

  it('counts what its filter matches, from the kept counts or from the rows', async () => {
    expect(await list('health=failed&limit=1')).toMatchObject({ total: 1, totalIsExact: true });
    expect(await list('labels=app%3Dcart&limit=1')).toMatchObject({ total: 3, totalIsExact: true });
  });

  it('caps an expensive count and says so', async () => {
    await putObjects(
      beta.fence,
      'pods',
      Array.from({ length: 1100 }, (_, index) => podRow(`many-${index}`)),
    );
    expect(await list('q=many&limit=1')).toMatchObject({ total: 1000, totalIsExact: false });
    expect(await list('clusters=beta&limit=1')).toMatchObject({ total: 1102, totalIsExact: true });
  });

  it.each([
    ['sort=colour', 'query/sort'],
    ['limit=201', 'query/limit'],
    ['limit=0', 'query/limit'],
    ['plural=gizmos', 'query/plural'],
    ['plural=events', 'query/plural'],
    ['plural=pods&group=apps', 'query/plural'],
    ['cursor=nonsense', 'query/cursor'],
    ['labels=app', 'query/labels'],
    ['clusters=nowhere', 'query/clusters'],
    ['health=fine', 'query/health/0'],
    ['unknown=1', 'query/unknown'],
  ])('refuses %s and names it', async (query, pointer) => {
    const { status, body } = await ask(`objects?${query}`);
    expect(status).toBe(422);
    expect(body.errors?.[0]?.pointer).toBe(pointer);
  });

  it.each([
    { method: 'GET', url: '/inventory/objects' },
    { method: 'GET', url: '/inventory/search?q=a' },
    { method: 'GET', url: '/inventory/summary' },
    { method: 'GET', url: '/inventory/events' },
    { method: 'GET', url: '/inventory/namespaces' },
    { method: 'GET', url: '/inventory/kinds' },
    { method: 'GET', url: '/inventory/nodes' },
  ] as const)('answers $url only with a session', async (request) => {
    expect((await clientOf(test.app).request(request)).status).toBe(401);
    expect((await owner.request(request)).status).toBe(200);
  });
});

describe('paging', () => {
  async function pages(query: string, between: (page: number) => Promise<unknown>): Promise<string[]> {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 50; page += 1) {
      const answer = await list(`${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      seen.push(...answer.items.map((item) => item.name));
      cursor = answer.nextCursor;
      if (cursor === undefined) return seen;
      await between(page);
    }
    throw new Error('the pages do not end');
  }

  it.each(['name', '-name', 'createdAt', '-createdAt', 'status', '-restarts', 'node', '-cpuCores'])(
    'by %s shows every unchanged row exactly once while others come, change and go',
    async (sort) => {
      await deleteUnseen(alpha.fence, 'pods', []);
      await deleteUnseen(beta.fence, 'pods', []);
      const still = Array.from({ length: 60 }, (_, index) =>
        podRow(`still-${String(index).padStart(2, '0')}`, {
          createdAt: index % 7 === 0 ? undefined : new Date(Date.UTC(2026, 10, 1 + (index % 5))),
          restarts: index % 4,
          node: index % 3 === 0 ? undefined : `n${index % 3}`,
          health: index % 5 === 0 ? 'failed' : 'healthy',
          cpuMilli: index % 6 === 0 ? undefined : index * 10,
        }),
      );
      await putObjects(alpha.fence, 'pods', still.slice(0, 30));
      await putObjects(beta.fence, 'pods', still.slice(30));
      await putObjects(
        beta.fence,
        'pods',
        Array.from({ length: 20 }, (_, index) => podRow(`leaving-${index}`)),
      );
      const seen = await pages(`sort=${sort}&limit=7`, async (page) => {
        await putObjects(beta.fence, 'pods', [
          podRow(`coming-${page}`, { restarts: page }),
          podRow('leaving-1', { restarts: page, node: `n${page}` }),
        ]);
        await test.composition.inventoryStore.deleteObjects(beta.fence, 'pods', [podRow(`leaving-${page + 2}`)]);
      });
      const counted = still.map(({ name }) => seen.filter((other) => other === name).length);
      expect(counted).toEqual(still.map(() => 1));
    },
  );

  it('refuses a cursor of another filter or order', async () => {
    const { nextCursor } = await list('limit=1&sort=name');
    for (const query of ['limit=1&sort=-name', 'limit=1&sort=name&health=failed', 'plural=nodes']) {
      const { status, body } = await ask(`objects?${query}&cursor=${nextCursor}`);
      expect([status, body.code]).toEqual([422, 'invalid_cursor']);
    }
    // A different page size is the same list.
    expect(names(await list(`limit=2&sort=name&cursor=${nextCursor}`))).toHaveLength(2);
  });
});

describe('a cluster that does not take part fully', () => {
  const setState = (state: 'connected' | 'unreachable', reason?: string) =>
    test.database.transaction((tx) => test.composition.clustersStore.setState(tx, beta.id, state, reason));

  it('keeps its rows and says since when and why it is cut off', async () => {
    await setState('unreachable', 'nothing listens there');
    const seenAt = (await test.composition.clustersStore.findById(beta.id))?.seenAt;
    // Until the worker has closed its watches, and after: as old as the last good probe.
    expect((await list('plural=pods')).clusters[1]).toMatchObject({ state: 'cut_off', asOf: seenAt?.toISOString() });
    await test.composition.inventoryStore.markStale(beta.fence, 'The cluster does not answer.', seenAt);
    const answer = await list('plural=pods');
    expect(names(answer)).toContain('beta/feed_api');
    expect(answer.clusters[1]).toMatchObject({
      state: 'cut_off',
      error: 'nothing listens there',
      asOf: seenAt?.toISOString(),
    });
    await setState('connected');
    await stream(test, beta);
    expect((await list('plural=pods')).clusters[1]?.state).toBe('live');
  });

  it.each([
    ['forbidden', 'denied'],
    ['capped', 'capped'],
    ['syncing', 'syncing'],
    ['stale', 'stale'],
  ] as const)('is %s as %s, for that kind alone', async (given, state) => {
    await test.composition.inventoryStore.putStream(beta.fence, 'pods', { state: given, error: 'why' });
    expect((await list('plural=pods')).clusters[1]).toMatchObject({ state, error: 'why' });
    expect((await list('plural=services')).clusters[1]?.state).toBe('live');
    await stream(test, beta);
  });

  it('has nothing of a kind that it does not serve, and says so only once that is known', async () => {
    const { number } = (await test.composition.clustersStore.findById(beta.id)) ?? {};
    const set = (sql: string) => test.database.pool.query(sql, [number]);
    await set('DELETE FROM inventory_stream WHERE cluster_no = $1 AND kind_no = 14');
    expect((await list('plural=gateways')).clusters[1]?.state).toBe('syncing');
    await set('UPDATE inventory_head SET discovered_at = now() WHERE cluster_no = $1');
    expect((await list('plural=gateways')).clusters[1]).toMatchObject({ state: 'live', asOf: expect.any(String) });
    await set("UPDATE inventory_stream SET state = 'stale' WHERE cluster_no = $1 AND kind_no = 1");
    expect((await list('plural=gateways')).clusters[1]?.state).toBe('stale');
    await stream(test, beta);
  });

  it('that refuses one kind among many does not refuse the search', async () => {
    await test.composition.inventoryStore.putStream(beta.fence, 'secrets', { state: 'forbidden', error: 'why' });
    const { body } = await ask('search?q=cart');
    expect(body.clusters[1]?.state).toBe('live');
    expect((await list('plural=secrets')).clusters[1]?.state).toBe('denied');
    await stream(test, beta);
  });

  it('is not called live when no worker looks at it', async () => {
    await test.database.pool.query(
      "UPDATE clusters_cluster SET seen_at = now() - interval '5 minutes' WHERE slug = 'beta'",
    );
    expect((await list('plural=pods')).clusters[1]).toMatchObject({ state: 'stale', error: expect.any(String) });
    await test.database.pool.query("UPDATE clusters_cluster SET seen_at = now() WHERE slug = 'beta'");
  });
});

describe('search, summary, namespaces and events', () => {
  it('finds objects of every kind by part of their name', async () => {
    await putObjects(alpha.fence, 'services', [podRow('cart', { search: 'cart shop' })]);
    const { body } = await ask('search?q=cart&limit=2');
    const groups = (body as unknown as { groups: { plural: string; items: unknown[]; more: boolean }[] }).groups;
    expect(groups.map(({ plural, items, more }) => [plural, items.length, more])).toEqual([
      ['pods', 2, true],
      ['services', 1, false],
    ]);
    expect(body.clusters).toHaveLength(2);
  });

  it('counts by kind, cluster and health', async () => {
    const { body } = await ask('summary?clusters=alpha');
    expect((body as unknown as { counts: object[] }).counts).toEqual(
      expect.arrayContaining([
        { clusterId: alpha.id, group: 'core', plural: 'pods', health: 'failed', count: 1 },
        { clusterId: alpha.id, group: 'core', plural: 'pods', health: 'healthy', count: 1 },
      ]),
    );
    expect(body.clusters.map(({ slug }) => slug)).toEqual(['alpha']);
  });

  it('names namespaces with the clusters that have them', async () => {
    const space = (name: string) => podRow(name, { namespace: '', labels: {}, search: name });
    await putObjects(alpha.fence, 'namespaces', [space('shop')]);
    await putObjects(beta.fence, 'namespaces', [space('shop'), space('media')]);
    expect((await ask('namespaces')).body.items).toEqual([
      { name: 'media', clusters: ['beta'] },
      { name: 'shop', clusters: ['alpha', 'beta'] },
    ]);
    expect((await ask('namespaces?q=ho')).body.items).toHaveLength(1);
  });

  it('shows events newest first, page by page', async () => {
    const event = (uid: string, minute: number, type = 'Normal') => ({
      namespace: 'shop',
      uid,
      object: 'Pod/cart-1',
      objectUid: 'uid-cart-1',
      type,
      reason: 'Pulled',
      message: `message ${uid}`,
      count: 1,
      firstAt: new Date('2026-11-24T10:00:00Z'),
      lastAt: new Date(Date.UTC(2026, 10, 24, 10, minute)),
    });
    const { inventoryStore } = test.composition;
    await inventoryStore.putEvents(alpha.fence, [event('e1', 1), event('e2', 2, 'Warning')]);
    await inventoryStore.putEvents(beta.fence, [event('e3', 3), event('e3', 4)]);
    const first = (await ask('events?limit=2')).body;
    expect(first.items.map(({ message, cluster }) => [message, cluster])).toEqual([
      ['message e3', 'beta'],
      ['message e2', 'alpha'],
    ]);
    expect(first).toMatchObject({ total: 3, totalIsExact: true });
    const rest = (await ask(`events?limit=2&cursor=${first.nextCursor}`)).body;
    expect(rest.items.map(({ message }) => message)).toEqual(['message e1']);
    expect((await ask('events?type=Warning')).body.items).toHaveLength(1);
    expect((await ask('events?objectUid=uid-cart-1&clusters=alpha')).body.items).toHaveLength(2);
  });
});
