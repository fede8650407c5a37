import { genericKind, type ServedKind } from '../kinds/generic.ts';
import { qualifiedName, type WatchedKind } from '../kinds/kind.ts';
import { watchedKinds } from '../kinds/watched-kinds.ts';
import { rbacKinds } from '../rbac/kinds.ts';
import { isWatchable } from './discover.ts';
import type { PrinterColumns } from './printer-columns.ts';

/** Watches of one cluster at most. */
export const maxKinds = 150;

/**
 * What nobody lists and what would only make load: leases are heartbeats, Endpoints are told by their slices, events
 * come from the core group, metrics are no objects.
 */
const leftOut = new Set(['endpoints', 'leases.coordination.k8s.io', 'events.events.k8s.io']);
const groupsLeftOut = new Set(['metrics.k8s.io', 'custom.metrics.k8s.io', 'external.metrics.k8s.io']);

const projected = new Map([...rbacKinds, ...watchedKinds].map((kind) => [qualifiedName(kind), kind]));

export function isProjected(kind: WatchedKind): boolean {
  return projected.has(qualifiedName(kind));
}

/** Kinds that a cluster serves and the inventory follows. */
export type Choice = {
  /** With a projection of their own: asked for even where they may be refused, so that the refusal is seen. */
  known: readonly WatchedKind[];
  /** All others, by name. */
  others: readonly WatchedKind[];
  /** Above the cap. */
  beyond: number;
};

/** @param served as discovery has it; the version of each kind is the cluster's own */
export function chooseKinds(served: readonly ServedKind[], columns: PrinterColumns): Choice {
  const known: WatchedKind[] = [];
  const others: WatchedKind[] = [];
  for (const kind of served) {
    const name = qualifiedName(kind);
    if (!isWatchable(kind)) continue;
    const own = projected.get(name);
    if (own === undefined && (leftOut.has(name) || groupsLeftOut.has(kind.group))) continue;
    if (own === undefined) others.push(genericKind(kind, columns.get(`${name}/${kind.version}`)));
    else known.push(own.version === kind.version ? own : { ...own, version: kind.version });
  }
  others.sort((a, b) => (qualifiedName(a) < qualifiedName(b) ? -1 : 1));
  const room = Math.max(0, maxKinds - known.length);
  return { known, others: others.slice(0, room), beyond: Math.max(0, others.length - room) };
}
