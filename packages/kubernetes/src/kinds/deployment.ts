import { conditionNamed, conditionsOf } from '../projection/conditions.ts';
import { templateRequests } from '../projection/requests.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, integerOf, type Json, objectOf, textOrNothing } from '../projection/values.ts';
import { imagesOf, workloadFacts } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

export const deploymentKind: WatchedKind = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  rank: 20,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const desired = integerOf(spec.replicas) ?? 1;
    const ready = integerOf(status.readyReplicas) ?? 0;
    return {
      health: healthOf(object, desired),
      statusText: `${ready}/${desired}`,
      ready,
      desired,
      ...templateRequests(spec, desired),
      facts: facts({
        ...workloadFacts(object),
        strategy: textOrNothing(objectOf(spec.strategy).type, 32),
        updated: integerOf(status.updatedReplicas),
        available: integerOf(status.availableReplicas),
        unavailable: integerOf(status.unavailableReplicas),
      }),
      words: imagesOf(spec),
    };
  },
};

function healthOf(object: Json, desired: number): HealthLevel {
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  const conditions = conditionsOf(status);
  if (conditionNamed(conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded') return 'failed';
  if (conditionNamed(conditions, 'ReplicaFailure')?.status === 'True') return 'failed';
  const generation = integerOf(objectOf(object.metadata).generation) ?? 0;
  if ((integerOf(status.observedGeneration) ?? 0) < generation) return 'updating';
  if (spec.paused === true) return 'waiting';
  const total = integerOf(status.replicas) ?? 0;
  const updated = integerOf(status.updatedReplicas) ?? 0;
  if (updated < desired || total > updated) return 'updating';
  return (integerOf(status.availableReplicas) ?? 0) < desired ? 'degraded' : 'healthy';
}
