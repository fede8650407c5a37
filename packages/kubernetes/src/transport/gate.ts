import { ClusterError } from './cluster-client.ts';

/** Bounded concurrency with a bounded queue: the bulkhead of one pool. */
export interface Gate {
  /**
   * Resolves to how to leave again (any number of calls; the first counts).
   * @throws ClusterError `cluster_busy` when the queue is full or the wait too long; the signal's reason when aborted
   */
  enter(signal: AbortSignal): Promise<() => void>;
}

export type GateLimits = { concurrent: number; queue: number; waitMs: number };

export function createGate({ concurrent, queue, waitMs }: GateLimits): Gate {
  let inside = 0;
  // No Set: what each request enters and leaves would keep them all from the scavenger, each with the next.
  const waiting: (() => void)[] = [];

  function leaveOnce(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside -= 1;
      waiting[0]?.();
    };
  }

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (inside < concurrent) {
        inside += 1;
        return leaveOnce();
      }
      if (waiting.length >= queue) throw busy();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(() => reject(busy())), waitMs);
        const onAbort = () => settle(() => reject(signal.reason));
        const next = () =>
          settle(() => {
            inside += 1;
            resolve(leaveOnce());
          });
        function settle(act: () => void): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          waiting.splice(waiting.indexOf(next), 1);
          act();
        }
        waiting.push(next);
        signal.addEventListener('abort', onAbort);
      });
    },
  };
}

function busy(): ClusterError {
  return new ClusterError('cluster_busy', 'Too many requests wait for this cluster. Try again in a few seconds.');
}
