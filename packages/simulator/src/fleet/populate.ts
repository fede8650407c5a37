import { type Kind, kindOf } from '../objects/kinds.ts';
import type { Writes } from '../server/writes.ts';
import { type DemoWorkload, workloads } from './workloads.ts';

const options = { manager: 'kubectl-client-side-apply', dryRun: false };
const kind = (group: string, plural: string) => kindOf(group, plural) as Kind;

export type Size = { nodes: number; region: string; scale: number; cordoned?: number };

/** Fills a new demo cluster with nodes, team namespaces and workloads. */
export function populate(writes: Writes, name: string, { nodes, region, scale, cordoned }: Size): void {
  for (let number = 1; number <= nodes; number += 1) {
    const node = nodeOf(`${name}-node-${String(number).padStart(2, '0')}`, number, region, number === cordoned);
    writes.create(kind('', 'nodes'), undefined, node, options);
  }
  for (const team of new Set(workloads.map((each) => each.team))) {
    const metadata = { name: team, labels: { 'example.com/team': team } };
    writes.create(kind('', 'namespaces'), undefined, { metadata }, options);
  }
  for (const workload of workloads) {
    writes.create(kind('apps', 'deployments'), workload.team, deploymentOf(workload, scale), options);
    writes.create(kind('', 'services'), workload.team, serviceOf(workload), options);
  }
}

function nodeOf(name: string, number: number, region: string, isCordoned: boolean) {
  const capacity = { cpu: '32', memory: '128Gi', pods: '110', 'ephemeral-storage': '500Gi' };
  const since = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: since,
    lastTransitionTime: since,
  });
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
      },
    },
    spec: isCordoned
      ? { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }
      : {},
    status: {
      capacity,
      allocatable: { ...capacity, cpu: '31500m', memory: '124Gi' },
      addresses: [
        { type: 'InternalIP', address: `10.10.0.${number}` },
        { type: 'Hostname', address: name },
      ],
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      nodeInfo: {
        kubeletVersion: 'v1.36.0',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        kernelVersion: '6.12.48',
        containerRuntimeVersion: 'containerd://2.2.0',
        architecture: 'amd64',
        operatingSystem: 'linux',
      },
    },
  };
}

function deploymentOf(
  { team, name, image, share, cpu = '250m', memory = '256Mi', trouble }: DemoWorkload,
  scale: number,
) {
  const labels = { app: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': team };
  const container = {
    name: 'app',
    image,
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu, memory }, limits: { memory: cpu === '96' ? '8Gi' : memory } },
  };
  return {
    metadata: { name, labels },
    spec: {
      replicas: Math.max(1, Math.round(share * scale)),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels, ...(trouble === undefined ? {} : { annotations: trouble }) },
        spec: { containers: [container] },
      },
    },
  };
}

function serviceOf({ name }: DemoWorkload) {
  return {
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}
