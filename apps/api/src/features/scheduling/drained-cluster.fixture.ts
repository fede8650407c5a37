import { type ClusterClient, createClusterClient } from '@quarterdeck/kubernetes';
import { createAddressGuard } from '@quarterdeck/outbound';
import { type SimulatedCluster, startSimulatedCluster } from '@quarterdeck/simulator';
import { expect, vi } from 'vitest';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

export type LivePod = {
  metadata: { name: string; uid: string; labels?: Record<string, string> };
  spec: { nodeName?: string };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
};
type LiveNode = { metadata: { uid: string; resourceVersion: string }; spec?: { unschedulable?: boolean } };

/**
 * The application with one simulated cluster: on `node-a` a deployment of two, a StatefulSet of one, a DaemonSet and a bare
 * pod with scratch data; `node-b` has room. A budget keeps both pods of the deployment while `guard` says so.
 */
export type DrainedCluster = {
  test: TestApp;
  owner: SignedInClient;
  id: string;
  cluster: SimulatedCluster;
  pods(): Promise<LivePod[]>;
  node(name: string): Promise<LiveNode>;
  /** The node goes and another one of its name comes; what runs there does not notice. */
  replaceNode(name: string): Promise<void>;
  /** How many pods of the deployment have to stay. */
  guard(minAvailable: number): Promise<void>;
  /** Past Quarterdeck, as the cluster's administrator. */
  admin(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>;
  close(): Promise<void>;
};

const labels = (app: string) => ({ metadata: { labels: { app } } });
const containers = [{ name: 'app', image: 'registry.example.com/shop/app:1' }];
const workload = (kind: string, app: string, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: app, namespace: 'shop' },
  spec: { selector: { matchLabels: { app } }, template: { ...labels(app), spec: { containers } }, ...spec },
});
const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    allocatable: { cpu: '8', memory: '16Gi', pods: '110' },
    capacity: { cpu: '8', memory: '16Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});

export async function startDrainedCluster(): Promise<DrainedCluster> {
  const cluster = await startSimulatedCluster({ name: 'alpha' });
  const allow = [`127.0.0.1/32:${cluster.port}`];
  const test = await createTestApp({ clusterAddressAllow: allow });
  const owner = await claimAsOwner(test);
  const id = await registerKubeconfig(owner, 'alpha', cluster.adminKubeconfig);
  const credential = { kind: 'token', token: cluster.adminToken } as const;
  const client: ClusterClient = createClusterClient({
    endpoint: { server: cluster.server, caPem: cluster.caPem, credential },
    guard: createAddressGuard({ allow }),
  });
  async function admin(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const contentType = method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {};
    const answer = await client.request({ method, path, identity: 'self', ...contentType, ...(body ? { body } : {}) });
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  }
  const pods = async () => ((await admin('GET', '/api/v1/namespaces/shop/pods')) as { items: LivePod[] }).items;
  await admin('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await admin('POST', '/api/v1/nodes', node('node-a'));
  const apps = '/apis/apps/v1/namespaces/shop';
  await admin('POST', `${apps}/deployments`, workload('Deployment', 'cart', { replicas: 2 }));
  await admin('POST', `${apps}/statefulsets`, workload('StatefulSet', 'db', { replicas: 1, serviceName: 'db' }));
  await admin('POST', `${apps}/daemonsets`, workload('DaemonSet', 'agent'));
  await admin('POST', '/api/v1/namespaces/shop/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'scratch', namespace: 'shop' },
    spec: { nodeName: 'node-a', containers, volumes: [{ name: 'tmp', emptyDir: {} }] },
  });
  await admin('POST', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'cart' } } },
  });
  const isReady = (pod: LivePod) =>
    pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
  await vi.waitFor(async () => expect((await pods()).filter(isReady)).toHaveLength(5), { timeout: 60_000 });
  await admin('POST', '/api/v1/nodes', node('node-b'));
  return {
    test,
    owner,
    id,
    cluster,
    pods,
    node: async (name) => (await admin('GET', `/api/v1/nodes/${name}`)) as LiveNode,
    async replaceNode(name) {
      await admin('DELETE', `/api/v1/nodes/${name}`);
      await admin('POST', '/api/v1/nodes', node(name));
    },
    async guard(minAvailable) {
      await admin('PATCH', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/cart', { spec: { minAvailable } });
    },
    admin,
    async close() {
      await client.close();
      await test.close();
      await cluster.stop();
    },
  };
}
