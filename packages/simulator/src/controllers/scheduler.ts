import { quantity } from '../objects/quantity.ts';
import { at, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, putStatus, stamp } from './context.ts';
import { placementObstacle } from './node-fit.ts';
import { claimsOf } from './owned-pods.ts';
import { affinityBetweenPods, type Obstacle, type Placed } from './pod-affinity.ts';
import { spreadOf } from './topology-spread.ts';

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
  const { used, placed } = lookAround(context, nodes);
  const besideOthers = affinityBetweenPods(context.store, pod, placed);
  const spread = spreadOf(pod, nodes, placed);
  const why: Obstacle[][] = [];
  let best: { name: string; crowd: number; pods: number } | undefined;
  for (const node of nodes) {
    const { name } = node.metadata;
    const taken = used.get(name) ?? empty;
    const against = obstacles(node, taken, pod, [spread.obstacle, besideOthers]);
    const [crowd, pods] = [spread.crowd(node), taken.pods];
    if (against.length > 0) why.push(against);
    else if (best === undefined || crowd < best.crowd || (crowd === best.crowd && pods < best.pods))
      best = { name, crowd, pods };
  }
  if (best === undefined) refuse(context, pod, noRoom(nodes.length, why));
  else bind(context, pod, best.name);
  return best !== undefined;
}

/** What the pods on each node ask for, and where they are. */
function lookAround({ store }: Context, nodes: readonly KubeObject[]): { used: Map<string, Room>; placed: Placed } {
  const used = new Map<string, Room>();
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const placed: { pod: KubeObject; node: KubeObject }[] = [];
  for (const pod of store.list(known.pods)) {
    const node = byName.get(textOf(at(pod, 'spec', 'nodeName')));
    const phase = at(pod, 'status', 'phase');
    if (node === undefined || phase === 'Succeeded' || phase === 'Failed') continue;
    const { name } = node.metadata;
    const { cpu, memory, pods } = used.get(name) ?? empty;
    const more = { cpu: cpu + requestOf(pod, 'cpu'), memory: memory + requestOf(pod, 'memory'), pods: pods + 1 };
    used.set(name, more);
    placed.push({ pod, node });
  }
  return { used, placed };
}

/** Why a node does not take a pod: the first thing that is against it, and all resources that it lacks. */
function obstacles(
  node: KubeObject,
  taken: Room,
  pod: KubeObject,
  others: readonly ((node: KubeObject) => Obstacle | undefined)[],
): Obstacle[] {
  const misplaced = placementObstacle(node, pod);
  if (misplaced !== undefined) return [{ reason: misplaced, isFinal: true }];
  const allocatable = (name: string) => quantity(at(node, 'status', 'allocatable', name));
  const lacking = (['cpu', 'memory'] as const).flatMap((name) => {
    const wanted = requestOf(pod, name);
    if (wanted === 0 || allocatable(name) - taken[name] >= wanted) return [];
    return [{ reason: `Insufficient ${name}`, isFinal: wanted > allocatable(name) }];
  });
  const full = allocatable('pods') <= taken.pods ? [{ reason: 'Too many pods', isFinal: false }] : [];
  if (full.length + lacking.length > 0) return [...full, ...lacking];
  for (const ask of others) {
    const against = ask(node);
    if (against !== undefined) return [against];
  }
  return [];
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

/** As the scheduler sums up; no pod here is worth more than another, so that none is put out for the new one. */
function noRoom(count: number, why: readonly Obstacle[][]): string {
  const of = `0/${count} nodes are available:`;
  const ends = why.map((against) =>
    against.some(({ isFinal }) => isFinal)
      ? 'Preemption is not helpful for scheduling'
      : 'No preemption victims found for incoming pod',
  );
  const reasons = counted(why.flatMap((against) => against.map(({ reason }) => reason)));
  return `${of} ${reasons}. no new claims to deallocate, preemption: ${of} ${counted(ends)}.`;
}

function counted(words: readonly string[]): string {
  const groups = Map.groupBy(words, (word) => word);
  return [...groups]
    .map(([word, { length }]) => `${length} ${word}`)
    .sort()
    .join(', ');
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
