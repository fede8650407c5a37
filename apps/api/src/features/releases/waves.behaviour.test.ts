import {
  type Cluster,
  describeFleets,
  failAnnotation,
  startBothFleets,
  stopFleets,
  type TestCluster,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

const fleets = await startBothFleets({ count: 3, nodes: 1 });
afterAll(() => stopFleets(fleets));

type Release = {
  id: string;
  number: number;
  state: string;
  endedReason?: string;
  pausedReason?: string;
  rolledBackBy?: { id: string; number: number };
  isAutomatic: boolean;
  targets: {
    targetId: string;
    cluster: string;
    state: string;
    verdict?: { code: string; cause?: string; summary: string };
    questions: { object: object; about: string; field: string; manager?: string }[];
    left: { group: string; kind: string; namespace: string; name: string; why: string[]; asks: boolean }[];
  }[];
  waves: { name: string; state: string }[];
};
type Kube = {
  metadata: { generation: number; resourceVersion: string; managedFields: object[] };
  spec: { template: { spec: { containers: { image: string }[] } } };
};

const timing = { stabilityMs: 500, deadlineMs: 60_000, pollMs: 200 };
const slugs = ['alpha', 'beta', 'gamma'] as const;

describeFleets(fleets, 'three waves over $kind clusters', ({ kind, clusters }) => {
  let test: TestApp;
  let owner: SignedInClient;
  let worker: RunningWorker;
  let place: { applicationId: string; environmentId: string; templateVersionId: string };
  let first: Release;

  beforeAll(async () => {
    const allow = clusters.map(({ server }) => `127.0.0.1/32:${new URL(server).port}`);
    test = await createTestApp({ clusterAddressAllow: allow });
    owner = await claimAsOwner(test);
    worker = await startWorker(test.composition, { timing });
    for (const [index, slug] of slugs.entries()) {
      const access = { kind: 'kubeconfig', kubeconfig: clusters[index]?.kubeconfig };
      await post('/clusters', { slug, access, bootstrap: true, labels: { wave: String(index + 1) } });
    }
    const projectId = (await list('/projects'))[0]?.id;
    const rules = slugs.map((cluster) => ({ selector: { cluster }, namespace: 'shop' }));
    const environments = [{ name: 'prod', tier: 'production', rules }];
    const application = await post('/applications', { projectId, slug: 'cart', environments });
    const template = (await list('/templates')).find(({ name }) => name === 'web-service');
    place = {
      applicationId: String(application.id),
      environmentId: (application.environments as { environmentId: string }[])[0]?.environmentId ?? '',
      templateVersionId: template?.latestVersionId ?? '',
    };
    const waves = slugs.map((name, index) => ({
      name,
      select: index === slugs.length - 1 ? { rest: true } : { labels: { wave: String(index + 1) } },
      maxConcurrent: 1,
      failureBudget: 0,
    }));
    const strategies = [{ name: 'one by one', waves, onFailure: 'rollback', unreachable: 'block' }];
    const url = `/environments/${place.environmentId}/delivery`;
    expect((await owner.request({ method: 'PUT', url, payload: { strategies, revision: 0 } })).status).toBe(200);
  });
  afterAll(async () => {
    await worker.close();
    await test.close();
  });

  async function post(url: string, payload: object): Promise<Record<string, unknown>> {
    const { status, body } = await owner.request({ method: 'POST', url, payload });
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    return body;
  }
  const list = async (url: string) =>
    (await owner.request({ method: 'GET', url })).body.items as { id: string; name: string; latestVersionId: string }[];
  const deploy = async (tag: string, parameters: object = {}) =>
    (await post('/releases', {
      ...place,
      images: { main: `registry.example.com/shop/cart:${tag}` },
      parameters: { replicas: 1, ...parameters },
    })) as unknown as Release;
  const show = async (id: string) =>
    (await owner.request({ method: 'GET', url: `/releases/${id}` })).body as unknown as Release;
  const endOf = async (id: string, state: string) => {
    await expect.poll(async () => (await show(id)).state, { interval: 100, timeout: 150_000 }).toBe(state);
    return show(id);
  };
  const deploymentOf = async (cluster: TestCluster) =>
    (await cluster.request('GET', '/apis/apps/v1/namespaces/shop/deployments/cart')) as Kube;
  /** What our writes, and nobody else's, change of the objects there. */
  const written = async (cluster: TestCluster) => {
    const service = (await cluster.request('GET', '/api/v1/namespaces/shop/services/cart')) as Kube;
    const { metadata } = await deploymentOf(cluster);
    return { deployment: metadata.generation, service: service.metadata.resourceVersion };
  };
  const shaOf = async (id: string, slug: string) =>
    (
      (await owner.request({ method: 'GET', url: `/releases/${id}/objects` })).body.items as {
        cluster: string;
        sha256: string;
      }[]
    ).flatMap(({ cluster, sha256 }) => (cluster === slug ? [sha256] : []));

  it('goes wave by wave, each when the one before is healthy', async () => {
    const made = await deploy('1.0.0');
    expect(made.waves.map(({ state }) => state)).toEqual(['running', 'pending', 'pending']);
    first = await endOf(made.id, 'succeeded');
    const { rows } = await test.database.pool.query<{ slug: string }>(
      `SELECT c.slug FROM target_run x JOIN clusters_cluster c ON c.id = x.cluster_id
       WHERE (SELECT count(*) FROM target_run y WHERE y.release_id = x.release_id AND y.wave < x.wave AND y.ended_at > x.started_at) > 0`,
    );
    expect(rows).toEqual([]);
  });

  it('stops in the first wave over a bad image: nothing is written in later ones, the first goes back by itself', async () => {
    const later = clusters.slice(1);
    const before = await Promise.all(later.map(written));
    const bad = await deploy('missing');
    const failed = await endOf(bad.id, 'failed');
    expect(failed).toMatchObject({ endedReason: 'budget', rolledBackBy: { number: 3 } });
    expect(failed.targets.map(({ cluster, state, verdict }) => [cluster, state, verdict?.code])).toEqual(
      expect.arrayContaining([
        ['alpha', 'failed', 'image_pull'],
        ['beta', 'cancelled', undefined],
        ['gamma', 'cancelled', undefined],
      ]),
    );
    const back = await endOf(failed.rolledBackBy?.id ?? '', 'succeeded');
    expect(back).toMatchObject({ isAutomatic: true });
    expect(back.targets.map(({ cluster, state }) => [cluster, state])).toEqual([['alpha', 'healthy']]);
    expect(await shaOf(back.id, 'alpha')).toEqual(await shaOf(first.id, 'alpha'));
    const { spec } = await deploymentOf(clusters[0] as TestCluster);
    expect(spec.template.spec.containers[0]?.image).toContain('cart:1.0.0');
    expect(await Promise.all(later.map(written))).toEqual(before);
  });

  it('takes away what it no longer has, when all is healthy: by its books, unless it says keep', async () => {
    const budgets = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets';
    const names = async (cluster: TestCluster) =>
      ((await cluster.request('GET', budgets)) as { items: { metadata: { name: string } }[] }).items.map(
        ({ metadata }) => metadata.name,
      );
    const [alpha, beta] = clusters as [TestCluster, TestCluster];
    // One replica has no budget, two have: the next release of one takes it away again.
    await endOf((await deploy('1.1.0', { replicas: 2 })).id, 'succeeded');
    expect(await names(alpha)).toEqual(['cart']);
    await alpha.request('POST', budgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'theirs' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'theirs' } } },
    });
    await beta.request('PATCH', `${budgets}/cart`, { metadata: { annotations: { 'quarterdeck.dev/keep': 'yes' } } });
    const ended = await endOf((await deploy('1.1.0')).id, 'succeeded');
    expect(await Promise.all(clusters.map(names))).toEqual([['theirs'], ['cart'], []]);

    // What says keep goes when somebody types the name.
    const asks = ended.targets.flatMap(({ targetId, left }) => left.map((object) => ({ targetId, object })));
    expect(asks).toMatchObject([{ object: { kind: 'PodDisruptionBudget', name: 'cart', why: ['keep'], asks: true } }]);
    const targets = asks.map(({ targetId, object: { group, kind, namespace, name } }) => ({
      targetId,
      objects: [{ group, kind, namespace, name }],
    }));
    const awaited = async () =>
      (
        (await owner.request({ method: 'GET', url: '/releases?awaitsMe=true' })).body.items as {
          id: string;
          awaits: object[];
        }[]
      ).flatMap(({ id, awaits }) => (id === ended.id ? awaits : []));
    expect(await awaited()).toEqual([{ for: 'leftovers', clusters: ['beta'], since: expect.any(String) }]);
    await post(`/releases/${ended.id}/confirm-prune`, { confirm: 'cart', reason: 'not needed', targets });
    expect((await endOf(ended.id, 'succeeded')).targets.flatMap(({ left }) => left)).toEqual([]);
    expect(await Promise.all(clusters.map(names))).toEqual([['theirs'], [], []]);
    expect(await awaited()).toEqual([]);
  });

  it('knows its own after a restore, by their labels, and asks whose the fields are that the restore wrote', async () => {
    const path = '/apis/apps/v1/namespaces/shop/deployments';
    const gamma = clusters[2] as TestCluster;
    const { metadata, spec } = (await deploymentOf(gamma)) as Kube & { metadata: { labels: object; uid: string } };
    await gamma.request('DELETE', `${path}/cart`);
    await gamma.request('POST', `${path}?fieldManager=velero-server`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'cart', labels: metadata.labels },
      spec,
    });
    const made = await deploy('1.2.0');
    const asking = async () => (await show(made.id)).targets.find(({ state }) => state === 'blocked');
    await expect.poll(asking).toMatchObject({ cluster: 'gamma' });
    const target = await asking();
    expect(target?.questions).toMatchObject([{ about: 'field', manager: expect.stringContaining('velero-server') }]);
    await post(`/releases/${made.id}/targets/${target?.targetId}/decisions`, {
      decisions: target?.questions.map(({ object, field }) => ({ object, field, choice: 'take' })),
    });
    await endOf(made.id, 'succeeded');
    const restored = (await deploymentOf(gamma)) as Kube & { metadata: { uid: string } };
    expect(restored.spec.template.spec.containers[0]?.image).toContain('cart:1.2.0');
    const { rows } = await test.database.pool.query<{ uid: string }>(
      "SELECT o.uid FROM target_object o JOIN clusters_cluster c ON c.id = o.cluster_id WHERE c.slug = 'gamma' AND o.kind = 'Deployment'",
    );
    expect([rows, restored.metadata.uid === metadata.uid]).toEqual([[{ uid: restored.metadata.uid }], false]);
  });

  if (kind !== 'real') return;

  // The simulator takes pods that are not ready away at once, so that none before is left to compare with.
  it('stands still, and goes back nowhere, where what was healthy before fails the same way', async () => {
    const alpha = clusters[0] as TestCluster;
    const pods = '/api/v1/namespaces/shop/pods';
    type Pod = { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } };
    const running = async () =>
      ((await alpha.request('GET', `${pods}?labelSelector=app.kubernetes.io%2Fname%3Dcart`)) as { items: Pod[] }).items;
    // What both need is gone: from now on these end again and again.
    for (const { metadata } of await running())
      await alpha.request('PATCH', `${pods}/${metadata.name}`, {
        metadata: { annotations: { [failAnnotation]: 'crash-loop' } },
      });
    const ready = async () =>
      (await running()).map(({ status }) => status.conditions.find(({ type }) => type === 'Ready')?.status);
    await expect.poll(ready).toEqual(['False']);
    const made = await deploy('1.3.0', { annotations: { [failAnnotation]: 'crash-loop' } });
    const paused = await endOf(made.id, 'paused');
    expect(paused).toMatchObject({ pausedReason: 'environment' });
    expect(paused.rolledBackBy).toBeUndefined();
    const verdict = paused.targets.find(({ cluster }) => cluster === 'alpha')?.verdict;
    expect(verdict).toMatchObject({ code: 'environment', cause: 'crash_loop' });
    expect(verdict?.summary).toContain('it is not this release');
    await post(`/releases/${made.id}/abort`, {});
  });

  it('waits for a cluster whose API server is frozen in the middle, and writes nothing twice', async () => {
    const alpha = clusters[0] as Cluster;
    const before = (await deploymentOf(alpha)).metadata.generation;
    const made = await deploy('1.4.0');
    const begun = async () => (await show(made.id)).targets.find(({ cluster }) => cluster === 'alpha')?.state;
    await expect.poll(begun, { interval: 10 }).toMatch(/applying|gating/);
    await alpha.pauseApiServer();
    const seen = async () =>
      ((await owner.request({ method: 'GET', url: '/clusters?slug=alpha' })).body.items as { state: string }[])[0]
        ?.state;
    try {
      await expect.poll(seen).toBe('unreachable');
      expect((await show(made.id)).state).toBe('rolling');
    } finally {
      await alpha.resumeApiServer();
    }
    await endOf(made.id, 'succeeded');
    expect((await deploymentOf(alpha)).metadata.generation).toBe(before + 1);
  });
});
