import { freePort } from '@quarterdeck/database/testing';
import { createAuthority, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { newId, toUuid } from '../../platform/ids.ts';
import { giveNumber } from '../../testing/people.ts';
import {
  claimAsOwner,
  clientOf,
  createTestApp,
  type SignedInClient,
  type TestApp,
  testOrigin,
} from '../../testing/test-app.ts';

const secret = 'canary-token-that-must-not-leave';
let test: TestApp;
let owner: SignedInClient;
let caPem: string;
let closedPort: number;

beforeAll(async () => {
  closedPort = await freePort();
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${closedPort}`], clusterProxyAllow: [] });
  owner = await claimAsOwner(test);
  caPem = (await createAuthority('authority')).certPem;
});
afterAll(() => test.close());

const access = (change: object = {}) => ({
  kind: 'token',
  server: `https://127.0.0.1:${closedPort}`,
  caPem,
  token: secret,
  ...change,
});
const kubeconfig = (user: string, extra = '', cluster = '') => ({
  kind: 'kubeconfig',
  kubeconfig: `
clusters: [{name: c, cluster: {server: "https://127.0.0.1:${closedPort}"${cluster}}}]
users: [{name: u, user: ${user}}]
contexts: [{name: one, context: {cluster: c, user: u}}${extra}]
`,
});
const register = (body: object, client = owner) =>
  client.request({ method: 'POST', url: '/clusters', payload: { slug: 'alpha', access: access(), ...body } });
const verify = (given: object) =>
  owner.request({ method: 'POST', url: '/clusters/verifications', payload: { access: given } });

/** A cluster that cannot be reached now, saved all the same. */
async function pendingCluster(slug: string, change: object = {}): Promise<string> {
  const made = await register({ slug, acceptUnverified: true, ...change });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return String(made.body.id);
}

async function clusterCount(): Promise<number> {
  const { body } = await owner.request({ method: 'GET', url: '/clusters' });
  return Number(body.total);
}

describe('a verification', () => {
  it('reports what blocks, with the manifest and the lines for a person', async () => {
    const { status, body } = await verify(access());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      acceptable: false,
      checks: expect.arrayContaining([expect.objectContaining({ level: 'block', code: 'cluster_unreachable' })]),
      bootstrap: {
        mode: 'manual',
        manifest: expect.stringContaining('quarterdeck-impersonator'),
        applyCommand: expect.stringContaining('kubectl apply'),
        tokenCommand: expect.stringContaining('quarterdeck-token'),
      },
    });
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it('of an exec kubeconfig runs nothing, keeps server and CA, and shows the token step', async () => {
    const { status, body } = await verify(kubeconfig('{exec: {command: /bin/false, apiVersion: v1}}'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      acceptable: false,
      candidates: [{ context: 'one', server: `https://127.0.0.1:${closedPort}`, refusal: { code: 'kubeconfig_exec' } }],
      checks: [{ level: 'block', code: 'kubeconfig_exec' }],
      bootstrap: { mode: 'manual', applyCommand: expect.stringContaining('--context one') },
    });
  });

  it('of several contexts lists them all and asks which', async () => {
    const several = kubeconfig('{token: t}', ', {name: two, context: {cluster: c, user: nobody}}');
    const { body } = await verify(several);
    expect(body).toMatchObject({
      candidates: [{ context: 'one' }, { context: 'two', refusal: { code: 'kubeconfig_invalid' } }],
      checks: [{ code: 'kubeconfig_several_contexts' }],
    });
    expect((await verify({ ...several, context: 'one' })).body.checks).toContainEqual(
      expect.objectContaining({ code: 'cluster_unreachable' }),
    );
    expect(await verify({ ...several, context: 'three' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/access/context' }] },
    });
  });
});

/** An access that is refused before anything is dialled, with its code and the field below the kubeconfig. */
const badKubeconfigs: [string, () => object, string, string][] = [
  ['text that is no YAML', () => ({ kind: 'kubeconfig', kubeconfig: 'a: b: ][' }), 'kubeconfig_invalid', ''],
  ['exec', () => kubeconfig('{exec: {command: x}}'), 'kubeconfig_exec', '/users/0/user/exec'],
  [
    'auth-provider',
    () => kubeconfig('{auth-provider: {name: x}}'),
    'kubeconfig_auth_provider',
    '/users/0/user/auth-provider',
  ],
  ['a password', () => kubeconfig('{username: x, password: y}'), 'kubeconfig_basic_auth', '/users/0/user/username'],
  ['as', () => kubeconfig('{token: t, as: root}'), 'kubeconfig_impersonation', '/users/0/user/as'],
  ['a file', () => kubeconfig('{tokenFile: /etc/shadow}'), 'kubeconfig_file_path', '/users/0/user/tokenFile'],
  [
    'a proxy that nobody listed',
    () => kubeconfig('{token: t}', '', ', proxy-url: "http://proxy:3128"'),
    'kubeconfig_proxy',
    '/clusters/0/cluster/proxy-url',
  ],
  [
    'no check of the certificate',
    () => kubeconfig('{token: t}', '', ', insecure-skip-tls-verify: true'),
    'kubeconfig_insecure',
    '/clusters/0/cluster/insecure-skip-tls-verify',
  ],
];

/** Refused by the address or by what the credential says of itself. */
const badAccesses: [string, () => object, string][] = [
  ['plain http', () => access({ server: 'http://10.0.0.1' }), 'kubeconfig_insecure'],
  ['the metadata address', () => access({ server: 'https://169.254.169.254' }), 'address_refused'],
  ['the metadata address in decimal', () => access({ server: 'https://2852039166' }), 'address_refused'],
  ['the metadata address in octal', () => access({ server: 'https://0251.0376.0251.0376' }), 'address_refused'],
  ['the metadata address, mapped', () => access({ server: 'https://[::ffff:a9fe:a9fe]' }), 'address_refused'],
  ['the metadata address by NAT64', () => access({ server: 'https://[64:ff9b::a9fe:a9fe]' }), 'address_refused'],
  ['the metadata address of IPv6', () => access({ server: 'https://[fd00:ec2::254]' }), 'address_refused'],
  ['the metadata address of another cloud', () => access({ server: 'https://100.100.100.200' }), 'address_refused'],
  ['loopback in decimal', () => access({ server: 'https://2130706433:9' }), 'address_refused'],
  ['mapped loopback', () => access({ server: 'https://[::ffff:127.0.0.1]:9' }), 'address_refused'],
  ['no address at all', () => access({ server: 'https://0.0.0.0' }), 'address_refused'],
  ['a link-local address', () => access({ server: 'https://[fe80::1]' }), 'address_refused'],
  ['a multicast address', () => access({ server: 'https://224.0.0.1' }), 'address_refused'],
  ['an address where nothing listens', () => access(), 'cluster_unreachable'],
  [
    'an expired token',
    () => access({ token: `e30.${Buffer.from('{"exp":1}').toString('base64url')}.x` }),
    'credential_expired',
  ],
];

describe('a registration is refused and saves nothing', () => {
  it.each(badKubeconfigs)('for %s', async (_what, given, code, pointer) => {
    const { status, body } = await register({ access: given() });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { code, errors: [{ code, pointer: `/access/kubeconfig${pointer}` }] },
    });
    expect(await clusterCount()).toBe(0);
  });

  it.each(badAccesses)('for %s', async (_what, given, code) => {
    const { status, body } = await register({ access: given() });
    expect({ status, body }).toMatchObject({ status: 422, body: { code } });
    expect(await clusterCount()).toBe(0);
  });

  it('without a session, and with a slug of the wrong form', async () => {
    expect((await register({}, clientOf(test.app))).status).toBe(401);
    expect(await register({ slug: 'Not A Slug' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/slug' }] },
    });
    expect(await register({ labels: { cluster: 'x' } })).toMatchObject({ status: 422 });
  });
});

describe('a registered cluster', () => {
  it('is listed and shown without its credential, which is sealed in its row', async () => {
    const id = await pendingCluster('shown', { displayName: 'Shown', labels: { tier: 'test' } });
    const { body } = await owner.request({ method: 'GET', url: `/clusters/${id}` });
    expect(body).toMatchObject({
      id,
      slug: 'shown',
      displayName: 'Shown',
      state: 'pending',
      stateReason: expect.stringContaining('cannot be reached'),
      credentialKind: 'token',
      labels: { tier: 'test' },
    });
    const list = await owner.request({ method: 'GET', url: '/clusters?slug=shown' });
    expect(list.body).toMatchObject({ total: 1, totalIsExact: true, items: [{ id }] });
    const rows = await test.database.pool.query('SELECT * FROM clusters_credential');
    const everything = JSON.stringify([body, list.body, test.logged, rows.rows.map((row) => String(row.sealed))]);
    expect(everything).not.toContain(secret);
  });

  it('takes part in access by its labels and its slug, and leaves an audit record', async () => {
    const id = await pendingCluster('labelled', { labels: { region: 'north' } });
    const rows = await test.database.pool.query<{ labels: object }>('SELECT labels FROM access_clusters');
    expect(rows.rows).toContainEqual({ labels: { region: 'north', cluster: 'labelled' } });
    const audit = await owner.request({ method: 'GET', url: '/audit' });
    const records = (audit.body.items as { action: string; target: { id: string } }[]) ?? [];
    expect(records).toContainEqual(
      expect.objectContaining({ action: 'clusters:register', target: expect.objectContaining({ id }) }),
    );
  });

  it('has a slug of its own', async () => {
    await pendingCluster('taken');
    expect(await register({ slug: 'taken', acceptUnverified: true })).toMatchObject({
      status: 409,
      body: { code: 'slug_taken' },
    });
  });

  it('is renamed, coloured and labelled, but keeps its slug', async () => {
    const id = await pendingCluster('renamed');
    const changed = await owner.request({
      method: 'PATCH',
      url: `/clusters/${id}`,
      payload: { displayName: 'New name', color: 5, labels: { tier: 'staging' } },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { slug: 'renamed', displayName: 'New name', color: 5, labels: { tier: 'staging' } },
    });
    const odd = await owner.request({ method: 'PATCH', url: `/clusters/${id}`, payload: { slug: 'other' } });
    expect(odd.status).toBe(422);
  });

  it('is paused and resumed', async () => {
    const id = await pendingCluster('paused');
    const paused = await owner.request({ method: 'POST', url: `/clusters/${id}/pause` });
    expect(paused).toMatchObject({ status: 200, body: { state: 'paused' } });
    await expect(test.composition.connections.for(id)).rejects.toMatchObject({
      code: 'cluster_unreachable',
      status: 503,
    });
    const resumed = await owner.request({ method: 'POST', url: `/clusters/${id}/resume` });
    expect(resumed.body.state).not.toBe('paused');
  });

  it('keeps its old credential when the new one does not open it', async () => {
    const id = await pendingCluster('recredentialed');
    const before = await test.database.pool.query('SELECT * FROM clusters_credential');
    const replaced = await owner.request({
      method: 'PUT',
      url: `/clusters/${id}/credential`,
      payload: { access: access({ token: 'another' }) },
    });
    expect(replaced).toMatchObject({ status: 422, body: { code: 'cluster_unreachable' } });
    expect((await test.database.pool.query('SELECT * FROM clusters_credential')).rows).toEqual(before.rows);
  });

  it('takes no new credential that a registration would refuse, and says the same about it', async () => {
    const id = await pendingCluster('guarded');
    const before = await test.database.pool.query('SELECT * FROM clusters_credential');
    const put = (given: object) =>
      owner.request({ method: 'PUT', url: `/clusters/${id}/credential`, payload: { access: given } });
    for (const [what, given, code] of [...badKubeconfigs, ...badAccesses]) {
      expect(await put(given()), what).toMatchObject({ status: 422, body: { code } });
    }
    expect((await test.database.pool.query('SELECT * FROM clusters_credential')).rows).toEqual(before.rows);
  });

  it('that applications are on stays, and says which', async () => {
    const id = await pendingCluster('used');
    const { body: project } = await owner.request({ method: 'POST', url: '/projects', payload: { slug: 'user' } });
    const rules = [{ selector: { cluster: 'used' }, namespace: 'used' }];
    const environment = await owner.request({
      method: 'POST',
      url: `/projects/${project.id}/environments`,
      payload: { name: 'prod', tier: 'production', rules },
    });
    const made = await owner.request({
      method: 'POST',
      url: '/applications',
      payload: { projectId: project.id, slug: 'web', environments: [{ environmentId: environment.body.id }] },
    });
    expect(made.status).toBe(201);
    const removed = await owner.request({ method: 'DELETE', url: `/clusters/${id}` });
    expect(removed).toMatchObject({ status: 409, body: { code: 'cluster_has_targets' } });
    expect(removed.body.detail).toContain('web');
    expect((await owner.request({ method: 'GET', url: `/clusters/${id}` })).body.state).toBe('pending');
  });

  it('loses its credential at once when it is removed', async () => {
    const id = await pendingCluster('removed');
    const count = async () => (await test.database.pool.query('SELECT FROM clusters_credential')).rows.length;
    const before = await count();
    const removed = await owner.request({ method: 'DELETE', url: `/clusters/${id}?reason=gone` });
    expect(removed.status).toBe(202);
    expect(await count()).toBe(before - 1);
    expect((await owner.request({ method: 'GET', url: `/clusters/${id}` })).body.state).toBe('removing');
  });

  it('that does not exist is 404 for every verb', async () => {
    const url = `/clusters/${newId('clu')}`;
    for (const request of [
      { method: 'GET' as const, url },
      { method: 'PATCH' as const, url, payload: { color: 1 } },
      { method: 'DELETE' as const, url },
      { method: 'POST' as const, url: `${url}/pause` },
      { method: 'POST' as const, url: `${url}/resume` },
    ]) {
      expect(await owner.request(request)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });
});

describe('the list of clusters', () => {
  it('pages by a cursor that belongs to its own question', async () => {
    for (const slug of ['page-a', 'page-b', 'page-c']) await pendingCluster(slug);
    const page = (query: string) => owner.request({ method: 'GET', url: `/clusters?q=page-&${query}` });
    const first = await page('limit=2&sort=-slug');
    expect((first.body.items as { slug: string }[]).map((each) => each.slug)).toEqual(['page-c', 'page-b']);
    const cursor = String(first.body.nextCursor);
    const second = await page(`limit=2&sort=-slug&cursor=${cursor}`);
    expect(second.body).toMatchObject({ items: [{ slug: 'page-a' }], total: 3 });
    expect(second.body.nextCursor).toBeUndefined();
    expect((await page(`limit=2&sort=slug&cursor=${cursor}`)).body.code).toBe('invalid_cursor');
  });
});

describe('the live view clusters.index', () => {
  it('sends the fleet, then what changes, and never a credential', async () => {
    const id = await pendingCluster('live');
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    const address = test.app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, 'quarterdeck.live.v1', {
      headers: { origin: testOrigin, cookie: owner.cookie },
    });
    const messages: { type: string; rows?: { slug: string }[]; puts?: { id: string; displayName: string }[] }[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'subscribe', id: 's', view: 'clusters.index' }));
    const snapshot = await waitFor('the snapshot', () => messages.find((each) => each.type === 'snapshot'));
    expect(snapshot.rows?.map((row) => row.slug)).toContain('live');

    await owner.request({ method: 'PATCH', url: `/clusters/${id}`, payload: { displayName: 'Renamed live' } });
    const changed = await waitFor('the change', () => messages.find((each) => each.type === 'delta'));
    expect(changed.puts).toMatchObject([{ id, displayName: 'Renamed live' }]);
    expect(JSON.stringify(messages)).not.toContain(secret);
    socket.close();
  });
});

describe('the onboarding manifest of a registered cluster', () => {
  it('lists the project groups it needs, by the rows when the cluster does not answer (getOnboardingManifest)', async () => {
    const id = await pendingCluster('manifested');
    const { pool } = test.database;
    const { body: project } = await owner.request({ method: 'POST', url: '/projects', payload: { slug: 'many' } });
    const rules = [{ selector: { cluster: 'manifested' }, namespace: 'many' }];
    await owner.request({
      method: 'POST',
      url: `/projects/${project.id}/environments`,
      payload: { name: 'prod', tier: 'production', rules },
    });
    const show = async () => (await owner.request({ method: 'GET', url: `/clusters/${id}/onboarding-manifest` })).body;
    expect(await show()).toMatchObject({ projectNumbers: { listed: 128, taken: [], asked: false } });
    await giveNumber(test, id, String(project.id), 129);
    const body = await show();
    expect(body).toMatchObject({ projectNumbers: { listed: 256, taken: [{ number: 129, project: 'many' }] } });
    expect(body.manifest).toContain('quarterdeck:p256:viewers');
    expect(body.manifest).not.toContain('quarterdeck:p257:viewers');
    await pool.query('DELETE FROM access_environment WHERE project_id = $1', [toUuid(String(project.id))]);
    const unknown = await owner.request({ method: 'GET', url: `/clusters/${newId('clu')}/onboarding-manifest` });
    expect(unknown.status).toBe(404);
  });
});
