import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../fleet/ask.fixture.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../fleet/simulated-cluster.ts';
import { known } from '../objects/well-known.ts';

const metrics = '/apis/metrics.k8s.io/v1beta1';
const noon = new Date('2026-11-25T04:00:00Z');
const evening = new Date('2026-11-25T13:00:00Z');

describe('metrics of a simulated cluster', () => {
  let cluster: SimulatedCluster;
  let now = noon;
  beforeAll(async () => {
    const resources = { requests: { cpu: '2', memory: '1Gi' }, limits: { memory: '1Gi' } };
    const containers = [{ name: 'app', image: 'registry.example/web:1', resources }];
    const status = {
      phase: 'Running',
      containerStatuses: [{ name: 'app', state: { running: { startedAt: noon.toISOString() } } }],
    };
    cluster = await startSimulatedCluster({
      name: 'metered',
      hasMetrics: true,
      now: () => now,
      populate(writes) {
        const options = { manager: 'test', dryRun: false };
        writes.create(known.serviceAccounts, 'default', { metadata: { name: 'default' } }, options);
        writes.create(known.nodes, undefined, { metadata: { name: 'a' } }, options);
        const spec = { nodeName: 'a', containers };
        writes.create(known.pods, 'default', { metadata: { name: 'web' }, spec, status }, options);
      },
    });
  });
  afterAll(() => cluster.stop());

  type Usage = { cpu: string; memory: string };
  const read = async (path: string) => (await ask(cluster, 'GET', `${metrics}/${path}`)).body[0];
  const usageOf = async () => {
    const pod = (await read('namespaces/default/pods/web')) as unknown as { containers: [{ usage: Usage }] };
    return pod.containers[0].usage;
  };

  it('tell of each container what it uses: the same at the same time, more in the evening, never above a limit', async () => {
    const first = await usageOf();
    expect(await usageOf()).toEqual(first);
    const cores = ({ cpu }: Usage) => Number.parseInt(cpu, 10) / 1e9;
    expect(cores(first)).toBeGreaterThan(0);
    now = evening;
    const later = await usageOf();
    now = noon;
    expect(cores(later)).toBeGreaterThan(cores(first));
    for (const { memory } of [first, later]) expect(Number.parseInt(memory, 10)).toBeLessThan(2 ** 20);
  });

  it('count the pods of a node to the node', async () => {
    const node = (await read('nodes/a')) as unknown as { usage: Usage };
    const pod = await usageOf();
    expect(Number.parseInt(node.usage.cpu, 10)).toBeGreaterThan(Number.parseInt(pod.cpu, 10));
    expect(await read('nodes')).toMatchObject({ kind: 'NodeMetricsList', items: [{ metadata: { name: 'a' } }] });
    expect(await read('pods')).toMatchObject({ kind: 'PodMetricsList', items: [{ metadata: { name: 'web' } }] });
  });

  it('are found by discovery, can only be read, and name what is missing', async () => {
    const group = (await ask(cluster, 'GET', metrics)).body[0];
    expect(group?.resources).toMatchObject([
      { name: 'nodes', kind: 'NodeMetrics', verbs: ['get', 'list'] },
      { name: 'pods', kind: 'PodMetrics', verbs: ['get', 'list'] },
    ]);
    expect((await ask(cluster, 'DELETE', `${metrics}/nodes/a`)).status).toBe(405);
    const missing = await ask(cluster, 'GET', `${metrics}/nodes/b`);
    expect(missing).toMatchObject({ status: 404, body: [{ message: 'nodes.metrics.k8s.io "b" not found' }] });
  });
});
