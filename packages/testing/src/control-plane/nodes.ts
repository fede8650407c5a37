import type { ClusterClient } from './cluster-client.ts';
import type { NodeOptions } from './types.ts';
import { waitFor } from './wait-for.ts';

type Node = { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } };

/** Creates nodes after those that exist, `<cluster>-node-1` onwards. */
export async function createNodes(
  { request }: ClusterClient,
  cluster: string,
  count: number,
  options: NodeOptions = {},
): Promise<string[]> {
  const { items } = await request<{ items: Node[] }>('GET', '/api/v1/nodes');
  const taken = new Set(items.map(({ metadata }) => metadata.name));
  const names: string[] = [];
  for (let number = 1; names.length < count; number++) {
    const name = `${cluster}-node-${number}`;
    if (!taken.has(name)) names.push(name);
  }
  const { gitVersion } = await request<{ gitVersion: string }>('GET', '/version');
  await Promise.all(names.map((name) => request('POST', '/api/v1/nodes', node(name, gitVersion, options))));
  return names;
}

export async function addNodes(
  client: ClusterClient,
  cluster: string,
  count: number,
  options?: NodeOptions,
): Promise<string[]> {
  const names = await createNodes(client, cluster, count, options);
  await waitFor(`nodes of ${cluster} to get Ready`, async () => {
    const { items } = await client.request<{ items: Node[] }>('GET', '/api/v1/nodes');
    const ready = new Set(items.filter(isReady).map(({ metadata }) => metadata.name));
    return names.every((name) => ready.has(name));
  });
  return names;
}

const unknownNodeInfo = {
  architecture: 'amd64',
  operatingSystem: 'linux',
  osImage: 'Testbed Linux',
  kernelVersion: '6.12.0',
  containerRuntimeVersion: 'containerd://2.1.4',
  machineID: '',
  systemUUID: '',
  bootID: '',
};

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function node(name: string, version: string, { labels, annotations, taints, capacity }: NodeOptions): unknown {
  const resources = { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi', ...capacity };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...labels,
      },
      annotations: { 'kwok.x-k8s.io/node': 'fake', ...annotations },
    },
    spec: taints ? { taints } : {},
    status: {
      capacity: resources,
      allocatable: resources,
      // KWOK keeps what stands here already; its own "kwok-…" is no version that a kubelet could have.
      nodeInfo: { ...unknownNodeInfo, kubeletVersion: version, kubeProxyVersion: version },
    },
  };
}
