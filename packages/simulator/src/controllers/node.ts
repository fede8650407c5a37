import { at, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, putStatus, stamp } from './context.ts';

const healthy = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
];

/** A node's kubelet reports once; conditions that the node brought with it stay. */
export function startNode(context: Context, name: string): void {
  const node = context.store.get(known.nodes, undefined, name);
  if (node === undefined) return;
  const now = stamp(context);
  const given = listOf(at(node, 'status', 'conditions'));
  const conditions = healthy.map(
    ([type, status, reason, message]) =>
      given.find((each) => each.type === type) ?? {
        type,
        status,
        reason,
        message,
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
  );
  putStatus(context, known.nodes, node, { ...node.status, conditions });
}
