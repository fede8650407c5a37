import type { WorkloadLogMessage } from '@quarterdeck/contracts';
import { rungs } from '@quarterdeck/kubernetes';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import type { SignedInClient } from '../../testing/test-app.ts';
import { testOrigin } from '../../testing/test-app.ts';
import { projectGroup } from '../access/index.ts';
import { addCluster, bindingOf, joinedManifest, podRow, putRbac, stream } from '../inventory/fleet.fixture.ts';
import { type ShopCluster, startShopCluster } from './shop-cluster.fixture.ts';

let shop: ShopCluster;
let owner: SignedInClient;
/** Holds the project whose namespace `team` is in alpha, and nothing else. */
let member: Person;
let id: string;
let sockets: WebSocket[] = [];

type Answer = {
  sources: { id: number; cluster: string; pod: string; container: string; state: string }[];
  clusters: { slug: string; state: string; error?: string }[];
  lines: { at: string; source: number; text: string }[];
};

beforeAll(async () => {
  shop = await startShopCluster();
  ({ owner, id } = shop);
  const { test, put } = shop;
  const { composition, database } = test;
  const made = async (url: string, payload: object) => {
    const answer = await owner.request({ method: 'POST', url, payload });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return String(answer.body.id);
  };
  const projectId = await made('/projects', { slug: 'team' });
  const rules = [{ selector: { cluster: 'alpha' }, namespace: 'team' }];
  await made(`/projects/${projectId}/environments`, { name: 'prod', tier: 'production', rules });
  const worker = { principal: { kind: 'system' as const, name: 'worker', permissions: [] }, via: 'system' as const };
  await composition.projectNamespaces.ensure(worker, id, 'team');
  member = await addPerson(test, 'member');
  await addGrant(test, member, 'developer', { kind: 'project', id: projectId });

  const capacity = { cpu: '8', memory: '16Gi', pods: '110' };
  const node = { metadata: { name: 'n1' }, status: { capacity, allocatable: capacity } };
  await put('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', ...node });
  await put('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bank' } });
  for (const namespace of ['team', 'bank']) {
    const labels = { app: 'feed' };
    const containers = ['app', 'side'].map((name) => ({ name, image: 'registry.example.com/team/feed:1' }));
    await put(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'feed', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          // Sixty moments a minute, so that nobody waits for a line.
          metadata: { labels, annotations: { 'sim.quarterdeck.dev/log-rate': '600' } },
          spec: { containers },
        },
      },
    });
  }

  // What the worker would have written of alpha; beta is away, and only in its rows.
  const number = (await composition.clustersStore.findById(id))?.number ?? 0;
  await composition.inventoryStore.ensureHeads([number]);
  const [fence] = await composition.inventoryStore.takeHeads('test', [number], 1, 3600);
  if (fence === undefined) throw new Error('the lease was not given');
  const alpha = { id, slug: 'alpha', fence };
  await putRbac(test, alpha, joinedManifest());
  await stream(test, alpha);
  const taken = await database.pool.query('SELECT number FROM access_project_number WHERE cluster_id = $1', [
    toUuid(id),
  ]);
  const groups = rungs.map((rung) => projectGroup(Number(taken.rows[0]?.number), rung));
  const bindings = groups.map((group, index) => bindingOf(group, 'team', `quarterdeck-${rungs[index]}`));
  await putRbac(test, alpha, bindings);
  const beta = await addCluster(test, 'beta');
  const row = (namespace: string) =>
    podRow('feed', { namespace, uid: `${namespace}-feed`, search: `feed ${namespace}` });
  for (const { fence } of [alpha, beta])
    await composition.inventoryStore.putObjects(fence, 'deployments', ['team', 'bank'].map(row));
  await vi.waitFor(
    async () => {
      const { body } = await logsOf(owner, inAlpha('team'));
      expect(body.sources.map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => 'following'));
      expect(body.lines.length).toBeGreaterThan(0);
      expect((await logsOf(owner, inAlpha('bank'))).body.lines.length).toBeGreaterThan(0);
    },
    { timeout: 60_000, interval: 100 },
  );
});
afterEach(() => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
});
afterAll(() => shop.close());

const inAlpha = (namespace: string, name = 'feed', plural = 'deployments') =>
  `/clusters/${id}/namespaces/${namespace}/workloads/${plural}/${name}/logs`;
const overClusters = (namespace: string, name = 'feed', plural = 'deployments') =>
  `/workloads/${plural}/${namespace}/${name}/logs`;

async function logsOf(client: SignedInClient, url: string): Promise<{ status: number; body: Answer; text: string }> {
  const { status, body } = await client.request({ method: 'GET', url });
  return { status, body: body as unknown as Answer, text: JSON.stringify(body) };
}

/** What a followed log says. */
async function follow(client: SignedInClient, path: string): Promise<WorkloadLogMessage[]> {
  const heard: WorkloadLogMessage[] = [];
  const headers = { origin: testOrigin, cookie: client.cookie, 'sec-websocket-protocol': 'quarterdeck.logs.v1' };
  const socket = await shop.test.app.injectWS(
    `/api/v1${path}/follow`,
    { headers },
    { onInit: (early) => early.on('message', (data) => heard.push(JSON.parse(String(data)))) },
  );
  sockets.push(socket);
  return heard;
}
const sourcesIn = (heard: readonly WorkloadLogMessage[]) =>
  heard.flatMap((message) => (message.type === 'sources' ? [message] : [])).at(-1);
const linesIn = (heard: readonly WorkloadLogMessage[]) =>
  heard.flatMap((message) => (message.type === 'lines' ? message.lines : []));

describe('the logs of a workload in a cluster (readWorkloadLogs)', () => {
  it('are those of all its pods and containers, by time', async () => {
    const { status, body } = await logsOf(owner, inAlpha('team'));
    expect(status).toBe(200);
    expect(new Set(body.sources.map(({ pod }) => pod)).size).toBe(2);
    expect(body.sources.map(({ container }) => container).toSorted()).toEqual(['app', 'app', 'side', 'side']);
    expect(new Set(body.lines.map(({ source }) => source))).toEqual(new Set(body.sources.map((source) => source.id)));
    const times = body.lines.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    expect(body.clusters).toMatchObject([{ slug: 'alpha', state: 'live' }]);
  });

  it('may be those of some pods, of a container, since a time, and few', async () => {
    const all = await logsOf(owner, inAlpha('team'));
    const [first] = all.body.sources;
    const some = await logsOf(owner, `${inAlpha('team')}?pods=${first?.pod}&containers=side&tailLines=3`);
    expect(some.body.sources).toMatchObject([{ pod: first?.pod, container: 'side' }]);
    expect(some.body.lines).toHaveLength(3);
    expect(some.body).toMatchObject({ truncated: true });
    const later = await logsOf(owner, `${inAlpha('team')}?sinceTime=2999-01-01T00:00:00Z`);
    expect(later.body.lines).toEqual([]);
  });

  it('that cannot be are refused with the field and the reason', async () => {
    expect(await logsOf(owner, inAlpha('team', 'feed', 'services'))).toMatchObject({
      status: 422,
      body: { code: 'kind_without_pods', errors: [{ pointer: 'path/plural' }] },
    });
    expect(await logsOf(owner, `${inAlpha('team')}?tailLines=5001`)).toMatchObject({
      status: 422,
      body: { code: 'invalid_input' },
    });
    expect(await logsOf(owner, `${overClusters('team')}?clusters=nowhere`)).toMatchObject({ status: 422 });
    expect(await logsOf(owner, inAlpha('team', 'none'))).toMatchObject({
      status: 404,
      body: { code: 'object_not_found' },
    });
  });

  it('stand in the trail before a line leaves', async () => {
    await logsOf(owner, inAlpha('team'));
    const { body } = await owner.request({ method: 'GET', url: '/audit?limit=200' });
    expect(JSON.stringify(body.items)).toContain('"kind":"deployment"');
  });
});

describe('the logs of a workload over clusters (readFleetLogs)', () => {
  it('come from those that answer, and name the one that does not', async () => {
    const { status, body } = await logsOf(owner, overClusters('team'));
    expect(status).toBe(200);
    expect(new Set(body.sources.map(({ cluster }) => cluster))).toEqual(new Set(['alpha']));
    expect(body.lines.length).toBeGreaterThan(0);
    expect(body.clusters).toMatchObject([
      { slug: 'alpha', state: 'live' },
      { slug: 'beta', state: 'cut_off', error: expect.stringMatching(/.+/) },
    ]);
  });

  it('of what no cluster holds are none', async () => {
    expect(await logsOf(owner, overClusters('team', 'none'))).toMatchObject({
      status: 200,
      body: { sources: [], lines: [] },
    });
  });

  it('S21 hold no line and no name of a cluster or namespace that the asker may not read', async () => {
    const team = await logsOf(member, overClusters('team'));
    expect(team.body.sources.map(({ cluster }) => cluster)).toEqual(['alpha', 'alpha', 'alpha', 'alpha']);
    expect(team.body.lines.length).toBeGreaterThan(0);
    expect(team.text).not.toContain('beta');
    const bank = await logsOf(member, overClusters('bank'));
    expect(bank.body).toMatchObject({ sources: [], lines: [] });
    expect(bank.text).not.toMatch(/beta|feed/);
    expect(await logsOf(member, inAlpha('bank'))).toMatchObject({ status: expect.toSatisfy((code) => code >= 403) });
    const nobody = await addPerson(shop.test, 'nobody');
    expect((await logsOf(nobody, overClusters('team'))).status).toBeGreaterThanOrEqual(403);
    const heard = await follow(member, overClusters('bank'));
    await expect.poll(() => sourcesIn(heard)).toMatchObject({ sources: [] });
    expect(JSON.stringify(heard)).not.toMatch(/beta|feed/);
  });

  it('S21 hold no line of where the asker sees the workload and may not read its logs, which is said', async () => {
    const { body } = await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: { name: 'Sees', permissions: ['inventory:read', 'workloads:read'], scopes: ['fleet'] },
    });
    const seer = await addPerson(shop.test, 'seer');
    await addGrant(shop.test, seer, String(body.id));
    const rights = await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: { name: 'Reads logs', permissions: ['workloads:logs', 'inventory:read'], scopes: ['cluster'] },
    });
    // Of another cluster: the permission is held somewhere, and not where the lines are.
    const beta = await shop.test.composition.clustersStore.list();
    const other = beta.find(({ slug }) => slug === 'beta')?.id ?? '';
    await addGrant(shop.test, seer, String(rights.body.id), { kind: 'cluster', id: other });
    const answer = await logsOf(seer, overClusters('team'));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.lines).toEqual([]);
    expect(answer.body.sources).toEqual([]);
  });
});

describe('followed logs of a workload', () => {
  it('are what was written before and each line as it is written, of every pod, new ones among them', async () => {
    const heard = await follow(owner, inAlpha('team'));
    await expect.poll(() => sourcesIn(heard)?.sources.length).toBe(4);
    await expect.poll(() => linesIn(heard).length).toBeGreaterThan(10);
    const before = new Set(sourcesIn(heard)?.sources.map(({ pod }) => pod));
    const [gone] = before;
    const path = `/api/v1/namespaces/team/pods/${gone}`;
    await shop.admin.request({ method: 'DELETE', path, identity: 'self', query: { gracePeriodSeconds: 0 } });
    const fresh = () => sourcesIn(heard)?.sources.filter(({ pod }) => !before.has(pod)) ?? [];
    await expect
      .poll(() =>
        fresh()
          .map(({ container }) => container)
          .toSorted(),
      )
      .toEqual(['app', 'side']);
    const markers = () => heard.flatMap((message) => (message.type === 'marker' ? [message.kind] : []));
    await expect.poll(markers).toEqual(expect.arrayContaining(['joined', 'gone']));
    await expect.poll(() => linesIn(heard).some(({ source }) => fresh().some((one) => one.id === source))).toBe(true);
    for (const { id: source } of sourcesIn(heard)?.sources ?? []) {
      const times = linesIn(heard).flatMap((line) => (line.source === source ? (line.at ?? '') : []));
      expect(times, 'in the order of their source, none twice').toEqual(times.toSorted());
    }
  });

  it('over clusters go on while one does not answer, and name it', async () => {
    const heard = await follow(owner, overClusters('team'));
    await expect.poll(() => linesIn(heard).length).toBeGreaterThan(10);
    expect(sourcesIn(heard)?.clusters).toMatchObject([
      { slug: 'alpha', state: 'live' },
      { slug: 'beta', state: 'cut_off' },
    ]);
  });

  it('S10 end when the right to them is taken away, and give their places back', async () => {
    const reader = await addPerson(shop.test, 'reader');
    const grant = await addGrant(shop.test, reader, 'viewer', { kind: 'cluster', id });
    const heard = await follow(reader, overClusters('team'));
    await expect.poll(() => linesIn(heard).length).toBeGreaterThan(0);
    const [socket] = sockets;
    const closed = new Promise((resolve) => socket?.once('close', (code, why) => resolve([code, String(why)])));
    expect((await owner.request({ method: 'DELETE', url: `/access/grants/${grant}` })).status).toBe(204);
    expect(await closed).toEqual([1008, 'no longer allowed']);
    const { streamLimits } = shop.test.composition;
    const takeAll = () => Array.from({ length: 200 }, () => streamLimits.takeSource(reader.id, id));
    await expect.poll(() => takeAll().map((giveBack) => giveBack()).length).toBe(200);
  });
});
