import type { AskedKind } from './cluster-sight.ts';
import type { KnownKind } from './kind-registry.ts';
import { rbacGroup } from './object-rows.ts';

/** A kind as the clusters' RBAC names it. */
export function askedKind({ key, group, plural, namespaced }: KnownKind): AskedKind {
  return { id: key, group, resource: plural, namespaced };
}

/** Kinds whose objects are rows: events are rows of their own form, roles and bindings decide over the others. */
export function isListed({ key, group }: KnownKind): boolean {
  return key !== 'events' && group !== rbacGroup;
}
