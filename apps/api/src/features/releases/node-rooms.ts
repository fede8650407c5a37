import type { InventoryNode } from '@quarterdeck/contracts';
import type { Principal } from '../../platform/principal.ts';
import type { Inventory } from '../inventory/index.ts';
import type { Room } from './evacuation-needs.ts';

/** A node that runs pods, with what is left on it of what it gives. */
export type NodeRoom = Room & {
  name: string;
  /** As far as pods choose by it. */
  node: {
    metadata: { name: string; labels: Record<string, string> };
    spec: { taints: unknown; unschedulable: boolean };
  };
};

/** Pods of a node that does not say how many it takes. */
const usualPods = 110;

/**
 * Nodes of a cluster by the rows of the inventory, so that the cluster is not asked.
 * @returns `isLive`: they are followed at this moment, and none is left out because its pods are not seen or because
 *   there are more than one answer holds
 */
export async function readNodeRooms(
  inventory: Inventory,
  reader: Principal,
  cluster: string,
): Promise<{ nodes: NodeRoom[]; isLive: boolean }> {
  const { items, total, clusters } = await inventory.nodes(reader, { clusters: [cluster] });
  const all: readonly InventoryNode[] = items;
  const known = all.filter((node) => node.requested !== undefined);
  return {
    nodes: known.filter(({ health }) => health !== 'failed' && health !== 'unknown').map(roomOf),
    isLive: known.length === total && clusters.every(({ state }) => state === 'live'),
  };
}

function roomOf({ name, labels, facts, cpuCores = 0, memoryBytes = 0, requested }: InventoryNode): NodeRoom {
  const pods = Number((facts.allocatable as { pods?: unknown } | undefined)?.pods ?? usualPods);
  return {
    name,
    cpuMilli: Math.round(cpuCores * 1000) - Math.round((requested?.cpuCores ?? 0) * 1000),
    memoryBytes: memoryBytes - (requested?.memoryBytes ?? 0),
    pods: pods - (requested?.pods ?? 0),
    node: { metadata: { name, labels }, spec: { taints: facts.taints, unschedulable: facts.cordoned === true } },
  };
}
