import type { ClientOutput } from '@quarterdeck/contracts';
import { inventoryKinds, listInventoryKinds } from '@quarterdeck/contracts/inventory';
import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';

export type InventoryKind = ClientOutput<typeof listInventoryKinds>['items'][number];

/** Kinds every cluster has, until the fleet's own are known. */
const known: readonly InventoryKind[] = inventoryKinds.map((kind) => ({
  ...kind,
  columns: [],
  count: 0,
  clusters: [],
}));

const refreshMs = 60_000;

/** Every kind that the fleet serves, custom ones included. */
export function useKinds(): readonly InventoryKind[] {
  const kinds = useQuery({
    queryKey: ['inventory', 'kinds'],
    queryFn: ({ signal }) => api.call(listInventoryKinds, { query: {} }, { signal }),
    staleTime: refreshMs,
    refetchInterval: refreshMs,
  });
  return kinds.data?.items ?? known;
}

/** The kind of a page's URL; of one that no cluster serves, what the URL says. */
export function kindOf(kinds: readonly InventoryKind[], group: string | undefined, plural: string): InventoryKind {
  const same = kinds.filter((kind) => kind.plural === plural);
  return (
    same.find((kind) => kind.group === group) ??
    same[0] ?? { group: group ?? 'core', plural, kind: plural, namespaced: true, columns: [], count: 0, clusters: [] }
  );
}

/** Kinds by what was typed: name, plural or group holds it; those with objects first, then by name. */
export function findKinds(kinds: readonly InventoryKind[], typed: string): InventoryKind[] {
  const words = typed.toLowerCase().trim();
  return kinds
    .filter(({ kind, plural, group }) => `${kind} ${plural}.${group}`.toLowerCase().includes(words))
    .toSorted((a, b) => Number(b.count > 0) - Number(a.count > 0) || a.kind.localeCompare(b.kind));
}
