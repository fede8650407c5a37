import type { KindRegistry } from '../objects/kind-registry.ts';
import { known } from '../objects/well-known.ts';
import { version } from '../server/discovery.ts';
import type { Writes } from '../server/writes.ts';
import { addBatch, addBudgets, addIngresses, addPolicy, addScaling, addStorage, addSurroundings } from './extras.ts';
import { addQueues } from './queues.ts';
import { type DemoWorkload, workloads } from './workloads.ts';

const options = { manager: 'kubectl-client-side-apply', dryRun: false };

export type Size = {
  nodes: number;
  region: string;
  scale: number;
  /** Numbers of the node that takes no pods, and of the one short of memory. */
  cordoned?: number;
  pressured?: number;
};

/** Fills a new demo cluster with nodes, team namespaces and workloads, some of them broken on purpose. */
export function populate(writes: Writes, registry: KindRegistry, name: string, size: Size): void {
  for (let number = 1; number <= size.nodes; number += 1) {
    writes.create(
      known.nodes,
      undefined,
      nodeOf(`${name}-node-${String(number).padStart(2, '0')}`, number, size),
      options,
    );
  }
  for (const team of new Set(workloads.map((each) => each.team))) {
    const guarded = team === 'payment' ? { 'pod-security.kubernetes.io/enforce': 'baseline' } : {};
    const metadata = { name: team, labels: { 'example.com/team': team, ...guarded } };
    writes.create(known.namespaces, undefined, { metadata }, options);
  }
  const quota = { metadata: { name: 'team' }, spec: { hard: { 'requests.memory': '64Gi' } } };
  writes.create(known.quotas, 'account', quota, options);
  addStorage(writes);
  for (const workload of workloads) {
    writes.create(kinds[workload.kind ?? 'Deployment'], workload.team, bodyOf(workload, size.scale), options);
    if (workload.kind !== 'DaemonSet') writes.create(known.services, workload.team, serviceOf(workload), options);
  }
  addBatch(writes);
  addScaling(writes);
  addBudgets(writes);
  addIngresses(writes);
  addSurroundings(writes);
  addPolicy(writes);
  addQueues(writes, registry);
}

const kinds = { Deployment: known.deployments, StatefulSet: known.statefulSets, DaemonSet: known.daemonSets };

/** The last two nodes have GPUs and are kept for who tolerates them. */
function nodeOf(name: string, number: number, { nodes, region, cordoned, pressured }: Size) {
  const capacity = { cpu: '32', memory: '128Gi', pods: '110', 'ephemeral-storage': '500Gi' };
  const hasGpu = number > nodes - 2;
  const taint = (key: string, value?: string) => ({
    key,
    ...(value === undefined ? {} : { value }),
    effect: 'NoSchedule',
  });
  const taints = [
    ...(hasGpu ? [taint('example.com/gpu', 'true')] : []),
    ...(number === cordoned ? [taint('node.kubernetes.io/unschedulable')] : []),
    ...(number === pressured ? [taint('node.kubernetes.io/memory-pressure')] : []),
  ];
  const zone = `${region}-${'abc'[number % 3]}`;
  return {
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': zone,
        ...(hasGpu ? { 'example.com/gpu': 'true' } : {}),
      },
    },
    spec: { ...(number === cordoned ? { unschedulable: true } : {}), ...(taints.length === 0 ? {} : { taints }) },
    status: {
      capacity,
      allocatable: { ...capacity, cpu: '31500m', memory: '124Gi' },
      addresses: [
        { type: 'InternalIP', address: `10.10.0.${number}` },
        { type: 'Hostname', address: name },
      ],
      ...(number === pressured ? { conditions: [underPressure()] } : {}),
      nodeInfo: {
        kubeletVersion: version.gitVersion,
        osImage: 'Debian GNU/Linux 13 (trixie)',
        kernelVersion: '6.12.48',
        containerRuntimeVersion: 'containerd://2.2.0',
        architecture: 'amd64',
        operatingSystem: 'linux',
      },
    },
  };
}

function underPressure() {
  const now = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  const [type, reason, message] = [
    'MemoryPressure',
    'KubeletHasInsufficientMemory',
    'kubelet has insufficient memory available',
  ];
  return { type, status: 'True', reason, message, lastHeartbeatTime: now, lastTransitionTime: now };
}

function bodyOf(workload: DemoWorkload, scale: number) {
  const { team, name, image, share, cpu = '250m', memory = '256Mi', annotations, deadlineSeconds } = workload;
  const labels = { app: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': team };
  const container = {
    name: 'app',
    image,
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu, memory }, limits: { memory } },
    ...workload.container,
  };
  return {
    metadata: { name, labels },
    spec: {
      ...(workload.kind === 'DaemonSet' ? {} : { replicas: Math.max(1, Math.round(share * scale)) }),
      ...(workload.kind === 'StatefulSet' ? { serviceName: name, volumeClaimTemplates: [diskOf(workload)] } : {}),
      ...(deadlineSeconds === undefined ? {} : { progressDeadlineSeconds: deadlineSeconds }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
        spec: { ...workload.pod, containers: [container] },
      },
    },
  };
}

function diskOf({ disk }: DemoWorkload) {
  const resources = { requests: { storage: disk } };
  return { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources, storageClassName: 'ssd' } };
}

function serviceOf({ name }: DemoWorkload) {
  return {
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}
