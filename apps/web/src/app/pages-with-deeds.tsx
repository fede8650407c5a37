import type { InventoryObject } from '@quarterdeck/contracts';
import { ClusterNodesPage } from '../features/inventory/cluster-nodes-page.tsx';
import { NodesPage } from '../features/inventory/nodes-page.tsx';
import { EvictAction, NodeActions } from '../features/scheduling/index.ts';

/** What may be done to one object beside what every object has: nodes are drained, pods evicted. */
export function deedsOf(row: InventoryObject) {
  const { clusterId, cluster, name, uid, plural, group, namespace } = row;
  if (group !== '' && group !== 'core') return null;
  if (plural === 'nodes')
    return <NodeActions node={{ clusterId, cluster, name, uid, cordoned: row.facts.cordoned === true }} />;
  if (plural === 'pods' && namespace !== undefined) return <EvictAction pod={{ clusterId, namespace, name, uid }} />;
  return null;
}

/** Nodes of all clusters, with what may be done to each. */
export function NodesWithDeeds() {
  return <NodesPage actions={deedsOf} />;
}

/** Nodes of one cluster, with what may be done to each. */
export function ClusterNodesWithDeeds() {
  return <ClusterNodesPage actions={deedsOf} />;
}
