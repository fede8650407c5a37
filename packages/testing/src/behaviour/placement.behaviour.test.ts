import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { deployment, type Kube, type KubeList, makeNamespace } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-placement';
const core = `/api/v1/namespaces/${namespace}`;
const host = 'kubernetes.io/hostname';

type Condition = { type: string; status: string; reason?: string; message?: string };

describeFleets(fleets, 'the scheduler and the nodes of a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  let nodes = 0;
  beforeAll(async () => {
    await makeNamespace(cluster, namespace);
    nodes = (await cluster.request<KubeList>('GET', '/api/v1/nodes')).items.length;
  });
  afterAll(() => cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`));

  const podsOf = async (app: string) =>
    (await cluster.request<KubeList>('GET', `${core}/pods?labelSelector=app%3D${app}`)).items;
  const create = (name: string, replicas: number, pod: object) =>
    cluster.request(
      'POST',
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      deployment(name, {
        replicas,
        pod: { containers: [{ name: 'app', image: 'registry.example/web:1' }], ...pod },
      }),
    );
  const unscheduled = (pod: Kube) =>
    ((pod.status?.conditions ?? []) as Condition[]).find(
      ({ type, status }) => type === 'PodScheduled' && status === 'False',
    );
  const nodeOf = (pod: Kube) => (pod.spec as { nodeName?: string }).nodeName;
  /** What the scheduler says of a pod that no node takes. */
  const refusalOf = async (app: string) => {
    const found = await waitFor('the scheduler to refuse', async () =>
      (await podsOf(app)).map(unscheduled).find((each) => each !== undefined),
    );
    expect(found).toMatchObject({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' });
    return found.message ?? '';
  };
  const refused = (why: string, end = 'Preemption is not helpful for scheduling') =>
    `0/${nodes} nodes are available: ${nodes} ${why}. no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} ${end}.`;
  const noVictims = 'No preemption victims found for incoming pod';
  const apart = (app: string) => ({
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: host, labelSelector: { matchLabels: { app } } }],
    },
  });

  it('says how much is missing, and whether it would help to put others out', async () => {
    const resources = { requests: { cpu: '1000' } };
    await create('greedy', 1, { containers: [{ name: 'app', image: 'registry.example/web:1', resources }] });
    expect(await refusalOf('greedy')).toBe(refused('Insufficient cpu'));
  });

  it('finds no node for what none has', async () => {
    await create('choosy', 1, { nodeSelector: { disk: 'none-has-this' } });
    expect(await refusalOf('choosy')).toBe(refused("node(s) didn't match Pod's node affinity/selector"));
  });

  it('keeps apart pods that want to be, also from those that come later', async () => {
    await create('apart', nodes + 1, { affinity: apart('apart') });
    expect(await refusalOf('apart')).toBe(refused("node(s) didn't match pod anti-affinity rules", noVictims));
    const placed = (await podsOf('apart')).map(nodeOf).filter((name) => name !== undefined);
    expect(new Set(placed).size).toBe(nodes);
    const body = deployment('late', { replicas: 1 });
    body.spec.template.metadata.labels.app = 'late';
    Object.assign(body.spec.template.metadata.labels, { with: 'yes' });
    await create('guard', nodes, {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: host, labelSelector: { matchLabels: { app: 'guard' } } },
            { topologyKey: host, labelSelector: { matchLabels: { with: 'yes' } } },
          ],
        },
      },
    });
    await waitFor('the guards', async () => (await podsOf('guard')).filter(nodeOf).length === nodes);
    await cluster.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, body);
    expect(await refusalOf('late')).toBe(
      refused("node(s) didn't satisfy existing pods anti-affinity rules", noVictims),
    );
  });

  it('brings together pods that want to be, and refuses who wants to be with nobody', async () => {
    const near = (app: string) => ({
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: host, labelSelector: { matchLabels: { app } } },
          ],
        },
      },
    });
    await create('series', 3, near('series'));
    const placed = await waitFor('all of them', async () => {
      const names = (await podsOf('series')).map(nodeOf);
      return names.length === 3 && names.every((name) => name !== undefined) ? names : undefined;
    });
    expect(new Set(placed).size).toBe(1);
    await create('lonely', 1, near('nobody'));
    expect(await refusalOf('lonely')).toBe(refused("node(s) didn't match pod affinity rules"));
  });

  it('spreads pods over places, and says where there are none', async () => {
    const spread = (topologyKey: string, app: string) => ({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app } } },
      ],
    });
    await create('even', 2 * nodes, spread(host, 'even'));
    const placed = await waitFor('all of them', async () => {
      const names = (await podsOf('even')).map(nodeOf);
      return names.length === 2 * nodes && names.every((name) => name !== undefined) ? names : undefined;
    });
    const counts = [...Map.groupBy(placed, (name) => name).values()].map(({ length }) => length);
    expect(counts).toEqual(Array.from({ length: nodes }, () => 2));
    await create('unlabelled', 1, spread('suite.example.com/zone', 'unlabelled'));
    expect(await refusalOf('unlabelled')).toBe(
      refused("node(s) didn't match pod topology spread constraints (missing required label)"),
    );
  });

  it('every node renews its lease', async () => {
    const { items } = await cluster.request<KubeList>('GET', '/api/v1/nodes');
    const [node] = items;
    const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node?.metadata.name}`;
    type Lease = Kube & { spec: { holderIdentity: string; leaseDurationSeconds: number; renewTime: string } };
    const lease = await cluster.request<Lease>('GET', path);
    expect(lease.spec).toMatchObject({ leaseDurationSeconds: 40, holderIdentity: expect.any(String) });
    expect(lease.spec.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(lease.metadata.ownerReferences).toMatchObject([{ kind: 'Node', name: node?.metadata.name }]);
    const renewed = await waitFor('it to be renewed', async () => {
      const next = await cluster.request<Lease>('GET', path);
      return next.spec.renewTime > lease.spec.renewTime ? next : undefined;
    });
    expect(Number(renewed.metadata.resourceVersion)).toBeGreaterThan(Number(lease.metadata.resourceVersion));
    const conditions = (node?.status?.conditions ?? []) as (Condition & { lastHeartbeatTime: string })[];
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'True',
      lastHeartbeatTime: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });
});
