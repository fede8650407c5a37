import { type Cluster, startControlPlanes, TestbedUnavailable } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { addGrant, addPerson, principalOf } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

const fleet = await startControlPlanes({ count: 2, nodes: 2 }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});
afterAll(() => fleet?.stop());

type Item = { cluster: string; name: string; health: string; statusText: string; node?: string };
type Answer = {
  items: Item[];
  total: number;
  clusters: { slug: string; state: string; asOf?: string; error?: string }[];
};

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: `${name}:1` }] } },
  },
});

/** In order, as the life of a fleet goes. */
describe.skipIf(fleet === undefined)('the inventory of two real clusters', () => {
  const [alpha, beta] = (fleet?.clusters ?? []) as [Cluster, Cluster];
  let test: TestApp;
  let owner: SignedInClient;
  let worker: RunningWorker;

  beforeAll(async () => {
    const allow = [alpha, beta].map(({ server }) => `127.0.0.1/32:${new URL(server).port}`);
    test = await createTestApp({ clusterAddressAllow: allow });
    owner = await claimAsOwner(test);
    worker = await startWorker(test.composition);
    for (const [slug, cluster] of [
      ['alpha', alpha],
      ['beta', beta],
    ] as const) {
      await cluster.request('POST', '/apis/apps/v1/namespaces/default/deployments', deployment('cart', 2));
      await registerKubeconfig(owner, slug, cluster.kubeconfig);
    }
  });
  afterAll(async () => {
    await worker.close();
    await test.close();
  });

  async function list(query: string): Promise<Answer> {
    const { status, body } = await owner.request({ method: 'GET', url: `/inventory/objects?${query}` });
    expect(status).toBe(200);
    return body as unknown as Answer;
  }

  it('shows the pods of both, with state and age', async () => {
    await expect.poll(async () => (await list('plural=pods&namespaces=default&health=healthy')).total).toBe(4);
    // Rows are shown while the rest of their list is on its way.
    await expect
      .poll(async () => (await list('plural=pods&namespaces=default')).clusters.map(({ slug, state }) => [slug, state]))
      .toEqual([
        ['alpha', 'live'],
        ['beta', 'live'],
      ]);
    const answer = await list('plural=pods&namespaces=default&sort=name&limit=3');
    expect(answer.items).toHaveLength(3);
    expect(answer.items[0]).toMatchObject({ statusText: 'Running', health: 'healthy', node: expect.any(String) });
    expect(new Set((await list('plural=pods&namespaces=default')).items.map((item) => item.cluster))).toEqual(
      new Set(['alpha', 'beta']),
    );
  });

  it('follows a change within a second', async () => {
    await beta.request('DELETE', '/apis/apps/v1/namespaces/default/deployments/cart', {
      propagationPolicy: 'Background',
    });
    await expect.poll(async () => (await list('plural=deployments&clusters=beta')).total).toBe(0);
    await expect.poll(async () => (await list('plural=pods&namespaces=default&clusters=beta')).total).toBe(0);
  });

  it('finds objects of every kind by part of their name, and events', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/inventory/search?q=cart' });
    const groups = body.groups as { plural: string; items: Item[] }[];
    expect(groups.map((group) => group.plural)).toEqual(['pods', 'deployments', 'replicasets']);
    const reasons = async () => {
      const { body } = await owner.request({
        method: 'GET',
        url: '/inventory/events?clusters=alpha&namespaces=default',
      });
      return (body.items as { reason: string }[]).map(({ reason }) => reason);
    };
    // They are the last kind to be read.
    await expect.poll(reasons).toContain('ScalingReplicaSet');
  });

  it('pauses a rollout, tells its revisions, rolls it back by a tested patch, and tells both as tree and timeline', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/clusters?slug=alpha' });
    const [{ id }] = body.items as [{ id: string }];
    const path = '/apis/apps/v1/namespaces/default/deployments/cart';
    const at = `/clusters/${id}/namespaces/default/workloads/deployments/cart`;
    const post = async (deed: string, payload: object) =>
      owner.request({ method: 'POST', url: `${at}/${deed}`, payload });
    const revisions = async () =>
      (await owner.request({ method: 'GET', url: `${at}/revisions` })).body as {
        uid: string;
        paused: boolean;
        items: { revision: number; images: string[]; current: boolean; changes: { path: string }[] }[];
      };
    const containers = [{ name: 'app', image: 'cart:2' }];
    await alpha.request(
      'PATCH',
      path,
      { spec: { template: { spec: { containers } } } },
      { contentType: 'application/strategic-merge-patch+json' },
    );
    await expect.poll(async () => (await revisions()).items.length).toBe(2);
    const { uid, items } = await revisions();
    expect(items).toMatchObject([
      { revision: 2, images: ['cart:2'], current: true, changes: [] },
      { revision: 1, images: ['cart:1'], current: false },
    ]);
    expect(items[1]?.changes.map(({ path: field }) => field)).toEqual(['.spec.containers[name="app"].image']);
    expect((await post('pause', { uid })).status).toBe(204);
    expect(await post('rollback', { uid, revision: 1 })).toMatchObject({
      status: 409,
      body: { code: 'rollout_paused' },
    });
    expect((await post('resume', { uid })).status).toBe(204);
    expect(await post('rollback', { uid, revision: 1 })).toMatchObject({
      status: 200,
      body: { before: ['cart:2'], after: ['cart:1'] },
    });
    // Another template is there by now: what a real API server says of a test that fails.
    const { objectActions } = test.composition;
    const operator = await addPerson(test, 'operator');
    await addGrant(test, operator, 'owner');
    const actor = { principal: principalOf(operator), via: 'session' as const };
    const stale = objectActions.perform(
      actor,
      { clusterId: id, namespace: 'default', group: 'apps', plural: 'deployments', name: 'cart' },
      uid,
      {
        permission: 'workloads:operate',
        method: 'PATCH',
        contentType: 'application/json-patch+json',
        body: [{ op: 'test', path: '/spec/template', value: {} }],
        facts: () => [],
      },
    );
    await expect(stale).rejects.toMatchObject({ code: 'object_replaced' });
    await expect.poll(async () => (await revisions()).items[0]).toMatchObject({ images: ['cart:1'], current: true });
    const tree = async () => {
      const answer = await owner.request({ method: 'GET', url: `${at}/tree` });
      return (answer.body.nodes as { plural: string }[]).map(({ plural }) => plural);
    };
    await expect.poll(tree).toEqual(expect.arrayContaining(['deployments', 'replicasets', 'pods']));
    const timeline = async () =>
      ((await owner.request({ method: 'GET', url: `${at}/timeline` })).body.revisions as { images: string[] }[]).length;
    await expect.poll(timeline).toBe(2);
  });

  it('resumes from the stored version after a restart of the worker, without a list', async () => {
    await worker.close();
    const version = () =>
      test.database.pool.query<{ resource_version: string }>(
        'SELECT resource_version FROM inventory_stream s JOIN clusters_cluster c ON c.number = s.cluster_no WHERE c.slug = $1 AND kind_no = 4',
        ['alpha'],
      );
    expect((await version()).rows[0]?.resource_version).toMatch(/^\d+$/);
    const ids = (await list('plural=pods&clusters=alpha&namespaces=default')).items.map((item) => item.name).sort();
    await alpha.request('POST', '/apis/apps/v1/namespaces/default/deployments', deployment('late', 1));
    worker = await startWorker(test.composition);
    await expect.poll(async () => (await list('plural=deployments&clusters=alpha&q=late')).total).toBe(1);
    await expect.poll(async () => (await list('plural=pods&clusters=alpha&namespaces=default')).total).toBe(3);
    const now = (await list('plural=pods&clusters=alpha&namespaces=default')).items.map((item) => item.name);
    expect(now).toEqual(expect.arrayContaining(ids));
  });

  it('keeps the rows of a dead cluster and says so, and goes on when it returns', async () => {
    await alpha.stopApiServer();
    await expect.poll(async () => (await list('plural=pods&namespaces=default')).clusters[0]?.state).toBe('cut_off');
    const cut = await list('plural=pods&clusters=alpha&namespaces=default');
    expect(cut.total).toBe(3);
    expect(cut.clusters[0]).toMatchObject({ asOf: expect.any(String), error: expect.any(String) });
    await alpha.startApiServer();
    await expect.poll(async () => (await list('plural=pods&namespaces=default')).clusters[0]?.state).toBe('live');
    await alpha.request('DELETE', '/apis/apps/v1/namespaces/default/deployments/late');
    await expect.poll(async () => (await list('plural=deployments&clusters=alpha&q=late')).total).toBe(0);
  });

  it('forgets a removed cluster entirely', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/clusters?slug=beta' });
    const id = (body.items as { id: string }[])[0]?.id;
    expect((await owner.request({ method: 'DELETE', url: `/clusters/${id}` })).status).toBe(202);
    await expect
      .poll(async () => (await list('plural=nodes')).clusters.map((cluster) => cluster.slug))
      .toEqual(['alpha']);
    const left = await test.database.pool.query('SELECT FROM inventory_head');
    expect(left.rowCount).toBe(1);
  });
});
