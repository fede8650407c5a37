import { AppError } from '../../platform/errors.ts';

/** What its log needs to know of a pod. */
export type Pod = {
  metadata?: { annotations?: Record<string, string> };
  spec?: { containers?: { name?: string }[] };
  status?: { phase?: string; containerStatuses?: { name?: string; state?: { waiting?: { reason?: string } } }[] };
};

/**
 * The container that is meant when none is named.
 * @throws AppError `logs_unavailable` the pod has none
 */
export function defaultContainerOf(pod: Pod): string {
  const chosen = pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  const name = chosen ?? pod.spec?.containers?.[0]?.name;
  if (name === undefined) throw new AppError('logs_unavailable', 409, 'This pod has no container.');
  return name;
}

/**
 * What a container without a log is still waiting for: `ContainerCreating`, `ImagePullBackOff`, `Pending` before it has
 * a node. `undefined` when no log is to come: the pod has no such container, or has ended.
 */
export function waitingFor(pod: Pod, container: string): string | undefined {
  const isOfPod = pod.spec?.containers?.some(({ name }) => name === container) === true;
  const phase = pod.status?.phase ?? 'Pending';
  if (!isOfPod || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const reason = pod.status?.containerStatuses?.find(({ name }) => name === container)?.state?.waiting?.reason;
  // A cluster's own words are shown only where they are a word.
  return reason !== undefined && /^\w{1,60}$/.test(reason) ? reason : 'Pending';
}
