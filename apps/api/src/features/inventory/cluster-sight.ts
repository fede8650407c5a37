import { isNamespaces, type Sight, type SightKind } from '@quarterdeck/kubernetes';

/** A kind as RBAC names it; `id` tells kinds apart. */
export type AskedKind = SightKind & { readonly id: string };

/** What the portal's grants give in a cluster: all of it, or these namespaces. */
export type PortalPart = 'whole' | ReadonlySet<string>;

/** What somebody sees of a kind in a cluster, and how much of what the portal gives that is. */
export type ClusterSight = Sight & { readonly extent: 'all' | 'part' | 'none' };

/**
 * How far a cluster's stored RBAC may be judged by: `unread` while it was never read whole, `refused` when the cluster
 * does not let the worker read it, `aged` when the cluster has been away for a day, `doubted` when it denied what its
 * RBAC allows.
 */
export type RbacTrust = 'known' | 'unread' | 'refused' | 'aged' | 'doubted';

/** How much of what the portal gives a cluster shows of a kind, and whether its RBAC could be asked at all. */
export type Extent = { extent: ClusterSight['extent']; trust: RbacTrust };

/**
 * The portal's grants and the cluster's RBAC, both: neither alone shows a row, and nobody is above either.
 * @param base what RBAC gives somebody with the groups they carry everywhere in the cluster
 * @param places the same in namespaces where they carry other groups
 */
export function joinSight(
  kind: SightKind,
  portal: PortalPart,
  base: Sight,
  places: ReadonlyMap<string, Sight>,
): ClusterSight {
  return portal === 'whole' ? inWhole(kind, base, places) : inNamespaces(kind, portal, base, places);
}

function inWhole(kind: SightKind, base: Sight, places: ReadonlyMap<string, Sight>): ClusterSight {
  if (base.whole) return { ...base, extent: 'all' };
  const namespaces = new Set(base.namespaces);
  const named = new Map(base.named);
  for (const [namespace, sight] of hasPlaces(kind) ? places : []) {
    if (showsAll(sight, namespace)) {
      namespaces.add(namespace);
      named.delete(namespace);
    } else addNames(named, namespace, sight);
  }
  return withExtent({ whole: false, namespaces, named, anywhere: base.anywhere }, undefined);
}

function inNamespaces(
  kind: SightKind,
  portal: ReadonlySet<string>,
  base: Sight,
  places: ReadonlyMap<string, Sight>,
): ClusterSight {
  const namespaces = new Set<string>();
  const named = new Map<string, ReadonlySet<string>>();
  for (const namespace of hasPlaces(kind) ? portal : []) {
    const sight = places.get(namespace) ?? base;
    if (showsAll(sight, namespace)) namespaces.add(namespace);
    else if (!isNamespaces(kind)) addNames(named, namespace, sight);
  }
  const sight = { whole: false, namespaces, named, anywhere: new Set<string>() };
  // What has no namespace is nothing that a grant of namespaces gives: the cluster takes nothing away.
  return hasPlaces(kind) ? withExtent(sight, portal.size) : { ...sight, extent: 'all' };
}

/** A namespace can be what is granted: its own row, too. */
function hasPlaces(kind: SightKind): boolean {
  return kind.namespaced || isNamespaces(kind);
}

function showsAll(sight: Sight, namespace: string): boolean {
  return sight.whole || sight.namespaces.has(namespace);
}

function addNames(named: Map<string, ReadonlySet<string>>, namespace: string, sight: Sight): void {
  const names = new Set([...sight.anywhere, ...(sight.named.get(namespace) ?? [])]);
  if (names.size > 0) named.set(namespace, names);
}

/** @param given how many namespaces the portal gives; `undefined`: the whole cluster */
function withExtent(sight: Sight, given: number | undefined): ClusterSight {
  const { namespaces, named, anywhere } = sight;
  if (namespaces.size + named.size + anywhere.size === 0) return { ...sight, extent: 'none' };
  return { ...sight, extent: namespaces.size === given ? 'all' : 'part' };
}

/** Of all kinds together: a cluster hides something from nearly everybody, so only one that hides everything is named. */
export function extentOfAll(seen: readonly { extents: ReadonlyMap<number, Extent> }[]): Map<number, Extent> {
  const all = new Map<number, Extent>();
  for (const { extents } of seen) {
    for (const [clusterNo, { extent, trust }] of extents) {
      const isHidden = extent === 'none' && all.get(clusterNo)?.extent !== 'all';
      all.set(clusterNo, { extent: isHidden ? 'none' : 'all', trust });
    }
  }
  return all;
}
