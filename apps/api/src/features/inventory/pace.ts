/** Lets a few full syncs run at once, and fewer of one cluster: a returning fleet must not list everything together. */
export interface Pace {
  run<T>(clusterNo: number, sync: () => Promise<T>): Promise<T>;
}

export function createPace(limits: { syncs: number; perCluster: number }): Pace {
  const running = new Map<number, number>();
  let waiting: { clusterNo: number; start: () => void }[] = [];
  let total = 0;

  function count(clusterNo: number, change: 1 | -1): void {
    total += change;
    running.set(clusterNo, (running.get(clusterNo) ?? 0) + change);
  }

  function mayStart(clusterNo: number): boolean {
    return total < limits.syncs && (running.get(clusterNo) ?? 0) < limits.perCluster;
  }

  function startNext(): void {
    const next = waiting.find((entry) => mayStart(entry.clusterNo));
    if (next === undefined) return;
    waiting = waiting.filter((entry) => entry !== next);
    // Counted here, not by the waiter: another could start in between.
    count(next.clusterNo, 1);
    next.start();
  }

  return {
    async run(clusterNo, sync) {
      if (mayStart(clusterNo)) count(clusterNo, 1);
      else await new Promise<void>((start) => waiting.push({ clusterNo, start }));
      try {
        return await sync();
      } finally {
        count(clusterNo, -1);
        startNext();
      }
    },
  };
}
