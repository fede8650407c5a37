import { conditionNamed, conditionsOf } from '../projection/conditions.ts';
import { cpuMilli, memoryBytes } from '../projection/quantity.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, type Json, objectOf, objectsOf, textOf, textOrNothing } from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

export const nodeKind = {
  group: '',
  version: 'v1',
  resource: 'nodes',
  kind: 'Node',
  namespaced: false,
  rank: 10,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const info = objectOf(status.nodeInfo);
    const labels = objectOf(objectOf(object.metadata).labels);
    const allocatable = objectOf(status.allocatable);
    const conditions = conditionsOf(status);
    const ready = conditionNamed(conditions, 'Ready');
    const cordoned = spec.unschedulable === true;
    const pressure = conditions.filter(({ type, status: value }) => pressures.includes(type) && value === 'True');
    const base = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
    const addresses = addressesOf(status);
    return {
      health: healthOf(base, pressure.length > 0, cordoned),
      statusText: [base, ...(cordoned ? ['SchedulingDisabled'] : [])].join(','),
      cpuMilli: cpuMilli(allocatable.cpu),
      memoryBytes: memoryBytes(allocatable.memory),
      facts: facts({
        conditions,
        pressure: pressure.map(({ type }) => type),
        taints: objectsOf(spec.taints, 50).map((taint) =>
          facts({ key: textOf(taint.key, 317), value: textOf(taint.value, 63), effect: textOf(taint.effect, 32) }),
        ),
        capacity: amounts(objectOf(status.capacity)),
        allocatable: amounts(allocatable),
        kubeletVersion: textOrNothing(info.kubeletVersion, 64),
        runtime: textOrNothing(info.containerRuntimeVersion, 64),
        os: textOrNothing(info.osImage, 128),
        kernel: textOrNothing(info.kernelVersion, 128),
        architecture: textOrNothing(info.architecture, 32),
        zone: textOrNothing(labels['topology.kubernetes.io/zone'], 63),
        region: textOrNothing(labels['topology.kubernetes.io/region'], 63),
        roles: rolesOf(labels),
        addresses,
        cordoned: cordoned || undefined,
      }),
      words: addresses,
    };
  },
} satisfies WatchedKind;

function healthOf(base: string, underPressure: boolean, cordoned: boolean): HealthLevel {
  if (base === 'Unknown') return 'unknown';
  if (base === 'NotReady') return 'failed';
  if (underPressure) return 'degraded';
  return cordoned ? 'waiting' : 'healthy';
}

function amounts(resources: Json): Record<string, unknown> {
  const pods = Number(resources.pods);
  return facts({
    cpuMilli: cpuMilli(resources.cpu),
    memoryBytes: memoryBytes(resources.memory),
    ephemeralStorageBytes: memoryBytes(resources['ephemeral-storage']),
    pods: Number.isInteger(pods) ? pods : undefined,
  });
}

function addressesOf(status: Json): string[] {
  return objectsOf(status.addresses, 10).flatMap((address) => textOrNothing(address.address) ?? []);
}

function rolesOf(labels: Json): string[] {
  const prefix = 'node-role.kubernetes.io/';
  return Object.keys(labels)
    .filter((key) => key.startsWith(prefix))
    .map((key) => textOf(key.slice(prefix.length), 63))
    .slice(0, 10);
}
