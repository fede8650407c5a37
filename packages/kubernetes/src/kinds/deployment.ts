import type { KindFacts, KubeObject, ObjectHealth, WatchedKind } from './kind.ts';
import { at, condition, int, list, text } from './read.ts';

function healthOf(deployment: KubeObject, desired: number, ready: number): ObjectHealth {
  const progressing = condition(deployment, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') return 'failed';
  if (condition(deployment, 'ReplicaFailure')?.status === 'True') return 'failed';
  const generation = int(at(deployment, 'metadata', 'generation')) ?? 0;
  const observed = int(at(deployment, 'status', 'observedGeneration')) ?? 0;
  const updated = int(at(deployment, 'status', 'updatedReplicas')) ?? 0;
  const total = int(at(deployment, 'status', 'replicas')) ?? 0;
  if (observed < generation || updated < desired || total > updated) return 'updating';
  if (ready >= desired) return 'healthy';
  return progressing?.reason === 'NewReplicaSetAvailable' ? 'degraded' : 'updating';
}

function describe(deployment: KubeObject): KindFacts {
  const desired = int(at(deployment, 'spec', 'replicas')) ?? 1;
  const ready = int(at(deployment, 'status', 'readyReplicas')) ?? 0;
  const health = healthOf(deployment, desired, ready);
  const images = list(at(deployment, 'spec', 'template', 'spec', 'containers')).flatMap(
    (container) => text(at(container, 'image')) ?? [],
  );
  const trouble = [condition(deployment, 'ReplicaFailure'), condition(deployment, 'Progressing')].find(
    (entry) => entry?.reason === 'FailedCreate' || entry?.reason === 'ProgressDeadlineExceeded',
  );
  return {
    health,
    statusText: `${ready}/${desired}`,
    ready,
    desired,
    facts: {
      images,
      updated: int(at(deployment, 'status', 'updatedReplicas')) ?? 0,
      available: int(at(deployment, 'status', 'availableReplicas')) ?? 0,
      strategy: text(at(deployment, 'spec', 'strategy', 'type')),
      ...(trouble?.message === undefined ? {} : { message: trouble.message }),
    },
    words: images,
  };
}

export const deploymentKind: WatchedKind = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  describe,
};
