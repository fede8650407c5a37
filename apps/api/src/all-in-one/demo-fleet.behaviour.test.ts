import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diagnose } from '@quarterdeck/kubernetes';
import { blockedBudget, ceiling, createDemoFleet, type DemoFleet, fixedJob, troubles } from '@quarterdeck/simulator';
import { createClusterClient } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Item = { metadata: { name: string }; status?: { readyReplicas?: number }; spec?: { replicas?: number } };

/** Everything that the demo fleet shows as broken is broken for the reason it stands for, by the product's own eyes. */
describe('the workloads of a demo cluster', () => {
  let fleet: DemoFleet;
  let folder: string;
  let client: ReturnType<typeof createClusterClient>;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-demo-'));
    fleet = await createDemoFleet({ dataDir: folder, ports: async () => 0 });
    const cluster = fleet.clusters.find(({ name }) => name === 'nb-1');
    if (cluster === undefined) throw new Error('the fleet has no nb-1');
    client = createClusterClient(cluster);
  });
  afterAll(async () => {
    await fleet.stop();
    await rm(folder, { recursive: true });
  });

  const list = async (path: string) => (await client.request<{ items: Item[] }>('GET', path)).items;

  it.each(troubles.map(({ verdict, workload }) => [workload.name, verdict, workload] as const))(
    '%s is diagnosed as %s',
    async (name, verdict, { team }) => {
      const look = async () => {
        const selector = `labelSelector=app%3D${name}`;
        const [deployment] = await list(`/apis/apps/v1/namespaces/${team}/deployments?${selector}`);
        const replicaSets = await list(`/apis/apps/v1/namespaces/${team}/replicasets?${selector}`);
        const pods = await list(`/api/v1/namespaces/${team}/pods?${selector}`);
        const events = await list(`/api/v1/namespaces/${team}/events`);
        const nodes = await list('/api/v1/nodes');
        return diagnose({ deployment, replicaSets, pods, events, nodes })?.code;
      };
      await expect.poll(look, { interval: 500 }).toBe(verdict);
    },
  );

  it('refuse an eviction where a budget lets no pod go', async () => {
    const { team, name } = blockedBudget;
    const pods = () => list(`/api/v1/namespaces/${team}/pods?labelSelector=app%3D${name}`);
    await expect.poll(async () => (await pods()).length).toBeGreaterThan(0);
    const [pod] = await pods();
    const evict = client.request('POST', `/api/v1/namespaces/${team}/pods/${pod?.metadata.name}/eviction`, {});
    await expect(evict).rejects.toMatchObject({
      status: 429,
      body: { details: { causes: [{ reason: 'DisruptionBudget' }] } },
    });
  });

  it('refuse another template where the field is immutable', async () => {
    const { team, name } = fixedJob;
    const patch = { spec: { template: { metadata: { labels: { another: 'one' } } } } };
    const change = client.request('PATCH', `/apis/batch/v1/namespaces/${team}/jobs/${name}`, patch);
    await expect(change).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('field is immutable'),
    });
  });

  it('refuse what the policy of the platform team denies', async () => {
    const change = client.request('PATCH', '/apis/apps/v1/namespaces/feed/deployments/feed-api', {
      spec: { replicas: ceiling.most + 1 },
    });
    await expect(change).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining(`'${ceiling.name}' denied request: ${ceiling.message}`),
    });
  });

  it('have their volumes, run on every node, scale by load and end', async () => {
    const until = (look: () => Promise<unknown>) => expect.poll(look, { interval: 500 });
    const statusOf = async (path: string) => (await client.request<{ status: unknown }>('GET', path)).status;
    await until(() => statusOf('/apis/apps/v1/namespaces/data/statefulsets/kafka')).toMatchObject({ readyReplicas: 5 });
    const claims = await client.request<{ items: { status: { phase: string } }[] }>(
      'GET',
      '/api/v1/namespaces/data/persistentvolumeclaims',
    );
    expect(new Set(claims.items.map(({ status }) => status.phase))).toEqual(new Set(['Bound']));
    await until(() => statusOf('/apis/apps/v1/namespaces/platform/daemonsets/node-agent')).toMatchObject({
      numberReady: 14,
    });
    const scaler = '/apis/autoscaling/v2/namespaces/video/horizontalpodautoscalers/video-transcode';
    await until(() => statusOf(scaler)).toMatchObject({
      currentMetrics: [{ resource: { name: 'cpu', current: { averageUtilization: expect.any(Number) } } }],
    });
    await until(() => statusOf(`/apis/batch/v1/namespaces/${fixedJob.team}/jobs/${fixedJob.name}`)).toMatchObject({
      succeeded: 4,
    });
    const queues = await list('/apis/media.example.com/v1/transcodequeues');
    expect(queues.map(({ metadata }) => metadata.name)).toEqual(['archive-av1', 'portrait-hd', 'shorts']);
  });

  it('are healthy where they are not broken', async () => {
    const broken = new Set(troubles.map(({ workload }) => workload.name));
    const waiting = async () =>
      (await list('/apis/apps/v1/deployments'))
        .filter(({ metadata, spec, status }) => !broken.has(metadata.name) && status?.readyReplicas !== spec?.replicas)
        .map(({ metadata }) => metadata.name);
    await expect.poll(waiting).toEqual([]);
    expect((await list('/api/v1/pods')).length).toBeGreaterThan(200);
    expect((await list('/apis/metrics.k8s.io/v1beta1/nodes')).length).toBe(14);
  });
});
