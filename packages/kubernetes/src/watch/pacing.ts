import type { Clock } from './clock.ts';

/** Keeps a worker from storming its clusters: full syncs take turns, watches start one after another. */
export interface Pacing {
  /** Waits for a turn; the result ends it. Lower ranks go first. */
  fullSync(cluster: string, rank: number, signal: AbortSignal): Promise<() => void>;
  /** Milliseconds to wait before the next watch may start. */
  startDelayMs(): number;
}

export function createPacing(options: {
  clock: Clock;
  maxSyncs?: number;
  maxSyncsPerCluster?: number;
  startsPerSecond?: number;
}): Pacing {
  const { clock, maxSyncs = 4, maxSyncsPerCluster = 2, startsPerSecond = 20 } = options;
  type Waiter = { cluster: string; rank: number; go: () => void };
  const waiting: Waiter[] = [];
  const running = new Map<string, number>();
  let nextStart = Number.NEGATIVE_INFINITY;

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
  }

  return {
    fullSync(cluster, rank, signal) {
      return new Promise((resolve) => {
        let admitted = false;
        const waiter: Waiter = {
          cluster,
          rank,
          go() {
            admitted = true;
            let ended = false;
            resolve(() => {
              if (!ended) leave(cluster);
              ended = true;
            });
          },
        };
        const place = waiting.findIndex((other) => other.rank > rank);
        waiting.splice(place === -1 ? waiting.length : place, 0, waiter);
        signal.addEventListener(
          'abort',
          () => {
            const index = waiting.indexOf(waiter);
            if (index !== -1) waiting.splice(index, 1);
            if (!admitted) resolve(() => {});
          },
          { once: true },
        );
        admit();
      });
    },
    startDelayMs() {
      const now = clock.now();
      const at = Math.max(now, nextStart);
      nextStart = at + 1000 / startsPerSecond;
      return at - now;
    },
  };
}
