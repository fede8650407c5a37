import type { InventoryNode } from '@quarterdeck/contracts';
import { type ClusterClient, type KubernetesObject, nodeKind, workerIdentity } from '@quarterdeck/kubernetes';
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

type Facts = Readonly<Record<string, unknown>>;

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
    nodes: known.filter(isReady).map(roomOf),
    isLive: known.length === total && clusters.every(({ state }) => state === 'live'),
  };
}

/**
 * The same with labels, taints and readiness as the cluster has them now: the inventory hears of a change a moment later.
 * What is left on a node stays as the inventory knows it.
 * @returns `rooms` themselves where the worker may not list nodes
 * @throws ClusterError the cluster does not answer
 */
export async function askedAnew(client: ClusterClient, rooms: readonly NodeRoom[]): Promise<readonly NodeRoom[]> {
  const { status, body } = await client.request<{ items?: KubernetesObject[] }>({
    method: 'GET',
    path: '/api/v1/nodes',
    identity: workerIdentity,
    priority: 'deploy',
  });
  if (status !== 200) return rooms;
  const known = new Map(rooms.map((room) => [room.name, room]));
  return (body.items ?? []).flatMap((object) => {
    const { name, labels = {} } = object.metadata as { name: string; labels?: Record<string, string> };
    const { health, facts, cpuMilli, memoryBytes } = nodeKind.project(object);
    if (!isReady({ health })) return [];
    const room = known.get(name) ?? {
      name,
      cpuMilli: cpuMilli ?? 0,
      memoryBytes: memoryBytes ?? 0,
      pods: podsOf(facts),
    };
    return [{ ...room, node: nodeOf(name, labels, facts) }];
  });
}

const isReady = ({ health }: { health: string }) => health !== 'failed' && health !== 'unknown';

const podsOf = (facts: Facts) => Number((facts.allocatable as { pods?: unknown } | undefined)?.pods ?? usualPods);

const nodeOf = (name: string, labels: Record<string, string>, facts: Facts): NodeRoom['node'] => ({
  metadata: { name, labels },
  spec: { taints: facts.taints, unschedulable: facts.cordoned === true },
});

function roomOf({ name, labels, facts, cpuCores = 0, memoryBytes = 0, requested }: InventoryNode): NodeRoom {
  return {
    name,
    cpuMilli: Math.round(cpuCores * 1000) - Math.round((requested?.cpuCores ?? 0) * 1000),
    memoryBytes: memoryBytes - (requested?.memoryBytes ?? 0),
    pods: podsOf(facts) - (requested?.pods ?? 0),
    node: nodeOf(name, labels, facts),
  };
}
