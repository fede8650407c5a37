import { forbiddenObject } from '../objects/api-error.ts';
import { qosOf } from '../objects/defaults.ts';
import { type Kind, kindOf } from '../objects/kinds.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type KubeObject, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { limitViolation, withLimitDefaults } from './limit-range.ts';
import { podSecurityViolation } from './pod-security.ts';
import { quotaViolation } from './quota.ts';

/** What plugins add to a new object: limits of its namespace, the worth of its priority. @throws ApiError 403 */
export function admitted(store: ObjectStore, kind: Kind, object: KubeObject): KubeObject {
  if (kind !== known.pods) return object;
  const limited = withLimitDefaults(store, withPriority(store, object));
  return { ...limited, status: { ...limited.status, qosClass: qosOf(limited.spec ?? {}) } };
}

/**
 * What stands between a valid new object and the store: the pod's account, limits, PodSecurity, quota.
 * @throws ApiError 403 in the words of the plugin that refuses
 */
export function admitNew(store: ObjectStore, kind: Kind, object: KubeObject): void {
  const { name, generateName, namespace = '' } = object.metadata;
  if (kind === known.claims) {
    const why = limitViolation(store, object);
    if (why !== undefined) throw forbiddenObject(kind, name, why);
  }
  if (kind !== known.pods) return;
  const account = textOf(at(object, 'spec', 'serviceAccountName'));
  // This plugin runs before the name is made.
  if (store.get(known.serviceAccounts, namespace, account) === undefined)
    throw forbiddenObject(
      kind,
      generateName ?? name,
      `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
    );
  const why =
    limitViolation(store, object) ??
    podSecurityViolation(store.get(known.namespaces, undefined, namespace), object) ??
    quotaViolation(store, object);
  if (why !== undefined) throw forbiddenObject(kind, name, why);
}

const classes = kindOf('scheduling.k8s.io', 'priorityclasses') as Kind;

function withPriority(store: ObjectStore, pod: KubeObject): KubeObject {
  const name = textOf(at(pod, 'spec', 'priorityClassName'));
  const found =
    name === ''
      ? store.find(classes, ({ globalDefault }) => globalDefault === true)
      : store.get(classes, undefined, name);
  const { metadata } = pod;
  if (found === undefined && name !== '')
    throw forbiddenObject(
      known.pods,
      metadata.generateName ?? metadata.name,
      `no PriorityClass with name ${name} was found`,
    );
  if (found === undefined) return pod;
  const { value: priority, preemptionPolicy } = found;
  return { ...pod, spec: { ...pod.spec, priorityClassName: found.metadata.name, priority, preemptionPolicy } };
}
