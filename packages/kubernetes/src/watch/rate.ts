import type { Clock } from './clock.ts';

/**
 * Waits for its turn: so many go in any second over all clusters, and so many of each. Lower ranks go first, but nobody
 * is passed by forever. Resolves at once when the signal aborts.
 */
export type Rate = (cluster: string, rank: number, signal: AbortSignal) => Promise<void>;

/** A rank more is worth as much as having waited so much less. */
const rankMs = 100;
const windowMs = 1000;

type Waiter = { cluster: string; key: number; go: () => void };

export function createRate(options: { clock: Clock; perSecond: number; perCluster?: number }): Rate {
  const { clock, perSecond, perCluster = perSecond } = options;
  /** In the order they go, as far as their clusters have room. */
  const waiting: Waiter[] = [];
  const all = createWindow(perSecond);
  const byCluster = new Map<string, ReturnType<typeof createWindow>>();
  let cancelTimer: (() => void) | undefined;

  /** When the cluster may be asked again. */
  function freeAt({ cluster }: Waiter, now: number): number {
    const window = byCluster.get(cluster);
    if (window?.isEmpty(now) === true) byCluster.delete(cluster);
    return window?.freeAt() ?? now;
  }

  function goNext(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    while (waiting.length > 0) {
      const now = clock.now();
      let nextAt = all.freeAt();
      const index = nextAt > now ? -1 : waiting.findIndex((waiter) => freeAt(waiter, now) <= now);
      if (index === -1) {
        if (nextAt <= now) nextAt = Math.min(...new Set(waiting.map((waiter) => freeAt(waiter, now))));
        cancelTimer = clock.after(nextAt - now, goNext);
        return;
      }
      const [waiter] = waiting.splice(index, 1) as [Waiter];
      all.add(now);
      const window = byCluster.get(waiter.cluster) ?? createWindow(perCluster);
      byCluster.set(waiter.cluster, window);
      window.add(now);
      waiter.go();
    }
  }

  return (cluster, rank, signal) => {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const onAbort = () => {
        const index = waiting.indexOf(waiter);
        if (index !== -1) waiting.splice(index, 1);
        goNext();
        resolve();
      };
      const waiter: Waiter = {
        cluster,
        key: clock.now() + rank * rankMs,
        go() {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const place = waiting.findLastIndex((other) => other.key <= waiter.key);
      waiting.splice(place + 1, 0, waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      goNext();
    });
  };
}

/** The last so many times, oldest first. */
function createWindow(most: number) {
  const times: number[] = [];
  return {
    add(now: number): void {
      times.push(now);
      if (times.length > most) times.shift();
    },
    /** When one more has room; in the past where it has. */
    freeAt: () => (times.length < most ? Number.NEGATIVE_INFINITY : (times[0] ?? 0) + windowMs),
    isEmpty: (now: number) => now - (times.at(-1) ?? Number.NEGATIVE_INFINITY) >= windowMs,
  };
}
