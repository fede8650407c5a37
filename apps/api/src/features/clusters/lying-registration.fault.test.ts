import {
  type FaultProxy,
  refuse,
  sayText,
  startFaultProxy,
  startSimulated,
  type TestCluster,
  throttle,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { startHealthLoop } from './health.jobs.ts';

/** A server that says one thing when it is tried and another when it is taken at its word. */
describe('registering a cluster that goes wrong midway', () => {
  let fleet: Awaited<ReturnType<typeof startSimulated>>;
  let proxy: FaultProxy;
  let test: TestApp;
  let owner: SignedInClient;
  const cluster = () => fleet.clusters[0] as TestCluster;

  beforeAll(async () => {
    fleet = await startSimulated({ count: 1 });
    proxy = await startFaultProxy(cluster());
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${proxy.port}`] });
    owner = await claimAsOwner(test);
  });
  afterEach(() => proxy.heal());
  afterAll(async () => {
    await test.close();
    await proxy.close();
    await fleet.stop();
  });

  const register = (change: object = {}) =>
    owner.request({
      method: 'POST',
      url: '/clusters',
      payload: {
        slug: 'alpha',
        access: { kind: 'kubeconfig', kubeconfig: proxy.kubeconfig },
        bootstrap: true,
        ...change,
      },
    });
  const total = async () => (await owner.request({ method: 'GET', url: '/clusters' })).body.total;

  it('says which object was refused, and saves nothing', async () => {
    const isDeed = ({ method, query }: { method: string; query: URLSearchParams }) =>
      method === 'PATCH' && query.get('dryRun') === null;
    proxy.answers.answer(
      refuse(403, { reason: 'Forbidden', message: 'a policy of this cluster denied the request' }),
      (asked) => isDeed(asked) && asked.path.endsWith('/clusterroles/quarterdeck-impersonator'),
    );
    expect(await register()).toMatchObject({
      status: 422,
      body: {
        code: 'bootstrap_failed',
        detail: expect.stringMatching(/ClusterRole quarterdeck-impersonator was refused.*a policy of this cluster/),
      },
    });
    expect(await total()).toBe(0);
  });

  it('tells a page that answers 200 to everything from a cluster', async () => {
    proxy.answers.answer(sayText('<html>Sign in to the network</html>', 'text/html'));
    expect(await register()).toMatchObject({ status: 422, body: { code: 'not_kubernetes' } });
    expect(await total()).toBe(0);
  });

  it('says so where it stops answering in the middle', async () => {
    proxy.answers.answer(throttle(1), ({ path }) => path === '/version');
    expect((await register()).status).toBe(422);
    expect(await total()).toBe(0);
  });

  it('refuses a renewing token that the cluster does not give, and names the field', async () => {
    expect((await register()).status).toBe(201);
    const secret = await cluster().request<{ data: { token: string } }>(
      'GET',
      '/api/v1/namespaces/quarterdeck-system/secrets/quarterdeck-token',
    );
    const token = Buffer.from(secret.data.token, 'base64').toString();
    await cluster().request(
      'DELETE',
      '/apis/rbac.authorization.k8s.io/v1/namespaces/quarterdeck-system/rolebindings/quarterdeck-token-renewal',
    );
    const [first] = (await owner.request({ method: 'GET', url: '/clusters' })).body.items as { id: string }[];
    const replaced = await owner.request({
      method: 'PUT',
      url: `/clusters/${first?.id}/credential`,
      payload: {
        access: { kind: 'token', server: proxy.server, caPem: cluster().caPem, token },
        renewing: true,
      },
    });
    expect(replaced).toMatchObject({
      status: 422,
      body: { code: 'renewal_refused', errors: [{ pointer: '/renewing', code: 'renewal_refused' }] },
    });
    expect(replaced.text).not.toContain(token);
  });

  /** Seen failing with `expectedUid` left out of the probe: the cluster stays connected. */
  it('stops all traffic where another cluster answers at its address, until a person says that it is meant', async () => {
    const { database, clustersStore: store, connections, clusterFacts: facts, logger } = test.composition;
    const [known] = await store.list();
    const { id = '', number = 0, clusterUid } = known ?? {};
    const show = async () => (await owner.request({ method: 'GET', url: `/clusters/${id}` })).body;
    proxy.answers.answer(
      sayText(JSON.stringify({ metadata: { uid: 'another-cluster' } })),
      ({ path }) => path === '/api/v1/namespaces/kube-system',
    );
    const loop = startHealthLoop({ database, store, connections, facts, held: () => [number], logger });
    try {
      await waitFor('the change to be seen', async () => (await show()).state === 'identity_changed');
      expect(await show()).toMatchObject({ clusterUid, stateReason: expect.stringContaining('another-cluster') });
      await expect(connections.for(id)).rejects.toMatchObject({ code: 'cluster_unreachable', status: 503 });
      const replaced = await owner.request({
        method: 'PUT',
        url: `/clusters/${id}/credential`,
        payload: { access: { kind: 'kubeconfig', kubeconfig: proxy.kubeconfig }, bootstrap: true },
      });
      expect(replaced).toMatchObject({ status: 409, body: { code: 'cluster_identity_differs' } });
      expect((await owner.request({ method: 'POST', url: `/clusters/${id}/resume` })).status).toBe(200);
      await waitFor('the other one to be known', async () => (await show()).state === 'connected');
      expect((await show()).clusterUid).toBe('another-cluster');
    } finally {
      await loop.stop();
    }
  });
});
