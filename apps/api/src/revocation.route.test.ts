import type { AddressInfo } from 'node:net';
import { createClusterClient } from '@quarterdeck/kubernetes';
import { createAddressGuard } from '@quarterdeck/outbound';
import { type SimulatedCluster, startSimulatedCluster } from '@quarterdeck/simulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { toUuid } from './platform/ids.ts';
import { addGrant, addPerson, type Person } from './testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOrigin } from './testing/test-app.ts';

/** The promise: whatever is taken away, what is open closes and what is asked is refused within 5 s. */
const promiseMs = 5000;

let cluster: SimulatedCluster;
let test: TestApp;
let owner: SignedInClient;
let clusterId: string;
let projectId: string;
let pod: string;

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'alpha' });
  const allow = [`127.0.0.1/32:${cluster.port}`];
  test = await createTestApp({ clusterAddressAllow: allow });
  owner = await claimAsOwner(test);
  const access = { kind: 'kubeconfig', kubeconfig: cluster.adminKubeconfig };
  clusterId = await post('/clusters', { slug: 'alpha', access, bootstrap: true });
  projectId = await post('/projects', { slug: 'shop' });
  await post(`/projects/${projectId}/environments`, {
    name: 'prod',
    tier: 'production',
    rules: [{ selector: { cluster: 'alpha' }, namespace: 'shop' }],
  });
  const worker = { principal: { kind: 'system' as const, name: 'worker', permissions: [] }, via: 'system' as const };
  await test.composition.projectNamespaces.ensure(worker, clusterId, 'shop');
  const { server, caPem, adminToken: token } = cluster;
  const admin = createClusterClient({
    endpoint: { server, caPem, credential: { kind: 'token', token } },
    guard: createAddressGuard({ allow }),
  });
  const put = (path: string, body: object) => admin.request({ method: 'POST', path, identity: 'self', body });
  const capacity = { cpu: '8', memory: '16Gi', pods: '110' };
  await put('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    status: { capacity, allocatable: capacity },
  });
  await put('/apis/apps/v1/namespaces/shop/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'cart' } },
      template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [{ name: 'app', image: 'cart:1' }] } },
    },
  });
  await vi.waitFor(
    async () => {
      const { body } = await admin.request<{ items: { metadata: { name: string }; status?: { phase?: string } }[] }>({
        method: 'GET',
        path: '/api/v1/namespaces/shop/pods',
        identity: 'self',
      });
      const running = body.items.find((item) => item.status?.phase === 'Running');
      expect(running).toBeDefined();
      pod = running?.metadata.name ?? '';
    },
    { timeout: 60_000, interval: 100 },
  );
  await admin.close();
  await test.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await test?.close();
  await cluster?.stop();
});

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return String(body.id);
}

type Message = { id?: string; type: string; code?: string; rows?: unknown[] };

/** An open socket with what it heard and how it ended. */
async function connect(path: string, subprotocol: string, headers: Record<string, string>) {
  const { port } = test.app.server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1${path}`, [subprotocol], { headers });
  const heard: Message[] = [];
  let ended: { code: number; reason: string } | undefined;
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  socket.on('close', (code, reason) => {
    ended = { code, reason: String(reason) };
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    heard,
    send: (message: object) => socket.send(JSON.stringify(message)),
    ending: () => ended,
    isOpen: () => socket.readyState === socket.OPEN,
    close: () => socket.close(),
  };
}

const byCookie = (person: Person) => ({ cookie: person.cookie, origin: testOrigin });
const logsPath = () => `/clusters/${clusterId}/namespaces/shop/pods/${pod}/logs`;
const follow = (headers: Record<string, string>) => connect(`${logsPath()}/follow`, 'quarterdeck.logs.v1', headers);

async function developer(name: string) {
  const person = await addPerson(test, name);
  const grant = await addGrant(test, person, 'developer', { kind: 'project', id: projectId });
  return { person, grant };
}

async function endsWithin(stream: Awaited<ReturnType<typeof connect>>, reason: string): Promise<void> {
  const since = performance.now();
  await expect.poll(() => stream.ending(), { interval: 20 }).toEqual({ code: 1008, reason });
  expect(performance.now() - since).toBeLessThan(promiseMs);
}

describe('a followed log', () => {
  it('S10 closes when the role is revoked, and the next request is refused', async () => {
    const { person, grant } = await developer('dev-grant');
    const stream = await follow(byCookie(person));
    await expect.poll(() => stream.heard.length).toBeGreaterThan(0);
    expect((await person.request({ method: 'GET', url: logsPath() })).status).toBe(200);
    expect((await owner.request({ method: 'DELETE', url: `/access/grants/${grant}` })).status).toBe(204);
    expect((await person.request({ method: 'GET', url: logsPath() })).status).toBe(404);
    await endsWithin(stream, 'no longer allowed');
  });

  it.each([
    ['the session is ended elsewhere', 'DELETE FROM identity_session WHERE user_id = $1'],
    ['the account is disabled', 'UPDATE identity_user SET disabled_at = now() WHERE id = $1'],
  ])('S10 closes when %s', async (_what, sql) => {
    const { person } = await developer(`dev-${_what.length}`);
    const stream = await follow(byCookie(person));
    await expect.poll(() => stream.heard.length).toBeGreaterThan(0);
    await test.database.pool.query(sql, [person.uuid]);
    expect((await person.request({ method: 'GET', url: logsPath() })).status).toBe(401);
    await endsWithin(stream, 'signed out');
  });

  it('S10 closes when the role loses the permission, or the environment the namespace', async () => {
    const { body } = await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: { name: 'Log reader', permissions: ['workloads:logs'], scopes: ['project'] },
    });
    const person = await addPerson(test, 'reader');
    await addGrant(test, person, String(body.id), { kind: 'project', id: projectId });
    const stream = await follow(byCookie(person));
    const role = { name: 'Log reader', permissions: ['workloads:read'], scopes: ['project'] };
    await owner.request({ method: 'PUT', url: `/access/roles/${body.id}`, payload: role });
    await endsWithin(stream, 'no longer allowed');
  });

  it('S10 closes when the token that opened it is revoked', async () => {
    const { person } = await developer('dev-token');
    const made = await owner.request({
      method: 'POST',
      url: '/service-accounts',
      payload: { name: 'log-shipper', projectId },
    });
    await addGrant(test, { uuid: toUuid(String(made.body.id)), kind: 'service_account' }, 'developer', {
      kind: 'project',
      id: projectId,
    });
    const token = await owner.request({
      method: 'POST',
      url: `/service-accounts/${made.body.id}/tokens`,
      payload: { name: 'x', permissions: ['workloads:logs'] },
    });
    expect(token.status, JSON.stringify(token.body)).toBe(201);
    const { token: row, secret } = token.body as { token: { id: string }; secret: string };
    const stream = await follow({ authorization: `Bearer ${secret}` });
    const other = await follow(byCookie(person));
    await expect.poll(() => stream.heard.length).toBeGreaterThan(0);
    await owner.request({ method: 'DELETE', url: `/service-accounts/${made.body.id}/tokens/${row.id}` });
    await endsWithin(stream, 'signed out');
    expect(other.isOpen()).toBe(true);
    other.close();
  });
});

describe('live views', () => {
  it('S10 stop when a project is taken away, start afresh with what is left, and close with the session', async () => {
    const { person, grant } = await developer('dev-live');
    const live = await connect('/live', 'quarterdeck.live.v1', byCookie(person));
    const subscribe = () => live.send({ type: 'subscribe', id: 'c', view: 'clusters.index', mode: 'set', params: {} });
    const of = (type: string) => live.heard.filter((message) => message.id === 'c' && message.type === type);
    subscribe();
    await expect.poll(() => of('snapshot')).toMatchObject([{ rows: [{ slug: 'alpha' }] }]);
    await owner.request({ method: 'DELETE', url: `/access/grants/${grant}` });
    await expect.poll(() => of('resync')).toHaveLength(1);
    subscribe();
    await expect.poll(() => of('error')).toMatchObject([{ code: 'forbidden' }]);
    await test.database.pool.query('DELETE FROM identity_session WHERE user_id = $1', [person.uuid]);
    await endsWithin(live, 'signed out');
  });

  it('of others go on undisturbed', async () => {
    const kept = await developer('dev-kept');
    const lost = await developer('dev-lost');
    const live = await connect('/live', 'quarterdeck.live.v1', byCookie(kept.person));
    live.send({ type: 'subscribe', id: 'c', view: 'clusters.index', mode: 'set', params: {} });
    await expect.poll(() => live.heard.length).toBeGreaterThan(0);
    const witness = await follow(byCookie(lost.person));
    await owner.request({ method: 'DELETE', url: `/access/grants/${lost.grant}` });
    await endsWithin(witness, 'no longer allowed');
    expect(live.heard.filter(({ type }) => type === 'resync')).toEqual([]);
    live.close();
  });
});
