import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addGrant, addPerson } from '../../testing/people.ts';
import { programOf } from '../../testing/test-app.ts';
import { createProxyWorld, type ProxyWorld } from './proxy/proxy.fixture.ts';

let world: ProxyWorld;
beforeAll(async () => {
  world = await createProxyWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.upstream.asked.length = 0;
});

type Kubeconfig = {
  clusters: { name: string; cluster: { server: string } }[];
  users: { user: { token: string } }[];
  contexts: { context: { namespace?: string } }[];
  'current-context': string;
};

async function make(payload: object) {
  const answer = await world.owner.request({
    method: 'POST',
    url: `/clusters/${world.clusterId}/kubeconfigs`,
    payload,
  });
  const kubeconfig = parse(String(answer.body.kubeconfig ?? '{}')) as Kubeconfig;
  const token = answer.body.token as { id: string; expiresAt: string; limits: { permissions: string[] } } | undefined;
  return { ...answer, kubeconfig, token, secret: kubeconfig.users?.[0]?.user.token ?? '' };
}

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const statusOf = async (path: string, secret: string, method = 'GET') =>
  (await world.ask(path, { token: secret, method, ...(method === 'GET' ? {} : { body: '{}' }) })).status;

describe('a kubeconfig', () => {
  it('leads to this cluster through us, with a token of eight hours that reads', async () => {
    const before = Date.now();
    const { status, body, kubeconfig, token, secret } = await make({});
    expect(status).toBe(201);
    expect(body.fileName).toBe('kubeconfig-told.yaml');
    expect(kubeconfig).toMatchObject({
      'current-context': 'told',
      clusters: [{ name: 'told', cluster: { server: `http://localhost:8080/k8s/clusters/${world.clusterId}` } }],
    });
    const hours = (Date.parse(token?.expiresAt ?? '') - before) / 3_600_000;
    expect(Math.round(hours * 10) / 10).toBe(8);
    expect(await statusOf(pods('shop'), secret)).toBe(200);
    expect(await statusOf(pods('shop'), secret, 'POST')).toBe(403);
    expect(await statusOf(`${pods('shop')}/cart-1/exec`, secret)).toBe(403);
    expect(await statusOf('/api/v1/secrets', secret)).toBe(403);
    expect(world.upstream.asked[0]?.headers['impersonate-group']).toBe('quarterdeck:members, quarterdeck:viewers');
  });

  it('to write goes to the namespaces that it names and no further', async () => {
    const { kubeconfig, secret } = await make({ level: 'write', namespaces: ['shop', 'cart'], expiresInHours: 1 });
    expect(kubeconfig.contexts[0]?.context.namespace).toBe('shop');
    expect(await statusOf(pods('cart'), secret, 'POST')).toBe(200);
    expect(await statusOf(pods('other'), secret, 'POST')).toBe(403);
    expect(await statusOf(pods('other'), secret)).toBe(403);
    expect(await statusOf('/api/v1/nodes', secret)).toBe(403);
    // What kubectl asks before anything else.
    expect(await statusOf('/api', secret)).toBe(200);
    expect(await statusOf('/version', secret)).toBe(200);
  });

  it('to exec opens shells, and never mints tokens that would outlive it', async () => {
    const { token } = await make({ level: 'exec' });
    expect(token?.limits.permissions).toContain('workloads:exec');
    expect(token?.limits.permissions).not.toContain('clusters:mint');
  });

  it('gives nobody more than they hold', async () => {
    const person = await addPerson(world.test, 'reader');
    await addGrant(world.test, person, 'viewer', { kind: 'cluster', id: world.clusterId });
    const url = `/clusters/${world.clusterId}/kubeconfigs`;
    const { body } = await person.request({ method: 'POST', url, payload: { level: 'exec' } });
    const secret = (parse(String(body.kubeconfig)) as Kubeconfig).users[0]?.user.token ?? '';
    expect(await statusOf(pods('shop'), secret)).toBe(200);
    expect(await statusOf(pods('shop'), secret, 'POST')).toBe(403);
    expect(await statusOf(`${pods('shop')}/cart-1/exec`, secret)).toBe(403);
  });

  it('is refused for longer than a day, for a token, and for a cluster that one may not know', async () => {
    expect(await make({ expiresInHours: 25 })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/expiresInHours' }] },
    });
    const { secret } = await make({});
    const byToken = await programOf(world.test.app, secret).request({
      method: 'POST',
      url: `/clusters/${world.clusterId}/kubeconfigs`,
      payload: {},
    });
    expect(byToken).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
    const stranger = await addPerson(world.test, 'stranger');
    const refused = await stranger.request({
      method: 'POST',
      url: `/clusters/${world.clusterId}/kubeconfigs`,
      payload: {},
    });
    expect(refused).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('stands in the trail, without the token', async () => {
    const { token, secret } = await make({ level: 'read' });
    const { body } = await world.owner.request({ method: 'GET', url: `/audit?target=${token?.id}` });
    expect(body.items).toMatchObject([{ action: 'identity:self', target: { kind: 'token', name: 'kubeconfig told' } }]);
    expect(JSON.stringify(body)).not.toContain(secret);
  });
});
