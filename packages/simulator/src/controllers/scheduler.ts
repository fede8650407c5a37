import { quantity } from '../objects/quantity.ts';
import { matchesMap } from '../objects/selectors.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, putStatus, stamp } from './context.ts';

/** Binds a pod to the node with the most room, or says why there is none. Returns whether it is bound. */
export function schedule(context: Context, pod: KubeObject): boolean {
  const { store } = context;
  const nodes = store.list(known.nodes);
  const wanted = { cpu: requestOf(pod, 'cpu'), memory: requestOf(pod, 'memory') };
  const used = new Map<unknown, { cpu: number; memory: number; pods: number }>();
  for (const each of store.list(known.pods)) {
    const node = at(each, 'spec', 'nodeName');
    if (node === undefined) continue;
    const sum = used.get(node) ?? { cpu: 0, memory: 0, pods: 0 };
    used.set(node, {
      cpu: sum.cpu + requestOf(each, 'cpu'),
      memory: sum.memory + requestOf(each, 'memory'),
      pods: sum.pods + 1,
    });
  }
  const claim = listOf(at(pod, 'spec', 'volumes')).find((volume) => volume.persistentVolumeClaim !== undefined);
  if (claim !== undefined) {
    // No claim is served here, so none is ever found.
    const name = textOf(at(claim, 'persistentVolumeClaim', 'claimName'));
    refuse(context, pod, `0/${nodes.length} nodes are available: persistentvolumeclaim "${name}" not found. not found`);
    return false;
  }
  const why = new Map<string, number>();
  let best: { name: string; free: number } | undefined;
  for (const node of nodes) {
    const taken = used.get(node.metadata.name) ?? { cpu: 0, memory: 0, pods: 0 };
    const free = (name: 'cpu' | 'memory') => quantity(at(node, 'status', 'allocatable', name)) - taken[name];
    const taint = untolerated(node, pod);
    const reason =
      at(node, 'spec', 'unschedulable') === true
        ? 'node(s) were unschedulable'
        : !matchesMap(node.metadata.labels, at(pod, 'spec', 'nodeSelector'))
          ? "node(s) didn't match Pod's node affinity/selector"
          : taint !== undefined
            ? `node(s) had untolerated taint {${textOf(taint.key)}: ${textOf(taint.value)}}`
            : free('cpu') < wanted.cpu
              ? 'Insufficient cpu'
              : free('memory') < wanted.memory
                ? 'Insufficient memory'
                : undefined;
    if (reason !== undefined) why.set(reason, (why.get(reason) ?? 0) + 1);
    else if (best === undefined || taken.pods < best.free) best = { name: node.metadata.name, free: taken.pods };
  }
  if (best === undefined) {
    refuse(context, pod, noRoom(nodes.length, why));
    return false;
  }
  store.put(known.pods, {
    ...pod,
    spec: { ...pod.spec, nodeName: best.name },
    status: {
      ...pod.status,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: stamp(context) }],
    },
  });
  const where = `${pod.metadata.namespace}/${pod.metadata.name}`;
  emit(context, pod, 'Normal', 'Scheduled', `Successfully assigned ${where} to ${best.name}`);
  return true;
}

function noRoom(count: number, why: Map<string, number>): string {
  const reasons = [...why].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, nodes]) => `${nodes} ${reason}`);
  return `0/${count} nodes are available: ${reasons.join(', ')}. no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;
}

/** A taint that keeps the pod away. */
function untolerated(node: KubeObject, pod: KubeObject): Json | undefined {
  const tolerations = listOf(at(pod, 'spec', 'tolerations'));
  return listOf(at(node, 'spec', 'taints')).find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !tolerations.some(
        (each) =>
          (each.effect === undefined || each.effect === effect) &&
          (each.operator === 'Exists'
            ? each.key === undefined || each.key === key
            : each.key === key && (each.value ?? '') === (value ?? '')),
      ),
  );
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
