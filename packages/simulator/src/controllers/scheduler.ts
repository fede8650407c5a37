import { quantity } from '../objects/quantity.ts';
import { at, type KubeObject, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, putStatus, stamp } from './context.ts';
import { placementObstacle } from './node-fit.ts';
import { claimsOf } from './owned-pods.ts';

type Room = { cpu: number; memory: number; pods: number };
const empty: Room = { cpu: 0, memory: 0, pods: 0 };

/** Binds a pod to the node with the fewest pods that takes it, or says why none does. Returns whether it is bound. */
export function schedule(context: Context, pod: KubeObject): boolean {
  const nodes = context.store.list(known.nodes);
  const unbound = claimObstacle(context, pod);
  if (unbound !== undefined) {
    refuse(context, pod, `0/${nodes.length} nodes are available: ${unbound}. not found`);
    return false;
  }
  const used = usedByNode(context);
  const why = new Map<string, number>();
  let best: { name: string; pods: number } | undefined;
  for (const node of nodes) {
    const { name } = node.metadata;
    const taken = used.get(name) ?? empty;
    const reason = obstacle(node, taken, pod);
    if (reason !== undefined) why.set(reason, (why.get(reason) ?? 0) + 1);
    else if (best === undefined || taken.pods < best.pods) best = { name, pods: taken.pods };
  }
  if (best === undefined) refuse(context, pod, noRoom(nodes.length, why));
  else bind(context, pod, best.name);
  return best !== undefined;
}

function usedByNode({ store }: Context): Map<unknown, Room> {
  const used = new Map<unknown, Room>();
  for (const pod of store.list(known.pods)) {
    const node = at(pod, 'spec', 'nodeName');
    if (node === undefined) continue;
    const { cpu, memory, pods } = used.get(node) ?? empty;
    const more = { cpu: cpu + requestOf(pod, 'cpu'), memory: memory + requestOf(pod, 'memory'), pods: pods + 1 };
    used.set(node, more);
  }
  return used;
}

/** Why a node does not take a pod. */
function obstacle(node: KubeObject, taken: Room, pod: KubeObject): string | undefined {
  if (at(node, 'spec', 'unschedulable') === true && !isToleratedHere(pod)) return 'node(s) were unschedulable';
  const misplaced = placementObstacle(node, pod);
  if (misplaced !== undefined) return misplaced;
  if (quantity(at(node, 'status', 'allocatable', 'pods')) <= taken.pods) return 'Too many pods';
  const lacking = (['cpu', 'memory'] as const).find(
    (name) => quantity(at(node, 'status', 'allocatable', name)) - taken[name] < requestOf(pod, name),
  );
  return lacking === undefined ? undefined : `Insufficient ${lacking}`;
}

function bind(context: Context, pod: KubeObject, node: string): void {
  context.store.put(known.pods, {
    ...pod,
    spec: { ...pod.spec, nodeName: node },
    status: {
      ...pod.status,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: stamp(context) }],
    },
  });
  const where = `${pod.metadata.namespace}/${pod.metadata.name}`;
  emit(context, pod, 'Normal', 'Scheduled', `Successfully assigned ${where} to ${node}`);
}

function noRoom(count: number, why: Map<string, number>): string {
  const reasons = [...why].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, nodes]) => `${nodes} ${reason}`);
  return `0/${count} nodes are available: ${reasons.join(', ')}. no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;
}

/** A pod that tolerates cordons, such as one of a DaemonSet. */
function isToleratedHere(pod: KubeObject): boolean {
  return listOf(at(pod, 'spec', 'tolerations')).some(
    ({ key, operator }) => operator === 'Exists' && (key === undefined || key === 'node.kubernetes.io/unschedulable'),
  );
}

/** What is wrong with the claims of a pod: one is missing, or not bound although it should be at once. */
function claimObstacle({ store }: Context, pod: KubeObject): string | undefined {
  for (const name of claimsOf(pod)) {
    const claim = store.get(known.claims, pod.metadata.namespace, name);
    if (claim === undefined) return `persistentvolumeclaim "${name}" not found`;
    if (at(claim, 'status', 'phase') !== 'Bound') return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}

function refuse(context: Context, pod: KubeObject, message: string): void {
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  if (at(listOf(at(pod, 'status', 'conditions'))[0], 'message') === message) return;
  putStatus(context, known.pods, pod, {
    ...pod.status,
    phase: 'Pending',
    conditions: [{ ...condition, lastTransitionTime: stamp(context) }],
  });
  emit(context, pod, 'Warning', 'FailedScheduling', message);
}

function requestOf(pod: KubeObject, name: string): number {
  return listOf(at(pod, 'spec', 'containers')).reduce(
    (sum, container) => sum + quantity(at(container, 'resources', 'requests', name)),
    0,
  );
}
