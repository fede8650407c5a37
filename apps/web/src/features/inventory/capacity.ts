import type { InventoryNode } from '@quarterdeck/contracts';
import { loadOf, type Measure, usedAndRoom } from './node-load.ts';

/** What is requested of what there is, over nodes; `unknown` where the pods of a node are not all seen. */
export type Capacity = { used: number; room: number; share: number | undefined; isKnown: boolean };

export function capacityOf(nodes: readonly InventoryNode[], measure: Measure): Capacity {
  const parts = nodes.map((node) => usedAndRoom(node, measure));
  const known = parts.filter((part) => part !== undefined);
  const used = known.reduce((sum, part) => sum + part.used, 0);
  const room = known.reduce((sum, part) => sum + part.room, 0);
  return { used, room, share: room === 0 ? undefined : used / room, isKnown: known.length === parts.length };
}

/** Nodes with the least room left, by whichever of the measures is scarcest on each. */
export function fullestNodes(nodes: readonly InventoryNode[], count: number): InventoryNode[] {
  const fullness = (node: InventoryNode) => Math.max(loadOf(node, 'cpu') ?? 0, loadOf(node, 'memory') ?? 0);
  return nodes.toSorted((a, b) => fullness(b) - fullness(a) || a.name.localeCompare(b.name)).slice(0, count);
}
