import { inventoryKinds } from '@quarterdeck/contracts/inventory';

type Named = { group?: string; plural: string; namespace?: string | undefined; name: string };

/** The API group of a kind in the inventory; `core` for the empty one. */
export function groupOf(plural: string): string {
  return inventoryKinds.find((kind) => kind.plural === plural)?.group ?? 'core';
}

/** The page of one object in one cluster; `_` stands for cluster-wide. */
export function objectPath(object: Named & { cluster: string }): string {
  const group = object.group ?? groupOf(object.plural);
  const parts = [object.cluster, group, object.plural, object.namespace ?? '_', object.name];
  return `/objects/${parts.map(encodeURIComponent).join('/')}`;
}

/** The page of a workload over every cluster that holds it. */
export function workloadPath({ plural, namespace = '_', name }: Named): string {
  return `/workloads/${[plural, namespace, name].map(encodeURIComponent).join('/')}`;
}
