import { type ClusterClient, type KubernetesObject, podRequests, workerIdentity } from '@quarterdeck/kubernetes';
import { systemActor } from '../../platform/principal.ts';
import type { Inventory } from '../inventory/index.ts';
import { capacityFindings, type Demand } from './check-capacity.ts';
import { metadataOnly, podSpecOf } from './check-references.ts';
import { type Change, podsOf, surgeOf, type Workload } from './check-room.ts';
import type { Finding } from './finding.ts';
import { askedAnew, type NodeRoom, readNodeRooms } from './node-rooms.ts';

/** Whether the nodes of a cluster have room for what comes. */
export type ReadCapacity = (
  place: { cluster: string; namespace: string },
  changes: readonly Change[],
  client: ClusterClient,
) => Promise<Finding[]>;

const reader = systemActor('releases', ['inventory:read']).principal;
const pageSize = 200;
/** More pods than this of one workload are judged by these. */
const podsMost = 2000;

/** Compares what a release asks of nodes with what the inventory knows of them; the cluster is asked where that would hold it up. */
export function createReadCapacity({ inventory }: { inventory: Inventory }): ReadCapacity {
  async function rowsOf(plural: string, cluster: string, namespace?: string, labels?: string) {
    const rows: Awaited<ReturnType<Inventory['list']>>['items'][number][] = [];
    let cursor: string | undefined;
    do {
      const query = {
        plural,
        clusters: [cluster],
        namespaces: namespace === undefined ? undefined : [namespace],
        labels,
      };
      const page = await inventory.list(reader, { ...query, sort: 'name', limit: pageSize, cursor });
      rows.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined && rows.length < podsMost);
    return rows;
  }

  /** Pods that a new revision takes the place of. */
  async function leavingOf({ before, after }: Change, place: { cluster: string; namespace: string }) {
    const labels = (after as Selected | undefined)?.spec?.selector?.matchLabels;
    if (before === undefined || labels === undefined || podsOf(before) === podsOf(after)) return [];
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const pods = await rowsOf('pods', place.cluster, place.namespace, selector.join(','));
    return pods.flatMap(({ node, cpuCores = 0, memoryBytes = 0, facts }) =>
      node === undefined || facts.phase === 'Succeeded' || facts.phase === 'Failed'
        ? []
        : [{ node, cpuMilli: Math.round(cpuCores * 1000), memoryBytes }],
    );
  }

  return async function readCapacity(place, changes, client) {
    const growing = changes.filter((change) => comingOf(change, changes) !== 0);
    if (growing.length === 0) return [];
    const [{ nodes: known, unknown }, demands] = await Promise.all([
      readNodeRooms(inventory, reader, place.cluster),
      Promise.all(growing.map(async (change) => demandOf(change, changes, await leavingOf(change, place)))),
    ]);
    if (unknown !== undefined) {
      // Nodes that run nothing have more room than any: what they do not take finds no seat whatever is on them.
      const empty = await askedAnew(client, []);
      const alone = demands.map((demand): Demand => ({ ...demand, leaving: [], comesFirst: false }));
      const sure = await judged(place.cluster, client, empty, alone, 'gives');
      return sure.some(isLacking) ? sure : [capacityUnknown(unknown)];
    }
    const first = capacityFindings(place.cluster, known, demands);
    if (!first.some(({ level }) => level === 'block')) return first;
    return judged(place.cluster, client, await askedAnew(client, known), demands, 'has free');
  };
}

/** What blocks, only warns where the cluster makes nodes on demand. */
async function judged(
  cluster: string,
  client: ClusterClient,
  nodes: readonly NodeRoom[],
  demands: readonly Demand[],
  left: 'gives' | 'has free',
): Promise<Finding[]> {
  const found = capacityFindings(cluster, nodes, demands, { left });
  const blocks = found.some(({ level }) => level === 'block');
  return blocks && (await grows(client, nodes))
    ? capacityFindings(cluster, nodes, demands, { left, grows: true })
    : found;
}

/** It orders nodes by itself, by what its cluster autoscaler leaves there. */
async function grows(client: ClusterClient, nodes: readonly NodeRoom[]): Promise<boolean> {
  if (nodes.some(({ node }) => 'karpenter.sh/nodepool' in node.metadata.labels)) return true;
  const { status } = await client.request({
    method: 'GET',
    path: '/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status',
    identity: workerIdentity,
    priority: 'deploy',
    accept: metadataOnly,
  });
  return status === 200;
}

const isLacking = ({ code }: Finding) => code.startsWith('unschedulable_');

function capacityUnknown(why: string): Finding {
  return {
    level: 'info',
    code: 'capacity_unknown',
    detail: `Whether its nodes have room cannot be told, because ${why}.`,
    remedy: 'It goes out all the same: a pod that finds no room waits for it, and the release says so.',
  };
}

type Selected = { spec?: { selector?: { matchLabels?: Record<string, string> } } };
type Scaler = { minReplicas?: number; scaleTargetRef?: { kind?: string; name?: string } };

function demandOf(change: Change, changes: readonly Change[], leaving: Demand['leaving']): Demand {
  const after = change.after as KubernetesObject;
  const pod = (podSpecOf(after) ?? {}) as Parameters<typeof podRequests>[0];
  const { cpuMilli = 0, memoryBytes = 0 } = podRequests(pod);
  const count = comingOf(change, changes);
  return {
    object: change.object,
    pod: { spec: count === 'each' ? tolerating(pod) : pod },
    needs: { cpuMilli, memoryBytes },
    count,
    leaving,
    comesFirst: leaving.length > 0 && replacesFirst(after),
  };
}

/** Pods that must find a node: all of a new revision, else those that it has more than before. */
function comingOf({ before, after }: Change, changes: readonly Change[]): Demand['count'] {
  const manifest = after as KubernetesObject | undefined;
  if (manifest === undefined || podSpecOf(manifest) === undefined) return 0;
  const isNew = podsOf(before) !== podsOf(after);
  if (manifest.kind === 'DaemonSet') return isNew ? 'each' : 0;
  if (manifest.kind === 'Job') {
    const { parallelism = 1, suspend = false } = (manifest.spec ?? {}) as { parallelism?: number; suspend?: boolean };
    return isNew && !suspend ? parallelism : 0;
  }
  if (!['Deployment', 'StatefulSet', 'ReplicaSet'].includes(manifest.kind)) return 0;
  const wanted = Math.max(replicasOf(manifest), leastOf(manifest, changes));
  return isNew ? wanted : Math.max(0, wanted - replicasOf(before as KubernetesObject));
}

const replicasOf = ({ spec }: KubernetesObject) => ((spec ?? {}) as Workload).replicas ?? 1;

/** Where an autoscaler of the release sets the number, that is its least. */
function leastOf({ kind, metadata }: KubernetesObject, changes: readonly Change[]): number {
  const scalers = changes.flatMap(({ object: { manifest } }) =>
    manifest.kind === 'HorizontalPodAutoscaler' ? [(manifest.spec ?? {}) as Scaler] : [],
  );
  const mine = scalers.find(({ scaleTargetRef: to }) => to?.kind === kind && to.name === metadata.name);
  return mine === undefined ? 0 : (mine.minReplicas ?? 1);
}

/** None of its pods may be away, so that a new one comes before an old one leaves. */
function replacesFirst({ kind, spec }: KubernetesObject): boolean {
  const { strategy, replicas = 1 } = (spec ?? {}) as Workload;
  if (kind !== 'Deployment' || strategy?.type === 'Recreate') return false;
  const away = strategy?.rollingUpdate?.maxUnavailable ?? '25%';
  const most = typeof away === 'number' ? away : Math.floor((Number.parseInt(away, 10) / 100) * replicas);
  return most === 0 && surgeOf(strategy, replicas) > 0;
}

/** Pods of a DaemonSet go to nodes that take no others. */
function tolerating(pod: object): object {
  const keys = ['unschedulable', 'not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure'];
  const own = (pod as { tolerations?: object[] }).tolerations ?? [];
  return {
    ...pod,
    tolerations: [...own, ...keys.map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists' }))],
  };
}
