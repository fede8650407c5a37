import type { ClusterAnswer, InventoryNode } from '@quarterdeck/contracts';
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
 * @returns `unknown`: why nobody can tell at this moment what is left on them, as the end of a sentence; absent where they
 *   and their pods are followed, and none is left out because its pods are not seen or one answer holds no more
 */
export async function readNodeRooms(
  inventory: Inventory,
  reader: Principal,
  cluster: string,
): Promise<{ nodes: NodeRoom[]; unknown?: string }> {
  const [{ items, total, clusters }, pods] = await Promise.all([
    inventory.nodes(reader, { clusters: [cluster] }),
    inventory.list(reader, { plural: 'pods', clusters: [cluster], sort: 'name', limit: 1 }),
  ]);
  const all: readonly InventoryNode[] = items;
  const known = all.filter((node) => node.requested !== undefined);
  const unknown =
    clusters.flatMap((answer) => whyUnknown('nodes', answer) ?? [])[0] ??
    pods.clusters.flatMap((answer) => whyUnknown('pods', answer) ?? [])[0] ??
    (known.length === total ? undefined : 'the pods of some of its nodes are not seen');
  return { nodes: known.filter(isReady).map(roomOf), ...(unknown === undefined ? {} : { unknown }) };
}

/** Why an answer about a kind does not tell how things are now. */
function whyUnknown(what: 'nodes' | 'pods', { state, error }: ClusterAnswer): string | undefined {
  const because = error === undefined ? '' : ` (${error.replace(/\.$/, '')})`;
  const words: Record<ClusterAnswer['state'], string | undefined> = {
    live: undefined,
    syncing: `its ${what} are still being read for the first time`,
    stale: `its ${what} are not followed at the moment${because}`,
    capped: `it has more ${what} than are kept`,
    denied: `it does not let its ${what} be listed`,
    cut_off: `it is cut off${because}`,
  };
  return words[state];
}

/**
 * The same with labels, taints and readiness as the cluster has them now: the inventory hears of a change a moment later.
 * What is left on a node stays as the inventory knows it; one that it does not know counts as empty.
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
