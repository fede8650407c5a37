import type { Clock } from './clock.ts';

/** Keeps a worker from storming its clusters: full syncs take turns, requests start one after another. */
export interface Pacing {
  /**
   * Waits for a place; the result gives it back. Lower ranks go first, and clusters that came first: one whose pods are
   * there is worth more than ten of which only the namespaces are.
   */
  fullSync(cluster: string, rank: number, signal: AbortSignal): Promise<() => void>;
  /**
   * Waits until one more list or watch may start: so many in any second over all clusters. Lower ranks go first, but
   * nobody is passed by forever. Resolves at once when the signal aborts.
   */
  start(rank: number, signal: AbortSignal): Promise<void>;
}

/** A rank more is worth as much as having waited so much less. */
const rankMs = 100;
const windowMs = 1000;
/** A cluster that came one later stands so many ranks behind. */
const clusterRanks = 30;

export function createPacing(options: {
  clock: Clock;
  maxSyncs?: number;
  maxSyncsPerCluster?: number;
  startsPerSecond?: number;
}): Pacing {
  const { clock, maxSyncs = 4, maxSyncsPerCluster = 2, startsPerSecond = 20 } = options;
  type Waiter = { cluster: string; rank: number; key: number; go: () => void };
  const waiting: Waiter[] = [];
  const running = new Map<string, number>();
  /** Clusters with a sync that waits or runs, in the order they came. */
  const places = new Map<string, number>();
  let lastPlace = 0;
  type Starter = { key: number; go: () => void };
  const starting: Starter[] = [];
  /** When the last starts were, oldest first; never more than a second may hold. */
  const started: number[] = [];
  let cancelTimer: (() => void) | undefined;

  function startNext(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    for (;;) {
      const now = clock.now();
      const oldest = started.length < startsPerSecond ? Number.NEGATIVE_INFINITY : (started[0] ?? 0);
      if (starting.length === 0) return;
      if (now - oldest < windowMs) {
        cancelTimer = clock.after(oldest + windowMs - now, startNext);
        return;
      }
      started.push(now);
      if (started.length > startsPerSecond) started.shift();
      starting.shift()?.go();
    }
  }

  function total(): number {
    return [...running.values()].reduce((sum, count) => sum + count, 0);
  }

  function admit(): void {
    while (total() < maxSyncs) {
      const index = waiting.findIndex(({ cluster }) => (running.get(cluster) ?? 0) < maxSyncsPerCluster);
      const next = waiting[index];
      if (next === undefined) return;
      waiting.splice(index, 1);
      running.set(next.cluster, (running.get(next.cluster) ?? 0) + 1);
      next.go();
    }
  }

  function leave(cluster: string): void {
    const left = (running.get(cluster) ?? 1) - 1;
    if (left === 0) running.delete(cluster);
    else running.set(cluster, left);
    admit();
    forgetPlace(cluster);
  }

  function placeOf(cluster: string): number {
    const known = places.get(cluster);
    if (known !== undefined) return known;
    lastPlace += 1;
    places.set(cluster, lastPlace);
    return lastPlace;
  }

  function forgetPlace(cluster: string): void {
    if (!running.has(cluster) && !waiting.some((waiter) => waiter.cluster === cluster)) places.delete(cluster);
  }

  return {
    fullSync(cluster, rank, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(() => {});
        const onAbort = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          forgetPlace(cluster);
          resolve(() => {});
        };
        const waiter: Waiter = {
          cluster,
          rank,
          key: placeOf(cluster) * clusterRanks + rank,
          go() {
            signal.removeEventListener('abort', onAbort);
            let ended = false;
            resolve(() => {
              if (!ended) leave(cluster);
              ended = true;
            });
          },
        };
        const place = waiting.findIndex(
          ({ key, rank: other }) => key > waiter.key || (key === waiter.key && other > rank),
        );
        waiting.splice(place === -1 ? waiting.length : place, 0, waiter);
        signal.addEventListener('abort', onAbort, { once: true });
        admit();
      });
    },
    start(rank, signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const onAbort = () => {
          const index = starting.indexOf(starter);
          if (index !== -1) starting.splice(index, 1);
          startNext();
          resolve();
        };
        const starter: Starter = {
          key: clock.now() + rank * rankMs,
          go() {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const place = starting.findIndex((other) => other.key > starter.key);
        starting.splice(place === -1 ? starting.length : place, 0, starter);
        signal.addEventListener('abort', onAbort, { once: true });
        startNext();
      });
    },
  };
}
