import { ApiError } from '../objects/api-error.ts';
import { at, type KubeObject, listOf, objectOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, manager, ownedBy, putStatus, stamp } from './context.ts';

const retryMs = 2000;

/** Makes and removes pods until there are as many as wanted; why it cannot make one stands in its status. */
export function reconcileReplicaSet(context: Context, namespace: string, name: string): void {
  const { store, due } = context;
  const set = store.get(known.replicaSets, namespace, name);
  if (set === undefined) return;
  const wanted = Number(at(set, 'spec', 'replicas') ?? 0);
  const pods = podsOf(context, set).sort((a, b) => Number(isReady(b)) - Number(isReady(a)));
  const refusal = pods.length < wanted ? grow(context, set, wanted - pods.length) : undefined;
  for (const pod of pods.slice(wanted)) {
    store.remove(known.pods, pod);
    emit(context, set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }
  const left = podsOf(context, set);
  const ready = left.filter(isReady).length;
  putStatus(context, known.replicaSets, set, {
    replicas: left.length,
    ...(left.length > 0 ? { fullyLabeledReplicas: left.length } : {}),
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    observedGeneration: set.metadata.generation,
    ...(refusal === undefined ? {} : { conditions: [failure(context, set, refusal)] }),
  });
  const key = `replicaset/${namespace}/${name}`;
  if (refusal === undefined) due.cancel(key);
  else due.at(key, retryMs, () => reconcileReplicaSet(context, namespace, name));
}

/** Creates pods; the first refusal ends it. */
function grow(context: Context, set: KubeObject, count: number): ApiError | undefined {
  const { namespace = '', name, uid } = set.metadata;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true, blockOwnerDeletion: true };
  const template = objectOf(at(set, 'spec', 'template'));
  const metadata = { ...objectOf(template.metadata), generateName: `${name}-`, ownerReferences: [owner] };
  try {
    for (let made = 0; made < count; made += 1) {
      const pod = context.writes.create(known.pods, namespace, { metadata, spec: template.spec }, manager);
      emit(context, set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    emit(context, set, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
    return error;
  }
  return undefined;
}

/** The first refusal's words stay as long as it lasts: names in it differ with every try. */
function failure(context: Context, set: KubeObject, { message }: ApiError) {
  const before = listOf(at(set, 'status', 'conditions')).find(({ type }) => type === 'ReplicaFailure');
  if (before !== undefined) return before;
  return {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: stamp(context),
    reason: 'FailedCreate',
    message,
  };
}

export function podsOf({ store }: Context, set: KubeObject): KubeObject[] {
  return store.list(known.pods, set.metadata.namespace).filter((pod) => ownedBy(pod, set.metadata.uid));
}

export function isReady(pod: KubeObject): boolean {
  return listOf(at(pod, 'status', 'conditions')).some(({ type, status }) => type === 'Ready' && status === 'True');
}
