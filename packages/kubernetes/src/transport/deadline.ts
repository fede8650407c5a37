import { ClusterError, type ClusterRequest } from './cluster-client.ts';

/** One signal for the caller's abort and the time limit, with a `ClusterError` as its reason. */
export function startDeadline(request: Pick<ClusterRequest, 'timeoutMs' | 'signal'>, defaultMs: number, host: string) {
  const controller = new AbortController();
  const timeoutMs = request.timeoutMs ?? defaultMs;
  const timer = setTimeout(() => {
    controller.abort(new ClusterError('cluster_timeout', `${host} did not answer within ${timeoutMs} ms.`));
  }, timeoutMs);
  const onAbort = () => controller.abort(new ClusterError('aborted', 'The request was given up.'));
  if (request.signal?.aborted === true) onAbort();
  request.signal?.addEventListener('abort', onAbort);
  const stopTimer = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    stopTimer,
    end() {
      stopTimer();
      request.signal?.removeEventListener('abort', onAbort);
    },
  };
}
