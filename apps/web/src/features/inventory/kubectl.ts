import type { InventoryObject } from '@quarterdeck/contracts';

/** The same object in a terminal; the context is called as the cluster is here. */
export function kubectlOf(row: Pick<InventoryObject, 'cluster' | 'plural' | 'name' | 'namespace'>): string {
  const namespace = row.namespace === undefined ? '' : ` -n ${row.namespace}`;
  return `kubectl --context ${row.cluster} get ${row.plural} ${row.name}${namespace} -o yaml`;
}
