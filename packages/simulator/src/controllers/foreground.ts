import { foreground, waitsForOwned } from '../objects/foreground.ts';
import { apiVersionOf, type Kind } from '../objects/kinds.ts';
import type { KubeObject, OwnerReference } from '../objects/types.ts';
import { type Context, ownedBy } from './context.ts';

/** Deletes what the object owns, and lets it go once nothing is left. */
export function deleteOwned({ store, writes }: Context, kind: Kind, namespace: string | undefined, name: string): void {
  const owner = store.get(kind, namespace, name);
  if (owner === undefined || !waitsForOwned(owner)) return;
  let isAlone = true;
  for (const { kind: of, objects } of store.all())
    for (const object of objects) {
      if (!ownedBy(object, owner.metadata.uid)) continue;
      isAlone = false;
      const place = { kind: of, namespace: object.metadata.namespace, name: object.metadata.name };
      if (object.metadata.deletionTimestamp === undefined)
        writes.delete(place, { propagationPolicy: 'Foreground' }, false);
    }
  if (!isAlone) return;
  const { finalizers = [], ...metadata } = owner.metadata;
  const left = finalizers.filter((each) => each !== foreground);
  if (left.length === 0) store.remove(kind, owner);
  else store.put(kind, { ...owner, metadata: { ...metadata, finalizers: left } });
}

/** The owners of an object that wait for it to be gone. */
export function waitingOwners(
  { store, registry }: Context,
  { metadata }: KubeObject,
): { kind: Kind; namespace: string | undefined; name: string }[] {
  return (metadata.ownerReferences ?? []).flatMap((owner: OwnerReference) => {
    const kind = registry.all().find((each) => each.kind === owner.kind && apiVersionOf(each) === owner.apiVersion);
    if (kind === undefined) return [];
    const namespace = kind.namespaced ? metadata.namespace : undefined;
    const found = store.get(kind, namespace, owner.name);
    return found !== undefined && waitsForOwned(found) ? [{ kind, namespace, name: owner.name }] : [];
  });
}
