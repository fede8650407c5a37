import type { KindFacts, KubeObject, WatchedKind } from './kind.ts';
import { at, condition, int, list, text } from './read.ts';

function describe(replicaSet: KubeObject): KindFacts {
  const desired = int(at(replicaSet, 'spec', 'replicas')) ?? 1;
  const ready = int(at(replicaSet, 'status', 'readyReplicas')) ?? 0;
  const failure = condition(replicaSet, 'ReplicaFailure');
  const failed = failure?.status === 'True';
  return {
    health: failed ? 'failed' : ready >= desired ? 'healthy' : 'updating',
    statusText: `${ready}/${desired}`,
    ready,
    desired,
    facts: {
      images: list(at(replicaSet, 'spec', 'template', 'spec', 'containers')).flatMap(
        (container) => text(at(container, 'image')) ?? [],
      ),
      revision: text(at(replicaSet, 'metadata', 'annotations', 'deployment.kubernetes.io/revision')),
      ...(failed && failure.message !== undefined ? { message: failure.message } : {}),
    },
  };
}

export const replicaSetKind: WatchedKind = {
  group: 'apps',
  version: 'v1',
  plural: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
  describe,
};
