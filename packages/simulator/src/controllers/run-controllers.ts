import { randomBytes } from 'node:crypto';
import { aggregateRoles } from '../access/rbac.ts';
import { usedOf } from '../admission/quota.ts';
import { waitsForOwned } from '../objects/foreground.ts';
import type { Kind } from '../objects/kinds.ts';
import type { Change } from '../objects/store.ts';
import { at, type KubeObject, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { attempt } from './attempt.ts';
import { reconcileAutoscaler } from './autoscaler.ts';
import { budgetsOf, reconcileBudget } from './budget.ts';
import { reconcileClaim, reconcileVolume } from './claim.ts';
import { type Context, manager, ownedBy, putStatus } from './context.ts';
import { reconcileCronJob } from './cron-job.ts';
import { reconcileDaemonSet } from './daemon-set.ts';
import { establish, removeInstances } from './definition.ts';
import { reconcileDeployment } from './deployment.ts';
import { reconcileSlice, servicesOf } from './endpoint-slice.ts';
import { hasNewEphemeral, startEphemeral } from './ephemeral-containers.ts';
import { deleteOwned, waitingOwners } from './foreground.ts';
import { reconcileJob } from './job.ts';
import { advancePod } from './kubelet.ts';
import { runNode } from './node.ts';
import { claimsOf, isReady, phaseOf } from './owned-pods.ts';
import { reconcileStatefulSet } from './stateful-set.ts';

/** What is done about an object that came or changed, by its kind. */
const controllers: ReadonlyMap<Kind, (context: Context, namespace: string, name: string) => unknown> = new Map([
  [known.definitions, establish],
  [known.deployments, reconcileDeployment],
  [known.statefulSets, reconcileStatefulSet],
  [known.daemonSets, reconcileDaemonSet],
  [known.jobs, reconcileJob],
  [known.cronJobs, reconcileCronJob],
  [known.autoscalers, reconcileAutoscaler],
  [known.claims, reconcileClaim],
  [known.volumes, reconcileVolume],
  [known.services, reconcileSlice],
  [known.budgets, reconcileBudget],
]);

/** Kinds that look after what they own. */
const owners = new Map(
  [known.deployments, known.statefulSets, known.daemonSets, known.jobs, known.cronJobs].map((kind) => [
    kind.kind,
    kind,
  ]),
);

/** What Services and budgets look at in a pod. */
function seenOutside(pod: KubeObject): string {
  return JSON.stringify([isReady(pod), phaseOf(pod), at(pod, 'status', 'podIP'), pod.metadata.labels]);
}

/** Starts all controllers over what is in the store. Returns what stops them. */
export function runControllers(context: Context): () => void {
  const { store, due } = context;
  const waiting = new Set<string>();
  const work = new Map<string, () => void>();

  /** Once per turn, however many changes ask for it. */
  function soon(key: string, run: () => void): void {
    work.set(key, run);
    if (waiting.has('turn')) return;
    waiting.add('turn');
    setImmediate(() => {
      waiting.delete('turn');
      const now = [...work.values()];
      work.clear();
      for (const each of now) attempt(each);
    });
  }

  function reconcileSoon(kind: Kind, namespace: string, name: string): void {
    const reconcile = controllers.get(kind);
    if (reconcile !== undefined) soon(`${kind.plural}/${namespace}/${name}`, () => reconcile(context, namespace, name));
  }

  function reconcileOwner(object: KubeObject): void {
    const { namespace = '' } = object.metadata;
    for (const owner of object.metadata.ownerReferences ?? []) {
      const kind = owners.get(owner.kind);
      if (kind !== undefined) reconcileSoon(kind, namespace, owner.name);
      const set = owner.kind === 'ReplicaSet' ? store.get(known.replicaSets, namespace, owner.name) : undefined;
      if (set !== undefined) reconcileOwner(set);
    }
  }

  function letGo(kind: Kind, namespace: string | undefined, name: string): void {
    soon(`owned/${kind.plural}/${namespace}/${name}`, () => deleteOwned(context, kind, namespace, name));
  }

  function react(change: Change): void {
    const { type, kind, object } = change;
    const { namespace = '', name, uid } = object.metadata;
    if (type === 'DELETED') collect(context, kind, uid);
    if (type === 'DELETED')
      for (const owner of waitingOwners(context, object)) letGo(owner.kind, owner.namespace, owner.name);
    else if (waitsForOwned(object)) letGo(kind, object.metadata.namespace, name);
    if (type !== 'DELETED') reconcileSoon(kind, namespace, name);
    if (kind === known.replicaSets || kind === known.jobs) reconcileOwner(object);
    else if (kind === known.clusterRoles) soon('roles', () => aggregateRoles(store));
    else if (kind === known.secrets && type !== 'DELETED') fillTokenSecret(context, object);
    else if (kind === known.namespaces) reactToNamespace(type, object);
    else if (kind === known.definitions && type === 'DELETED') removeInstances(context, object);
    else if (kind === known.claims && type === 'DELETED')
      reconcileSoon(known.volumes, '', textOf(at(object, 'spec', 'volumeName')));
    else if (kind === known.claims && at(object, 'status', 'phase') === 'Bound') placeWaiting(namespace);
    else if (kind === known.pods) reactToPod(change);
    if (kind === known.quotas || kind === known.pods) soon(`quota/${namespace}`, () => countQuotas(context, namespace));
    if (kind === known.nodes && type === 'ADDED')
      soon(`node/${name}`, () => {
        runNode(context, name);
        placeWaiting();
        for (const { metadata } of store.list(known.daemonSets))
          reconcileSoon(known.daemonSets, metadata.namespace ?? '', metadata.name);
      });
  }

  function reactToPod({ type, object, before }: Change): void {
    const { namespace = '', name } = object.metadata;
    reconcileOwner(object);
    if (type === 'ADDED') {
      soon(`pod/${namespace}/${name}`, () => advancePod(context, namespace, name));
      for (const claim of claimsOf(object)) reconcileSoon(known.claims, namespace, claim);
    }
    if (type !== 'DELETED' && hasNewEphemeral(object))
      soon(`debug/${namespace}/${name}`, () => startEphemeral(context, namespace, name));
    const isSame = type === 'MODIFIED' && before !== undefined && seenOutside(before) === seenOutside(object);
    if (isSame) return;
    for (const service of servicesOf(context, object)) reconcileSoon(known.services, namespace, service);
    for (const budget of budgetsOf(context, object)) reconcileSoon(known.budgets, namespace, budget);
  }

  /** A new node may take what no other one could. */
  function placeWaiting(inside?: string): void {
    for (const pod of store.list(known.pods, inside)) {
      const { namespace = '', name } = pod.metadata;
      if (at(pod, 'spec', 'nodeName') !== undefined) continue;
      soon(`pod/${namespace}/${name}`, () => advancePod(context, namespace, name));
    }
  }

  function reactToNamespace(type: Change['type'], { metadata }: KubeObject): void {
    if (type === 'ADDED')
      soon(`account/${metadata.name}`, () => {
        if (store.get(known.namespaces, undefined, metadata.name) === undefined) return;
        if (store.get(known.serviceAccounts, metadata.name, 'default') === undefined)
          context.writes.create(known.serviceAccounts, metadata.name, { metadata: { name: 'default' } }, manager);
      });
    if (metadata.deletionTimestamp !== undefined && type === 'MODIFIED')
      soon(`empty/${metadata.name}`, () => emptyNamespace(context, metadata.name));
  }

  const unlisten = store.listen(react);
  aggregateRoles(store);
  forgetEvents(context);
  for (const kind of controllers.keys())
    for (const { metadata } of store.list(kind)) reconcileSoon(kind, metadata.namespace ?? '', metadata.name);
  for (const { metadata } of store.list(known.nodes))
    soon(`node/${metadata.name}`, () => runNode(context, metadata.name));
  for (const { metadata } of store.list(known.pods)) {
    const { namespace = '', name } = metadata;
    due.at(`pod/${namespace}/${name}`, 500, () => advancePod(context, namespace, name));
  }
  return () => {
    unlisten();
    work.clear();
    due.close();
  };
}

const forgetEventsMs = 600_000;
const eventLifeMs = 3_600_000;

/** Events live for an hour. */
function forgetEvents(context: Context): void {
  const { store, due } = context;
  const oldest = context.now().getTime() - eventLifeMs;
  for (const event of store.list(known.events))
    if (Date.parse(String(event.lastTimestamp)) < oldest) store.remove(known.events, event);
  due.at('events', forgetEventsMs, () => forgetEvents(context));
}

function countQuotas(context: Context, namespace: string): void {
  for (const quota of context.store.list(known.quotas, namespace)) {
    const hard = objectOf(at(quota, 'spec', 'hard'));
    putStatus(context, known.quotas, quota, { hard, used: usedOf(context.store, quota) });
  }
}

/** Deletes what the deleted object owned. Events own nothing and go by the hundred. */
function collect({ store }: Context, of: Kind, uid: string): void {
  if (of === known.events) return;
  for (const { kind, objects } of store.all()) {
    if (kind === known.events) continue;
    for (const object of objects) if (ownedBy(object, uid)) store.remove(kind, object);
  }
}

function emptyNamespace({ store, registry }: Context, name: string): void {
  for (const kind of registry.all()) {
    if (!kind.namespaced) continue;
    for (const object of store.list(kind, name))
      if (store.get(kind, name, object.metadata.name) !== undefined) store.remove(kind, object);
  }
  const namespace = store.get(known.namespaces, undefined, name);
  if (namespace !== undefined) store.remove(known.namespaces, namespace);
}

const accountAnnotation = 'kubernetes.io/service-account.name';

function fillTokenSecret({ store }: Context, secret: KubeObject): void {
  if (secret.type !== 'kubernetes.io/service-account-token' || at(secret, 'data', 'token') !== undefined) return;
  const { namespace = '', annotations = {} } = secret.metadata;
  if (store.get(known.serviceAccounts, namespace, annotations[accountAnnotation] ?? '') === undefined) return;
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const token = randomBytes(32).toString('base64url');
  store.put(known.secrets, { ...secret, data: { token: encode(token), namespace: encode(namespace) } });
}
