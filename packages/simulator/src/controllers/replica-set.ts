import { ApiError } from '../objects/api-error.ts';
import { at, type Json, type KubeObject, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, putStatus, stamp } from './context.ts';
import { createPod, isReady, podsOf } from './owned-pods.ts';

/** A refused creation is tried again after as long as it has been refused, between these. */
const retryMs = { least: 2000, most: 300_000 };

/** Makes and removes pods until there are as many as wanted; why it cannot make one stands in its status. */
export function reconcileReplicaSet(context: Context, namespace: string, name: string): void {
  const { store, due } = context;
  const set = store.get(known.replicaSets, namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
  const wanted = Number(at(set, 'spec', 'replicas') ?? 0);
  const pods = podsOf(context, set).sort((a, b) => Number(isReady(b)) - Number(isReady(a)));
  const key = `replicaset/${namespace}/${name}`;
  let failure: Json | undefined;
  if (pods.length < wanted) failure = due.has(key) ? failureOf(set) : grow(context, set, wanted - pods.length);
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
    ...(failure === undefined ? {} : { conditions: [failure] }),
  });
  if (failure === undefined) due.cancel(key);
  else if (!due.has(key)) {
    const refusedMs = context.now().getTime() - Date.parse(String(failure.lastTransitionTime));
    const delayMs = Math.min(retryMs.most, Math.max(retryMs.least, refusedMs));
    due.at(key, delayMs, () => reconcileReplicaSet(context, namespace, name));
  }
}

/** Creates pods. The first refusal ends it; its words stay as long as it lasts, since names in it differ every time. */
function grow(context: Context, set: KubeObject, count: number): Json | undefined {
  try {
    for (let made = 0; made < count; made += 1) {
      const pod = createPod(context, set, { generateName: `${set.metadata.name}-` });
      emit(context, set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { message } = error;
    emit(context, set, 'Warning', 'FailedCreate', `Error creating: ${message}`);
    const lastTransitionTime = stamp(context);
    return (
      failureOf(set) ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime, reason: 'FailedCreate', message }
    );
  }
}

function failureOf(set: KubeObject): Json | undefined {
  return listOf(at(set, 'status', 'conditions')).find(({ type }) => type === 'ReplicaFailure');
}
