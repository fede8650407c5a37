import { at, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, manager, putStatus, stamp } from './context.ts';

const healthy = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
];

const leaseNamespace = 'kube-node-lease';
const leaseSeconds = 40;
const renewMs = (leaseSeconds / 4) * 1000;
const reportMs = 300_000;

/**
 * A node's kubelet begins: it reports, then renews its lease every ten seconds and its report every five minutes.
 * Conditions that the node brought with it stay.
 */
export function runNode(context: Context, name: string): void {
  report(context, name);
  renew(context, name);
}

function report(context: Context, name: string): void {
  const node = context.store.get(known.nodes, undefined, name);
  if (node === undefined) return;
  const now = stamp(context);
  const given = listOf(at(node, 'status', 'conditions'));
  const conditions = healthy.map(([type, status, reason, message]) => ({
    ...(given.find((each) => each.type === type) ?? { type, status, reason, message, lastTransitionTime: now }),
    lastHeartbeatTime: now,
  }));
  putStatus(context, known.nodes, node, { ...node.status, conditions });
  context.due.at(`report/${name}`, reportMs, () => report(context, name));
}

/** By its lease the cluster knows that a node is alive: a small object, so that it costs little. */
function renew(context: Context, name: string): void {
  const { store, writes, due } = context;
  const node = store.get(known.nodes, undefined, name);
  if (node === undefined) return;
  due.at(`lease/${name}`, renewMs, () => renew(context, name));
  const renewTime = `${context.now().toISOString().slice(0, -1)}000Z`;
  const before = store.get(known.leases, leaseNamespace, name);
  const spec = { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime };
  if (before !== undefined) {
    store.put(known.leases, { ...before, spec: { ...before.spec, ...spec } });
    return;
  }
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }];
  writes.create(known.leases, leaseNamespace, { metadata: { name, ownerReferences }, spec }, manager);
}
