import { templateRequests } from '../projection/requests.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, integerOf, type Json, objectOf, objectsOf, textOf, textOrNothing } from '../projection/values.ts';
import { imagesOf, workloadFacts } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

export const statefulsetKind: WatchedKind = {
  group: 'apps',
  version: 'v1',
  resource: 'statefulsets',
  kind: 'StatefulSet',
  namespaced: true,
  rank: 21,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const desired = integerOf(spec.replicas) ?? 1;
    const ready = integerOf(status.readyReplicas) ?? 0;
    const strategy = objectOf(spec.updateStrategy);
    return {
      health: healthOf(object, desired, ready),
      statusText: `${ready}/${desired}`,
      ready,
      desired,
      ...templateRequests(spec, desired),
      facts: facts({
        ...workloadFacts(object),
        strategy: textOrNothing(strategy.type, 32),
        partition: integerOf(objectOf(strategy.rollingUpdate).partition),
        updated: integerOf(status.updatedReplicas),
        available: integerOf(status.availableReplicas),
        currentRevision: textOrNothing(status.currentRevision),
        updateRevision: textOrNothing(status.updateRevision),
        service: textOrNothing(spec.serviceName),
        claimTemplates: objectsOf(spec.volumeClaimTemplates, 10).map(({ metadata }) => textOf(objectOf(metadata).name)),
      }),
      words: imagesOf(spec),
    };
  },
};

function healthOf(object: Json, desired: number, ready: number): HealthLevel {
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  const generation = integerOf(objectOf(object.metadata).generation) ?? 0;
  if ((integerOf(status.observedGeneration) ?? 0) < generation) return 'updating';
  const strategy = objectOf(spec.updateStrategy);
  // Pods below the partition keep the old revision on purpose; with OnDelete all of them do.
  const partition = integerOf(objectOf(strategy.rollingUpdate).partition) ?? 0;
  const isRolling = strategy.type !== 'OnDelete' && status.updateRevision !== status.currentRevision;
  const updated = integerOf(status.updatedReplicas) ?? 0;
  if (isRolling && updated < Math.max(0, desired - partition)) return 'updating';
  if ((integerOf(status.replicas) ?? 0) !== desired) return 'updating';
  return ready < desired ? 'degraded' : 'healthy';
}
