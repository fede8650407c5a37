import { conditionNamed, conditionsOf } from '../projection/conditions.ts';
import { templateRequests } from '../projection/requests.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, integerOf, type Json, objectOf } from '../projection/values.ts';
import { imagesOf, workloadFacts } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

export const replicasetKind: WatchedKind = {
  group: 'apps',
  version: 'v1',
  resource: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
  rank: 25,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const desired = integerOf(spec.replicas) ?? 1;
    const ready = integerOf(status.readyReplicas) ?? 0;
    return {
      health: healthOf(status, desired),
      statusText: `${ready}/${desired}`,
      ready,
      desired,
      ...templateRequests(spec, desired),
      facts: facts({ ...workloadFacts(object), available: integerOf(status.availableReplicas) }),
      words: imagesOf(spec),
    };
  },
};

function healthOf(status: Json, desired: number): HealthLevel {
  if (conditionNamed(conditionsOf(status), 'ReplicaFailure')?.status === 'True') return 'failed';
  if ((integerOf(status.replicas) ?? 0) !== desired) return 'updating';
  return (integerOf(status.availableReplicas) ?? 0) < desired ? 'degraded' : 'healthy';
}
