import type { KindRegistry } from '../objects/kind-registry.ts';
import type { Kind } from '../objects/kinds.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, type Metadata } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import type { Writes } from '../server/writes.ts';
import type { Due } from './due.ts';

export type Context = { store: ObjectStore; writes: Writes; due: Due; now: () => Date; registry: KindRegistry };

export const manager = { manager: 'kube-controller-manager', dryRun: false };

export function stamp({ now }: Pick<Context, 'now'>): string {
  return `${now().toISOString().slice(0, 19)}Z`;
}

export function ownedBy(object: KubeObject, uid: string): boolean {
  return (object.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}

/** Puts a changed status; nothing when it is the same. */
export function putStatus(context: Context, kind: Kind, object: KubeObject, status: KubeObject['status']): KubeObject {
  if (JSON.stringify(object.status) === JSON.stringify(status)) return object;
  return context.store.put(kind, { ...object, ...(status === undefined ? {} : { status }) });
}

/** The reference by which a controller's object says whose it is. */
export function ownerOf({ apiVersion, kind, metadata: { name, uid } }: KubeObject) {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** A condition that keeps its time while its status is the same. */
export function keepTime(context: Context, object: KubeObject, condition: Json): Json {
  const before = listOf(at(object, 'status', 'conditions')).find(({ type }) => type === condition.type);
  return {
    ...condition,
    lastTransitionTime: before?.status === condition.status ? before?.lastTransitionTime : stamp(context),
  };
}

type About = { kind: string; apiVersion: string; metadata: Metadata };

/** An event; the same one again counts up. @returns how often it happened */
export function emit(
  context: Context,
  about: About,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): number {
  const { store, writes } = context;
  const namespace = about.metadata.namespace ?? 'default';
  let sum = 0;
  for (const character of `${reason}${message}`) sum = (Math.imul(sum, 31) + character.charCodeAt(0)) >>> 0;
  const name = `${about.metadata.name}.${about.metadata.uid.slice(0, 8)}${sum.toString(16)}`;
  const at = stamp(context);
  const before = store.get(known.events, namespace, name);
  if (before !== undefined) {
    const count = Number(before.count ?? 1) + 1;
    store.put(known.events, { ...before, count, lastTimestamp: at });
    return count;
  }
  const { uid, resourceVersion } = about.metadata;
  const component = componentOf(about.kind, reason);
  writes.create(
    known.events,
    namespace,
    {
      metadata: { name },
      involvedObject: {
        kind: about.kind,
        apiVersion: about.apiVersion,
        namespace,
        name: about.metadata.name,
        uid,
        resourceVersion,
      },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
    },
    manager,
  );
  return 1;
}

const controllers: Readonly<Record<string, string>> = {
  Deployment: 'deployment-controller',
  ReplicaSet: 'replicaset-controller',
  StatefulSet: 'statefulset-controller',
  DaemonSet: 'daemonset-controller',
  Job: 'job-controller',
  CronJob: 'cronjob-controller',
  HorizontalPodAutoscaler: 'horizontal-pod-autoscaler',
  PersistentVolumeClaim: 'persistentvolume-controller',
};

function componentOf(kind: string, reason: string): string {
  const controller = controllers[kind];
  if (controller !== undefined) return controller;
  return reason === 'Scheduled' || reason === 'FailedScheduling' ? 'default-scheduler' : 'kubelet';
}
