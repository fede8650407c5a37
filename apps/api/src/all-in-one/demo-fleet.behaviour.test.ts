import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diagnose } from '@quarterdeck/kubernetes';
import { createDemoFleet, type DemoFleet, troubles } from '@quarterdeck/simulator';
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
        return diagnose({ deployment, replicaSets, pods, events })?.code;
      };
      await expect.poll(look, { timeout: 55_000, interval: 500 }).toBe(verdict);
    },
  );

  it('are healthy where they are not broken', async () => {
    const broken = new Set(troubles.map(({ workload }) => workload.name));
    const waiting = async () =>
      (await list('/apis/apps/v1/deployments'))
        .filter(({ metadata, spec, status }) => !broken.has(metadata.name) && status?.readyReplicas !== spec?.replicas)
        .map(({ metadata }) => metadata.name);
    await expect.poll(waiting, { timeout: 20_000 }).toEqual([]);
    expect((await list('/api/v1/pods')).length).toBeGreaterThan(200);
  });
});
