import type { InventoryNode } from '@quarterdeck/contracts';

export const measures = ['cpu', 'memory', 'pods'] as const;
export type Measure = (typeof measures)[number];

type Allocatable = { cpuMilli?: number; memoryBytes?: number; pods?: number };

/** What is requested of a node and what it has room for: cores, bytes or pods; `undefined` where one is not known. */
export function usedAndRoom(node: InventoryNode, measure: Measure): { used: number; room: number } | undefined {
  const { requested } = node;
  const allocatable = (node.facts.allocatable ?? {}) as Allocatable;
  if (requested === undefined) return undefined;
  return {
    cpu: { used: requested.cpuCores, room: (allocatable.cpuMilli ?? 0) / 1000 },
    memory: { used: requested.memoryBytes, room: allocatable.memoryBytes ?? 0 },
    pods: { used: requested.pods, room: allocatable.pods ?? 0 },
  }[measure];
}

/** How much of a node's room is requested, 0 to more than 1; `undefined` where one of the two is not known. */
export function loadOf(node: InventoryNode, measure: Measure): number | undefined {
  const amounts = usedAndRoom(node, measure);
  return amounts === undefined || amounts.room === 0 ? undefined : amounts.used / amounts.room;
}

/** Steps of a heat grid: empty, a fifth of the way each, full. */
export function heatOf(load: number | undefined): number | undefined {
  return load === undefined ? undefined : Math.min(5, Math.floor(load * 5 + 1e-9));
}

/** Taints and pressures in a few words. */
export function troubleOf(node: InventoryNode): string[] {
  const pressures = Array.isArray(node.facts.pressure) ? node.facts.pressure.map(String) : [];
  return [...pressures, ...(node.facts.cordoned === true ? ['cordoned'] : [])];
}

/** Of many nodes together, by what is known of all of them. */
export function meanLoad(nodes: readonly InventoryNode[], measure: Measure): number | undefined {
  const loads = nodes.flatMap((node) => loadOf(node, measure) ?? []);
  return loads.length === 0 ? undefined : loads.reduce((sum, load) => sum + load, 0) / loads.length;
}
