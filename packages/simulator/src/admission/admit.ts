import { forbiddenObject } from '../objects/api-error.ts';
import type { Kind } from '../objects/kinds.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type KubeObject, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { podSecurityViolation } from './pod-security.ts';
import { quotaViolation } from './quota.ts';

/**
 * What stands between a valid new object and the store: the pod's account, PodSecurity, quota.
 * @throws ApiError 403 in the words of the plugin that refuses
 */
export function admitNew(store: ObjectStore, kind: Kind, object: KubeObject): void {
  if (kind !== known.pods) return;
  const { name, generateName, namespace = '' } = object.metadata;
  const account = textOf(at(object, 'spec', 'serviceAccountName'));
  // This plugin runs before the name is made.
  if (store.get(known.serviceAccounts, namespace, account) === undefined)
    throw forbiddenObject(
      kind,
      generateName ?? name,
      `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
    );
  const why =
    podSecurityViolation(store.get(known.namespaces, undefined, namespace), object) ?? quotaViolation(store, object);
  if (why !== undefined) throw forbiddenObject(kind, name, why);
}
