import type { KindFacts, KubeObject, WatchedKind } from './kind.ts';
import { at, condition, labelsOf, list, quantity, text } from './read.ts';

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'] as const;

function describe(node: KubeObject): KindFacts {
  const ready = condition(node, 'Ready')?.status;
  const pressure = pressures.filter((type) => condition(node, type)?.status === 'True');
  const cordoned = at(node, 'spec', 'unschedulable') === true;
  const words = [
    ready === 'True' ? 'Ready' : ready === 'Unknown' ? 'Unknown' : 'NotReady',
    ...pressure,
    ...(cordoned ? ['SchedulingDisabled'] : []),
  ];
  const labels = labelsOf(at(node, 'metadata', 'labels'));
  const roles = Object.keys(labels)
    .filter((key) => key.startsWith('node-role.kubernetes.io/'))
    .map((key) => key.slice('node-role.kubernetes.io/'.length));
  const cpu = quantity(at(node, 'status', 'allocatable', 'cpu'));
  const memory = quantity(at(node, 'status', 'allocatable', 'memory'));
  return {
    health: ready !== 'True' ? 'failed' : pressure.length > 0 || cordoned ? 'degraded' : 'healthy',
    statusText: words.join(','),
    cpuMilli: cpu === undefined ? undefined : Math.round(cpu * 1000),
    memoryBytes: memory === undefined ? undefined : Math.round(memory),
    facts: {
      roles,
      version: text(at(node, 'status', 'nodeInfo', 'kubeletVersion')),
      os: text(at(node, 'status', 'nodeInfo', 'osImage')),
      pods: quantity(at(node, 'status', 'allocatable', 'pods')),
      zone: labels['topology.kubernetes.io/zone'],
      taints: list(at(node, 'spec', 'taints'))
        .slice(0, 20)
        .map(
          (taint) =>
            `${text(at(taint, 'key')) ?? ''}=${text(at(taint, 'value')) ?? ''}:${text(at(taint, 'effect')) ?? ''}`,
        ),
      cordoned,
    },
  };
}

export const nodeKind: WatchedKind = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  describe,
};
