import { randomBytes } from 'node:crypto';
import { aggregateRoles } from '../access/rbac.ts';
import { usedOf } from '../admission/quota.ts';
import { kinds } from '../objects/kinds.ts';
import type { Change } from '../objects/store.ts';
import { at, type KubeObject, objectOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, manager, ownedBy, putStatus } from './context.ts';
import { reconcileDeployment } from './deployment.ts';
import { advancePod } from './kubelet.ts';
import { startNode } from './node.ts';

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
      for (const each of now) each();
    });
  }

  function reconcileOwner(object: KubeObject): void {
    const { namespace = '' } = object.metadata;
    for (const owner of object.metadata.ownerReferences ?? []) {
      if (owner.kind === 'Deployment') reconcileSoon(namespace, owner.name);
      const set = owner.kind === 'ReplicaSet' ? store.get(known.replicaSets, namespace, owner.name) : undefined;
      if (set !== undefined) reconcileOwner(set);
    }
  }

  function reconcileSoon(namespace: string, name: string): void {
    soon(`deployment/${namespace}/${name}`, () => reconcileDeployment(context, namespace, name));
  }

  function react({ type, kind, object }: Change): void {
    const { namespace = '', name, uid } = object.metadata;
    if (type === 'DELETED') collect(context, uid);
    if (kind === known.deployments && type !== 'DELETED') reconcileSoon(namespace, name);
    else if (kind === known.replicaSets || kind === known.pods) reconcileOwner(object);
    else if (kind === known.clusterRoles) soon('roles', () => aggregateRoles(store));
    else if (kind === known.secrets && type !== 'DELETED') fillTokenSecret(context, object);
    else if (kind === known.namespaces) reactToNamespace(type, object);
    if (kind === known.quotas || kind === known.pods) soon(`quota/${namespace}`, () => countQuotas(context, namespace));
    if (kind === known.nodes && type === 'ADDED')
      soon(`node/${name}`, () => {
        startNode(context, name);
        placeWaiting();
      });
    if (kind === known.pods && type === 'ADDED')
      soon(`pod/${namespace}/${name}`, () => advancePod(context, namespace, name));
  }

  /** A new node may take what no other one could. */
  function placeWaiting(): void {
    for (const pod of store.list(known.pods)) {
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
  for (const { metadata } of store.list(known.deployments)) reconcileSoon(metadata.namespace ?? '', metadata.name);
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

/** Deletes what the deleted object owned. */
function collect({ store }: Context, uid: string): void {
  for (const kind of [known.replicaSets, known.pods])
    for (const object of store.list(kind)) if (ownedBy(object, uid)) store.remove(kind, object);
}

function emptyNamespace({ store }: Context, name: string): void {
  for (const kind of kinds) {
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
