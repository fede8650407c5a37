import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addGrant, addPerson } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { addCluster, type FakeCluster, podRow } from './fleet.fixture.ts';

let test: TestApp;
let owner: SignedInClient;
let alpha: FakeCluster;
let beta: FakeCluster;

const many = 5000;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  alpha = await addCluster(test, 'alpha');
  beta = await addCluster(test, 'beta');
  const { inventoryStore } = test.composition;
  await inventoryStore.putObjects(alpha.fence, 'pods', [
    podRow('plain', { cpuMilli: 250, memoryBytes: 1024, ready: 1, desired: 1, node: 'n1' }),
    podRow('=HYPERLINK("http://evil.example")', {
      labels: { note: '@SUM(1)', a: 'x,"y"' },
      facts: { phase: 'Running' },
    }),
  ]);
  await inventoryStore.putObjects(
    beta.fence,
    'pods',
    Array.from({ length: many }, (_, index) =>
      podRow(`many-${String(index).padStart(4, '0')}`, {
        namespace: index % 2 === 0 ? 'even' : 'odd',
        createdAt: index % 3 === 0 ? undefined : new Date(Date.UTC(2026, 10, 1 + (index % 9))),
        restarts: index % 4,
      }),
    ),
  );
});
afterAll(() => test.close());

async function download(query: string, client: Pick<SignedInClient, 'request'> = owner) {
  const { status, text, headers } = await client.request({ method: 'GET', url: `/inventory/objects/export?${query}` });
  expect(status, text).toBe(200);
  return { text, type: String(headers['content-type']), name: String(headers['content-disposition']) };
}
async function json(query: string): Promise<Record<string, unknown>[]> {
  const { text } = await download(query);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('an export', () => {
  it('has every row that matches as a line, with its cluster’s state and age, and says that it is whole', async () => {
    const lines = await json('clusters=alpha');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatchObject({
      cluster: 'alpha',
      clusterState: 'live',
      clusterAsOf: expect.stringMatching(/Z$/),
      namespace: 'shop',
      name: 'plain',
      kind: 'Pod',
      health: 'healthy',
      createdAt: '2026-11-24T10:00:00.000Z',
      ready: 1,
      node: 'n1',
      cpuCores: 0.25,
      memoryBytes: 1024,
      labels: { app: 'cart' },
    });
    expect(lines[1]).not.toHaveProperty('facts');
    expect(lines[2]).toMatchObject({
      end: true,
      rows: 2,
      truncated: false,
      clusters: [{ slug: 'alpha', state: 'live' }],
    });
    const [first] = await json('clusters=alpha&facts=true');
    expect(first).toMatchObject({ facts: { phase: 'Running' } });
  });

  it('gives JSON, whatever is in the texts', async () => {
    const odd = 'quote" back\\slash\nline\u2028 \t\u0001 漢字 😀 </script>';
    await test.composition.inventoryStore.putObjects(alpha.fence, 'configmaps', [
      podRow('odd', {
        statusText: odd,
        labels: { [odd]: odd },
        facts: { odd },
        node: odd,
        ready: 0,
        restarts: undefined,
      }),
    ]);
    const [line] = await json('plural=configmaps&facts=true');
    expect(line).toMatchObject({ statusText: odd, labels: { [odd]: odd }, facts: { odd }, node: odd, ready: 0 });
    expect(line).not.toHaveProperty('restarts');
  });

  it.each(['name', '-name', 'createdAt', '-createdAt', 'restarts', '-restarts'])(
    'by %s has each row once and in order over all pages',
    async (sort) => {
      const lines = (await json(`clusters=beta&sort=${sort}`)).slice(0, -1);
      expect(new Set(lines.map(({ name }) => name)).size).toBe(many);
      const column = sort.replace('-', '');
      const values = lines.map((line) => String(line[column] ?? ''));
      const sorted = values.toSorted();
      expect(values).toEqual(sort.startsWith('-') ? sorted.toReversed() : sorted);
    },
  );

  it('takes the filters of the list, and says where it was cut', async () => {
    expect(await json('q=many-00&namespaces=even&limit=100')).toHaveLength(51);
    const cut = await json('clusters=beta&limit=2500');
    expect(cut).toHaveLength(2501);
    expect(cut.at(-1)).toMatchObject({ rows: 2500, truncated: true });
    const csv = await download('clusters=beta&limit=10&format=csv');
    expect(csv.text).toContain('Cut after 10 rows, more match');
  });

  it('S51 gives no spreadsheet a formula', async () => {
    const { text, type, name } = await download('clusters=alpha&format=csv');
    expect(type).toMatch(/^text\/csv/);
    expect(name).toBe('attachment; filename="pods.csv"');
    const [titles, evil] = text.split('\r\n');
    expect(titles).toMatch(/^cluster,clusterState,clusterAsOf,namespace,name,/);
    expect(evil).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
    expect(text).not.toMatch(/(^|,)"?[=+@]/m);
  });

  it('is a record before its first line', async () => {
    await download('clusters=alpha&q=plain');
    const { body } = await owner.request({ method: 'GET', url: '/audit?action=inventory:export&limit=1' });
    expect(body.items).toMatchObject([{ action: 'inventory:export', target: { kind: 'inventory' } }]);
    expect(JSON.stringify(body.items)).toContain('plain');
  });

  it('holds no more than where the person may export, and refuses whoever may nowhere', async () => {
    await test.composition.access.putCluster(test.database.pool, alpha.id, { cluster: 'alpha' });
    await test.composition.access.putCluster(test.database.pool, beta.id, { cluster: 'beta' });
    const reader = await addPerson(test, 'reader');
    await addGrant(test, reader, 'viewer', { kind: 'fleet' });
    const refused = await reader.request({ method: 'GET', url: '/inventory/objects/export' });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    await addGrant(test, reader, 'sre', { kind: 'cluster', id: alpha.id });
    const { text } = await download('format=csv', reader);
    expect(text).toContain('plain');
    expect(text).not.toContain('many-');
  });

  it.each(['ndjson', 'csv'])(
    'as %s that fails on the way is cut off, and nobody takes it for whole',
    async (format) => {
      const query = test.database.pool.query.bind(test.database.pool) as (...args: unknown[]) => unknown;
      let pages = 0;
      const pool = vi.spyOn(test.database.pool, 'query').mockImplementation(((...args: unknown[]) => {
        if (String(args[0]).includes('page AS MATERIALIZED')) pages += 1;
        return pages === 2 ? Promise.reject(new Error('the connection was lost')) : query(...args);
      }) as never);
      try {
        const url = `/inventory/objects/export?clusters=beta&format=${format}`;
        await expect(owner.request({ method: 'GET', url })).rejects.toThrow(/destroyed/);
        expect(pages).toBe(2);
      } finally {
        pool.mockRestore();
      }
    },
  );

  it.each([
    ['limit=100001', 'query/limit'],
    ['limit=0', 'query/limit'],
    ['format=xml', 'query/format'],
    ['sort=colour', 'query/sort'],
    ['unknown=1', 'query/unknown'],
  ])('refuses %s', async (query, pointer) => {
    const { status, body } = await owner.request({ method: 'GET', url: `/inventory/objects/export?${query}` });
    expect(status).toBe(422);
    expect((body.errors as { pointer: string }[])[0]?.pointer).toBe(pointer);
  });
});

describe('facets', () => {
  type Facets = { facets: { field: string; values: { value: string; count: number }[]; isExact: boolean }[] };
  async function facets(query: string): Promise<Record<string, Record<string, number>>> {
    const { status, body } = await owner.request({ method: 'GET', url: `/inventory/facets?${query}` });
    expect(status, JSON.stringify(body)).toBe(200);
    const given = body as unknown as Facets;
    return Object.fromEntries(
      given.facets.map(({ field, values }) => [
        field,
        Object.fromEntries(values.map(({ value, count }) => [value, count])),
      ]),
    );
  }

  it('tell how what matches spreads over clusters, namespaces, health and labels', async () => {
    const all = await facets('fields=cluster,namespace,health,status,node,label');
    expect(all.cluster).toEqual({ alpha: 2, beta: many });
    expect(all.namespace).toEqual({ even: many / 2, odd: many / 2, shop: 2 });
    expect(all.health).toEqual({ healthy: many + 2 });
    expect(all.node).toEqual({ n1: 1 });
    expect(all.label).toMatchObject({ app: many + 1, note: 1 });
    expect(await facets('fields=label&label=app&clusters=alpha')).toEqual({ label: { cart: 1 } });
    expect(await facets('fields=namespace&q=many-0001')).toEqual({ namespace: { odd: 1 } });
  });

  it('name the field that they do not have', async () => {
    const { status, body } = await owner.request({ method: 'GET', url: '/inventory/facets?fields=colour' });
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([{ pointer: 'query/fields/0' }]);
  });
});
