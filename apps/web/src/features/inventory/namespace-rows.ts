import type { ClientOutput, InventoryObject } from '@quarterdeck/contracts';
import type { listNamespaceLoads } from '@quarterdeck/contracts/inventory';

type Load = ClientOutput<typeof listNamespaceLoads>['items'][number];

/** A namespace with what its pods take and how full its quotas are. */
export type NamespaceRow = {
  namespace: InventoryObject;
  load: Load | undefined;
  /** Fullest first. */
  quotas: readonly { quota: InventoryObject; share: number }[];
};

/** `limits.cpu 87%`: the share of its fullest resource, as the row's status says it. */
export function shareOf(quota: Pick<InventoryObject, 'statusText'>): number {
  const [, share] = /(\d+)%$/.exec(quota.statusText) ?? [];
  return share === undefined ? 0 : Number(share) / 100;
}

/** Namespaces beside what is known of them from other rows. */
export function namespaceRows(
  namespaces: readonly InventoryObject[],
  loads: readonly Load[],
  quotas: readonly InventoryObject[],
): NamespaceRow[] {
  const loadOf = new Map(loads.map((load) => [load.namespace, load]));
  const quotasOf = Map.groupBy(quotas, (quota) => quota.namespace ?? '');
  return namespaces.map((namespace) => ({
    namespace,
    load: loadOf.get(namespace.name),
    quotas: (quotasOf.get(namespace.name) ?? [])
      .map((quota) => ({ quota, share: shareOf(quota) }))
      .toSorted((a, b) => b.share - a.share),
  }));
}

const orders: Record<string, (a: NamespaceRow, b: NamespaceRow) => number> = {
  name: (a, b) => a.namespace.name.localeCompare(b.namespace.name),
  pods: (a, b) => (a.load?.pods ?? 0) - (b.load?.pods ?? 0),
  trouble: (a, b) => (a.load?.inTrouble ?? 0) - (b.load?.inTrouble ?? 0),
  cpu: (a, b) => (a.load?.cpuCores ?? 0) - (b.load?.cpuCores ?? 0),
  memory: (a, b) => (a.load?.memoryBytes ?? 0) - (b.load?.memoryBytes ?? 0),
  quota: (a, b) => (a.quotas[0]?.share ?? -1) - (b.quotas[0]?.share ?? -1),
};

/** In the order that `sort` names, `-` for descending; equal ones by name. */
export function sortedNamespaces(rows: readonly NamespaceRow[], sort: string): NamespaceRow[] {
  const order = orders[sort.replace(/^-/, '')];
  const sign = sort.startsWith('-') ? -1 : 1;
  return rows.toSorted((a, b) => sign * (order?.(a, b) ?? 0) || a.namespace.name.localeCompare(b.namespace.name));
}
