import { templateHash } from '../objects/safe-name.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, keepTime, manager, ownedBy, ownerOf, putStatus, stamp } from './context.ts';
import { isReady, podsOf } from './owned-pods.ts';
import { reconcileReplicaSet } from './replica-set.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const hashLabel = 'pod-template-hash';

/** Brings ReplicaSets and pods of one Deployment a step closer to its spec. */
export function reconcileDeployment(context: Context, namespace: string, name: string): void {
  const { store } = context;
  let deployment = store.get(known.deployments, namespace, name);
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
  if (at(deployment, 'spec', 'paused') === true) {
    reconcilePaused(context, deployment);
    return;
  }
  const current = currentReplicaSet(context, deployment);
  deployment = withRevision(context, deployment, current);
  const uid = deployment.metadata.uid;
  const sets = store.list(known.replicaSets, namespace).filter((set) => ownedBy(set, uid));
  const newest = sets.find((set) => set.metadata.uid === current.metadata.uid) ?? current;
  const old = sets.filter((set) => set !== newest);
  scale(context, deployment, newest, old);
  for (const set of [newest, ...old]) reconcileReplicaSet(context, namespace, set.metadata.name);
  updateStatus(context, namespace, name, newest.metadata.uid);
}

/** While a rollout is paused no ReplicaSet is made and none gives way to another; only the number of pods follows. */
function reconcilePaused(context: Context, deployment: KubeObject): void {
  const { store } = context;
  const { namespace = '', name, uid } = deployment.metadata;
  const sets = store.list(known.replicaSets, namespace).filter((set) => ownedBy(set, uid));
  const sizeOf = (set: KubeObject) => Number(at(set, 'spec', 'replicas') ?? 0);
  const missing = Number(at(deployment, 'spec', 'replicas') ?? 1) - sets.reduce((sum, set) => sum + sizeOf(set), 0);
  const largest = sets.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0];
  if (largest !== undefined) setReplicas(context, deployment, largest, Math.max(0, sizeOf(largest) + missing));
  for (const set of sets) reconcileReplicaSet(context, namespace, set.metadata.name);
  const hash = templateHash(objectOf(at(deployment, 'spec', 'template')));
  const newest = sets.find((set) => set.metadata.name === `${name}-${hash}`);
  updateStatus(context, namespace, name, newest?.metadata.uid ?? '');
}

function currentReplicaSet(context: Context, deployment: KubeObject): KubeObject {
  const { store, writes } = context;
  const { namespace = '', name } = deployment.metadata;
  const template = objectOf(at(deployment, 'spec', 'template'));
  const hash = templateHash(template);
  const found = store.get(known.replicaSets, namespace, `${name}-${hash}`);
  if (found !== undefined) return found;
  const labels = { ...objectOf(at(template, 'metadata', 'labels')), [hashLabel]: hash };
  return writes.create(
    known.replicaSets,
    namespace,
    {
      metadata: { name: `${name}-${hash}`, labels, ownerReferences: [ownerOf(deployment)] },
      spec: {
        replicas: 0,
        selector: {
          matchLabels: { ...objectOf(at(deployment, 'spec', 'selector', 'matchLabels')), [hashLabel]: hash },
        },
        template: { ...template, metadata: { ...objectOf(template.metadata), labels } },
      },
      status: { replicas: 0 },
    },
    manager,
  );
}

function withRevision(context: Context, deployment: KubeObject, current: KubeObject): KubeObject {
  const { store } = context;
  const { namespace, uid } = deployment.metadata;
  const revisionOf = (object: KubeObject) => Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);
  const others = store
    .list(known.replicaSets, namespace)
    .filter((set) => ownedBy(set, uid) && set.metadata.uid !== current.metadata.uid);
  const highest = Math.max(0, ...others.map(revisionOf));
  const revision = revisionOf(current) > highest ? revisionOf(current) : highest + 1;
  const annotated = (object: KubeObject) => ({
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...object.metadata.annotations, [revisionAnnotation]: String(revision) },
    },
  });
  if (revisionOf(current) !== revision) store.put(known.replicaSets, annotated(current));
  return revisionOf(deployment) === revision ? deployment : store.put(known.deployments, annotated(deployment));
}

function scale(context: Context, deployment: KubeObject, newest: KubeObject, old: readonly KubeObject[]): void {
  const desired = Number(at(deployment, 'spec', 'replicas') ?? 1);
  const rolling = objectOf(at(deployment, 'spec', 'strategy', 'rollingUpdate'));
  const surge = share(rolling.maxSurge, desired, Math.ceil);
  const unavailable = share(rolling.maxUnavailable, desired, Math.floor);
  const readyOf = (set: KubeObject) => podsOf(context, set).filter(isReady).length;
  const sizeOf = (set: KubeObject) => Number(at(set, 'spec', 'replicas') ?? 0);
  const oldTotal = old.reduce((sum, set) => sum + sizeOf(set), 0);
  const grown = Math.max(Math.min(desired, desired + surge - oldTotal), Math.min(sizeOf(newest), desired));
  setReplicas(context, deployment, newest, grown);
  const ready = [newest, ...old].reduce((sum, set) => sum + readyOf(set), 0);
  let spare = Math.max(0, ready - Math.max(0, desired - Math.max(unavailable, surge === 0 ? 1 : 0)));
  for (const set of old) {
    // Pods that are not ready serve nobody: they go first and cost no availability.
    const dead = sizeOf(set) - readyOf(set);
    const go = Math.min(sizeOf(set) - dead, spare);
    spare -= go;
    setReplicas(context, deployment, set, sizeOf(set) - dead - go);
  }
}

function setReplicas(context: Context, deployment: KubeObject, set: KubeObject, replicas: number): void {
  const { store } = context;
  const fresh = store.get(known.replicaSets, set.metadata.namespace, set.metadata.name);
  const before = Number(at(fresh, 'spec', 'replicas') ?? 0);
  if (fresh === undefined || before === replicas) return;
  const generation = (fresh.metadata.generation ?? 1) + 1;
  store.put(known.replicaSets, {
    ...fresh,
    metadata: { ...fresh.metadata, generation },
    spec: { ...fresh.spec, replicas },
  });
  const way = replicas > before ? 'up' : 'down';
  const message = `Scaled ${way} replica set ${set.metadata.name} from ${before} to ${replicas}`;
  emit(context, deployment, 'Normal', 'ScalingReplicaSet', message);
}

function updateStatus(context: Context, namespace: string, name: string, newestUid: string): void {
  const { store } = context;
  const deployment = store.get(known.deployments, namespace, name);
  if (deployment === undefined) return;
  const sets = store.list(known.replicaSets, namespace).filter((set) => ownedBy(set, deployment.metadata.uid));
  const pods = sets.flatMap((set) => podsOf(context, set));
  const updated = pods.filter((pod) => ownedBy(pod, newestUid)).length;
  const ready = pods.filter(isReady).length;
  const desired = Number(at(deployment, 'spec', 'replicas') ?? 1);
  const unavailable = Math.max(0, desired - ready);
  const done = updated === desired && pods.length === desired && ready === desired;
  const newestSet = sets.find((set) => set.metadata.uid === newestUid);
  const newest = newestSet?.metadata.name ?? '';
  const failure = listOf(at(newestSet, 'status', 'conditions')).find(({ type }) => type === 'ReplicaFailure');
  const available =
    ready >=
    desired - share(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), desired, Math.floor);
  putStatus(context, known.deployments, deployment, {
    observedGeneration: deployment.metadata.generation,
    replicas: pods.length,
    updatedReplicas: updated,
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
    conditions: [
      withUpdate(
        context,
        deployment,
        available
          ? {
              type: 'Available',
              status: 'True',
              reason: 'MinimumReplicasAvailable',
              message: 'Deployment has minimum availability.',
            }
          : {
              type: 'Available',
              status: 'False',
              reason: 'MinimumReplicasUnavailable',
              message: 'Deployment does not have minimum availability.',
            },
      ),
      progress(context, deployment, newest, done),
      ...(failure === undefined ? [] : [withUpdate(context, deployment, failure)]),
    ],
  });
}

/** Also plans the moment at which a rollout that stands still is given up. */
function progress(context: Context, deployment: KubeObject, newest: string, done: boolean): Json {
  const { namespace = '', name } = deployment.metadata;
  const key = `deadline/${namespace}/${name}`;
  const condition = { type: 'Progressing', status: 'True' };
  if (done) {
    context.due.cancel(key);
    return withUpdate(context, deployment, {
      ...condition,
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${newest}" has successfully progressed.`,
    });
  }
  const going = withUpdate(context, deployment, {
    ...condition,
    reason: 'ReplicaSetUpdated',
    message: `ReplicaSet "${newest}" is progressing.`,
  });
  const deadline = Number(at(deployment, 'spec', 'progressDeadlineSeconds') ?? 600) * 1000;
  const previous = listOf(at(deployment, 'status', 'conditions')).find(({ type }) => type === 'Progressing');
  const isOver = previous?.message === `ReplicaSet "${newest}" has timed out progressing.`;
  const since = Date.parse(textOf(previous?.lastUpdateTime));
  const isLate = previous?.message === going.message && context.now().getTime() - since >= deadline;
  if (isOver || isLate)
    return withUpdate(context, deployment, {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${newest}" has timed out progressing.`,
    });
  context.due.at(key, deadline + 1000, () => reconcileDeployment(context, namespace, name));
  return going;
}

/** Conditions of a Deployment also tell when their words changed. */
function withUpdate(context: Context, object: KubeObject, condition: Json): Json {
  const before = listOf(at(object, 'status', 'conditions')).find(({ type }) => type === condition.type);
  const lastUpdateTime = before?.message === condition.message ? before?.lastUpdateTime : stamp(context);
  const { lastTransitionTime, ...rest } = keepTime(context, object, condition);
  return { ...rest, lastUpdateTime, lastTransitionTime };
}

/** A number, or a percentage `of` another. */
export function share(value: unknown, of: number, round: (value: number) => number): number {
  const text = String(value ?? 0);
  return text.endsWith('%') ? round((Number.parseInt(text, 10) * of) / 100) : Number(text);
}
