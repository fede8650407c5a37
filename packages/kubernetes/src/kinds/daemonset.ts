import { templateRequests } from '../projection/requests.ts';
import type { HealthLevel } from '../projection/row.ts';
import { facts, integerOf, type Json, objectOf, textOrNothing } from '../projection/values.ts';
import { imagesOf, workloadFacts } from '../projection/workload.ts';
import type { WatchedKind } from './kind.ts';

export const daemonsetKind: WatchedKind = {
  group: 'apps',
  version: 'v1',
  resource: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
  rank: 22,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const desired = integerOf(status.desiredNumberScheduled) ?? 0;
    const ready = integerOf(status.numberReady) ?? 0;
    return {
      health: healthOf(object, desired),
      statusText: `${ready}/${desired}`,
      ready,
      desired,
      ...templateRequests(spec, desired),
      facts: facts({
        ...workloadFacts(object),
        strategy: textOrNothing(objectOf(spec.updateStrategy).type, 32),
        updated: integerOf(status.updatedNumberScheduled),
        available: integerOf(status.numberAvailable),
        unavailable: integerOf(status.numberUnavailable),
        misscheduled: integerOf(status.numberMisscheduled),
      }),
      words: imagesOf(spec),
    };
  },
};

function healthOf(object: Json, desired: number): HealthLevel {
  const status = objectOf(object.status);
  const generation = integerOf(objectOf(object.metadata).generation) ?? 0;
  if ((integerOf(status.observedGeneration) ?? 0) < generation) return 'updating';
  const waitsForDelete = objectOf(objectOf(object.spec).updateStrategy).type === 'OnDelete';
  if (!waitsForDelete && (integerOf(status.updatedNumberScheduled) ?? 0) < desired) return 'updating';
  return (integerOf(status.numberAvailable) ?? 0) < desired ? 'degraded' : 'healthy';
}
