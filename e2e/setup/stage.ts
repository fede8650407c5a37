import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createClusterClient, outageAnnotation, startControlPlanes, TestbedUnavailable } from '@quarterdeck/testing';
import { type Portal, startPortal } from './portal.ts';

/** A cluster of a stage, as somebody with its keys sees it. */
export type StageCluster = {
  name: string;
  /** What a person pastes to register it; none where it is registered from the start. */
  kubeconfig?: string;
  request<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** From now on nobody reaches it. */
  cut(): Promise<void>;
  restore(): Promise<void>;
};

/** Where a journey plays: the product, and two clusters that it has or may be given. */
export type Stage = {
  kind: 'real control planes' | 'the demo fleet';
  clusters: readonly [StageCluster, StageCluster];
  start(): Promise<Portal>;
  stop(): Promise<void>;
};

/** Two real control planes that are not registered; `undefined` where they cannot run. */
export async function realStage(): Promise<Stage | undefined> {
  const fleet = await startControlPlanes({ count: 2, nodes: 3 }).catch((error: unknown) => {
    if (error instanceof TestbedUnavailable) return undefined;
    throw error;
  });
  if (fleet === undefined) return undefined;
  const allow = fleet.clusters.map(({ server }) => `127.0.0.1/32:${new URL(server).port}`).join(',');
  const [first, second] = fleet.clusters.map((cluster, index) => ({
    name: ['alpha', 'beta'][index] ?? cluster.name,
    kubeconfig: cluster.kubeconfig,
    request: cluster.request,
    cut: cluster.stopApiServer,
    restore: cluster.startApiServer,
  }));
  if (first === undefined || second === undefined) throw new Error('the testbed gave fewer than two clusters');
  return {
    kind: 'real control planes',
    clusters: [first, second],
    start: () => startPortal({ args: ['--no-demo'], env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: allow } }),
    stop: fleet.stop,
  };
}

/** What `npm start` shows a stranger: the simulated clusters, registered already. */
export function demoStage(): Stage {
  let dataDir = '';
  const kubeSystem = '/api/v1/namespaces/kube-system';
  const cluster = (name: string): StageCluster => {
    const request: StageCluster['request'] = async (method, path_, body) =>
      (await openCluster(path.join(dataDir, 'demo', `${name}.kubeconfig`))).request(method, path_, body);
    const setOutage = async (value: string | null) => {
      await request('PATCH', kubeSystem, { metadata: { annotations: { [outageAnnotation]: value } } });
    };
    return { name, request, cut: () => setOutage('yes'), restore: () => setOutage(null) };
  };
  return {
    kind: 'the demo fleet',
    clusters: [cluster('bj-1'), cluster('nb-1')],
    async start() {
      const portal = await startPortal();
      dataDir = portal.dataDir;
      return portal;
    },
    stop: async () => {},
  };
}

type Kubeconfig = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
};

async function openCluster(file: string) {
  const { clusters, users } = JSON.parse(await readFile(file, 'utf8')) as Kubeconfig;
  const { server = '', 'certificate-authority-data': ca = '' } = clusters[0]?.cluster ?? {};
  const caPem = Buffer.from(ca, 'base64').toString();
  return createClusterClient({ server, caPem, adminToken: users[0]?.user.token ?? '' });
}
