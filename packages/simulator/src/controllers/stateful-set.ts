import { ApiError } from '../objects/api-error.ts';
import { templateHash } from '../objects/safe-name.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, manager, putStatus } from './context.ts';
import { createPod, isReady, podsOf } from './owned-pods.ts';
import { keepRevision } from './revisions.ts';

const hashLabel = 'controller-revision-hash';
const retryMs = 10_000;

/** Brings the pods of a StatefulSet a step closer to its spec: in order, one at a time, each with its claims. */
export function reconcileStatefulSet(context: Context, namespace: string, name: string): void {
  const set = context.store.get(known.statefulSets, namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(at(set, 'spec', 'template'));
  const revision = `${name}-${hash}`;
  const inUse = new Set(podsOf(context, set).map((pod) => revisionOf(pod) ?? ''));
  keepRevision(context, set, { name: revision, label: { 'controller.kubernetes.io/hash': hash }, inUse });
  const replicas = Number(at(set, 'spec', 'replicas') ?? 1);
  step(context, set, replicas, revision);

  const pods = podsOf(context, set);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => revisionOf(pod) === revision).length;
  const former = textOf(at(set, 'status', 'currentRevision')) || revision;
  const isDone = updated === replicas && ready === replicas && pods.length === replicas;
  const currentRevision = isDone ? revision : former;
  putStatus(context, known.statefulSets, set, {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    currentReplicas: pods.filter((pod) => revisionOf(pod) === currentRevision).length,
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    currentRevision,
    updateRevision: revision,
    collisionCount: 0,
    availableReplicas: ready,
  });
}

/** Makes or takes away one pod, where the one before it is ready. */
function step(context: Context, set: KubeObject, replicas: number, revision: string): void {
  const { store } = context;
  const pods = new Map(podsOf(context, set).map((pod) => [pod.metadata.name, pod]));
  const isParallel = at(set, 'spec', 'podManagementPolicy') === 'Parallel';
  const nameOf = (ordinal: number) => `${set.metadata.name}-${ordinal}`;
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = pods.get(nameOf(ordinal));
    if (pod === undefined && !make(context, set, ordinal, revision)) return;
    if (!isParallel && (pod === undefined || !isReady(pod))) {
      // A pod that will never be ready may still be replaced by a newer one.
      if (pod === undefined || revisionOf(pod) === revision) return;
      break;
    }
  }
  const highest = [...pods.keys()].map((name) => Number(name.slice(set.metadata.name.length + 1)));
  const surplus = highest.filter((ordinal) => ordinal >= replicas).sort((a, b) => b - a);
  const old = highest
    .filter((ordinal) => ordinal < replicas && ordinal >= partitionOf(set))
    .filter((ordinal) => revisionOf(pods.get(nameOf(ordinal))) !== revision)
    .sort((a, b) => b - a);
  const [next] = surplus.length > 0 ? surplus : at(set, 'spec', 'updateStrategy', 'type') === 'OnDelete' ? [] : old;
  const pod = next === undefined ? undefined : pods.get(nameOf(next));
  if (pod === undefined) return;
  store.remove(known.pods, pod);
  const words = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  emit(context, set, 'Normal', 'SuccessfulDelete', words);
}

function partitionOf(set: KubeObject): number {
  return Number(at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0);
}

function revisionOf(pod: KubeObject | undefined): string | undefined {
  return pod?.metadata.labels?.[hashLabel];
}

function make(context: Context, set: KubeObject, ordinal: number, revision: string): boolean {
  const { namespace = '', name: owner } = set.metadata;
  const name = `${owner}-${ordinal}`;
  try {
    const claims = listOf(at(set, 'spec', 'volumeClaimTemplates')).map((template) =>
      claimOf(context, set, template, name),
    );
    const labels = {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [hashLabel]: revision,
    };
    createPod(context, set, { name, labels }, (spec) => ({
      ...spec,
      hostname: name,
      subdomain: at(set, 'spec', 'serviceName') ?? '',
      ...(claims.length === 0 ? {} : { volumes: [...listOf(spec.volumes), ...claims] }),
    }));
    emit(context, set, 'Normal', 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${owner} successful`);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const words = `create Pod ${name} in StatefulSet ${owner} failed error: ${error.message}`;
    emit(context, set, 'Warning', 'FailedCreate', words);
    context.due.at(`statefulset/${namespace}/${owner}`, retryMs, () => reconcileStatefulSet(context, namespace, owner));
    return false;
  }
}

/** The claim of one pod, made when it is not there yet: it outlives the pod. */
function claimOf(context: Context, set: KubeObject, template: Json, pod: string): Json {
  const { namespace, name: owner } = set.metadata;
  const volume = textOf(at(template, 'metadata', 'name'));
  const claimName = `${volume}-${pod}`;
  if (context.store.get(known.claims, namespace, claimName) === undefined) {
    const labels = objectOf(at(set, 'spec', 'selector', 'matchLabels'));
    const metadata = { ...objectOf(template.metadata), name: claimName, labels };
    context.writes.create(known.claims, namespace, { metadata, spec: template.spec }, manager);
    const words = `create Claim ${claimName} Pod ${pod} in StatefulSet ${owner} success`;
    emit(context, set, 'Normal', 'SuccessfulCreate', words);
  }
  return { name: volume, persistentVolumeClaim: { claimName } };
}
