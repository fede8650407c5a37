import type { diagnose } from '@quarterdeck/kubernetes';
import { type ClusterClient, expectOk, type Identity, objectHealth } from '@quarterdeck/kubernetes';
import type { Gate } from './release-rows.ts';

type Kube = Record<string, unknown> & {
  metadata?: {
    name?: string;
    uid?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { uid?: string }[];
  };
  status?: Record<string, unknown>;
};

export type Rollout = {
  /** Health by `Kind/name`. */
  states: Map<string, { state: 'current' | 'in_progress' | 'failed' | 'terminating'; detail: string }>;
  /** Every workload is current for the generation we wrote. */
  isCurrent: boolean;
  /** Restarts of this revision's pods: one more and the calm starts over. */
  restarts: number;
  /** `pod-template-hash` of this revision. */
  podHash: string | undefined;
  evidence: Parameters<typeof diagnose>[0];
};

/** Looks at a revision as the cluster has it now: workloads, their newest ReplicaSet, its pods and events. */
export async function readRollout(options: {
  client: ClusterClient;
  identity: Identity;
  namespace: string;
  gate: Gate;
  application: string;
  environment: string;
}): Promise<Rollout> {
  const { client, identity, namespace, gate } = options;
  async function list(path: string, labelSelector?: string): Promise<Kube[]> {
    const response = await client.request<{ items?: Kube[] }>({
      method: 'GET',
      path,
      identity,
      priority: 'deploy',
      query: labelSelector === undefined ? { limit: 500 } : { labelSelector, limit: 500 },
    });
    return expectOk(response).items ?? [];
  }
  const selector = `app.kubernetes.io/name=${options.application},quarterdeck.dev/environment=${options.environment}`;
  const [deployments, replicaSets, pods] = await Promise.all([
    list(`/apis/apps/v1/namespaces/${namespace}/deployments`, selector),
    list(`/apis/apps/v1/namespaces/${namespace}/replicasets`, selector),
    list(`/api/v1/namespaces/${namespace}/pods`, selector),
  ]);

  const states: Rollout['states'] = new Map();
  let isCurrent = true;
  for (const workload of gate.workloads) {
    const found = deployments.find((deployment) => deployment.metadata?.name === workload.name);
    const state = stateOf(found, workload);
    states.set(`${workload.kind}/${workload.name}`, state);
    if (state.state !== 'current') isCurrent = false;
  }

  const [deployment] = deployments.filter((candidate) =>
    gate.workloads.some((workload) => workload.name === candidate.metadata?.name),
  );
  const owned = replicaSets.filter((set) =>
    set.metadata?.ownerReferences?.some((owner) => owner.uid === deployment?.metadata?.uid),
  );
  // By its pod template, as the controller itself finds it: the revision annotation follows a moment later, and until
  // then it names the ReplicaSet before.
  const newest = owned.find((set) => templateOf(set) === templateOf(deployment));
  const observed = Number(deployment?.status?.observedGeneration ?? 0) >= (gate.workloads[0]?.generation ?? 0);
  const podHash = observed ? newest?.metadata?.labels?.['pod-template-hash'] : undefined;
  // Until the controller has seen our generation, the newest ReplicaSet is the old one: its pods prove nothing.
  const mine =
    podHash === undefined ? [] : pods.filter((pod) => pod.metadata?.labels?.['pod-template-hash'] === podHash);
  // They only explain what is not well, and are the longest list of a busy namespace.
  const events = isCurrent ? [] : await list(`/api/v1/namespaces/${namespace}/events`);
  // They tell a taint from a selector that no node has; a cluster that shows us none is judged by the scheduler's words.
  const nodes = mine.some(isUnschedulable) ? await list('/api/v1/nodes').catch(() => []) : [];
  const uids = new Set([deployment, newest, ...mine].map((object) => object?.metadata?.uid));
  return {
    states,
    isCurrent,
    restarts: mine.reduce((sum, pod) => sum + restartsOf(pod), 0),
    podHash,
    evidence: {
      ...(deployment === undefined ? {} : { deployment }),
      replicaSets: observed && newest !== undefined ? [newest] : [],
      pods: mine,
      nodes,
      events: events.filter((event) => uids.has((event.involvedObject as { uid?: string } | undefined)?.uid)),
    },
  };
}

function stateOf(
  found: Kube | undefined,
  workload: Gate['workloads'][number],
): { state: 'current' | 'in_progress' | 'failed' | 'terminating'; detail: string } {
  if (found === undefined)
    return { state: 'failed', detail: `${workload.kind} ${workload.name} was deleted by somebody else.` };
  if (Number(found.status?.observedGeneration ?? 0) < workload.generation) {
    return { state: 'in_progress', detail: 'The controller has not seen this revision yet.' };
  }
  // Items of a list do not say their kind.
  return objectHealth({ ...found, kind: workload.kind });
}

/** The pod template as text, without the label that only the ReplicaSet's copy carries. */
function templateOf(object: Kube | undefined): string {
  const template = (object?.spec as { template?: Kube } | undefined)?.template;
  const { 'pod-template-hash': _hash, ...labels } = template?.metadata?.labels ?? {};
  return JSON.stringify({ ...template, metadata: { ...template?.metadata, labels } });
}

function isUnschedulable(pod: Kube): boolean {
  const conditions = pod.status?.conditions;
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (each: { type?: string; reason?: string }) => each.type === 'PodScheduled' && each.reason === 'Unschedulable',
    )
  );
}

function restartsOf(pod: Kube): number {
  const statuses = pod.status?.containerStatuses;
  if (!Array.isArray(statuses)) return 0;
  return statuses.reduce<number>((sum, status: { restartCount?: number }) => sum + (status.restartCount ?? 0), 0);
}
