import { at, int, list, text } from '../health/json.ts';
import type { ClusterClient, ClusterResponse, Identity, Priority } from '../transport/cluster-client.ts';
import { retryAfterSeconds } from '../transport/retry-after.ts';

/** Who asks a cluster about a node, how urgently, and until when. */
export type NodeContext = {
  client: ClusterClient;
  identity: Identity;
  priority: Priority;
  signal?: AbortSignal;
};

/** Which pod is meant: another one of the name is not touched. */
export type PodRef = { namespace: string; name: string; uid: string; resourceVersion?: string | undefined };

/** What a cluster answered to an eviction. */
export type EvictionAnswer =
  /** It goes, in its own time. */
  | { outcome: 'accepted'; status: number }
  /** It is gone, or another one has its name. */
  | { outcome: 'gone'; status: number }
  /** A budget or the cluster says "not now". */
  | { outcome: 'blocked'; status: number; byBudget: boolean; detail: string; retryAfterSeconds: number | undefined }
  /** Asking again would not help. */
  | { outcome: 'refused'; status: number; detail: string };

/** A write lasts no longer than the lease of whoever sends it. */
const writeMs = 8000;
const saidAtMost = 300;

/**
 * Asks the cluster to let a pod go, which its budgets may refuse.
 * @throws ClusterError where nobody answered: then it may have been taken, and asking again is safe
 */
export async function evictPod(context: NodeContext, pod: PodRef): Promise<EvictionAnswer> {
  const { namespace, name, uid, resourceVersion } = pod;
  const response = await context.client.request({
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`,
    ...asked(context),
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions: { preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) } },
    },
  });
  return evictionAnswer(response);
}

/** What the answer to an eviction means. */
export function evictionAnswer({ status, body, headers }: ClusterResponse): EvictionAnswer {
  if (status < 300) return { outcome: 'accepted', status };
  if (status === 404 || status === 409) return { outcome: 'gone', status };
  const causes = list(at(body, 'details', 'causes'));
  const budgetCause = causes.find((cause) => at(cause, 'reason') === 'DisruptionBudget');
  const detail = (text(at(budgetCause, 'message')) ?? text(at(body, 'message')) ?? `status ${status}`).slice(
    0,
    saidAtMost,
  );
  // Its namespace is going, and it with it: nothing is to be done but to wait.
  const isGoing = causes.some((cause) => at(cause, 'reason') === 'NamespaceTerminating');
  // Two budgets over one pod: no eviction is ever answered otherwise.
  const isTwice = /more than one PodDisruptionBudget/.test(detail);
  if (status === 429 || isGoing || (status >= 500 && !isTwice)) {
    const seconds = retryAfterSeconds(headers['retry-after']) ?? int(at(body, 'details', 'retryAfterSeconds'));
    return { outcome: 'blocked', status, byBudget: budgetCause !== undefined, detail, retryAfterSeconds: seconds };
  }
  return { outcome: 'refused', status, detail };
}

/** What every request of this context carries. */
export function asked({ identity, priority, signal }: NodeContext) {
  return { identity, priority, timeoutMs: writeMs, ...(signal === undefined ? {} : { signal }) };
}
