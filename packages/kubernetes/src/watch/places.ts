/** Places that clusters take turns in. */
export interface Places {
  /**
   * Waits for a place; the result gives it back. Clusters that came first go first, and lower ranks: one whose pods are
   * there is worth more than ten of which only the namespaces are. An aborted signal ends the waiting, with no place.
   */
  take(cluster: string, rank: number, signal: AbortSignal): Promise<() => void>;
  /** A place at once, or none: nobody who waits is passed by. */
  takeNow(cluster: string): (() => void) | undefined;
}

/** A cluster that came one later stands so many ranks behind. */
const clusterRanks = 30;

type Waiter = { cluster: string; rank: number; key: number; go: () => void };

export function createPlaces({ most, perCluster }: { most: number; perCluster: number }): Places {
  const waiting: Waiter[] = [];
  const running = new Map<string, number>();
  /** Clusters that have or wait for a place, in the order they came. */
  const order = new Map<string, number>();
  let lastInOrder = 0;
  let taken = 0;

  const hasRoom = (cluster: string) => taken < most && (running.get(cluster) ?? 0) < perCluster;

  function enter(cluster: string): () => void {
    taken += 1;
    running.set(cluster, (running.get(cluster) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      leave(cluster);
    };
  }

  function leave(cluster: string): void {
    taken -= 1;
    const left = (running.get(cluster) ?? 1) - 1;
    if (left === 0) running.delete(cluster);
    else running.set(cluster, left);
    admit();
    forget(cluster);
  }

  function admit(): void {
    while (taken < most) {
      const index = waiting.findIndex(({ cluster }) => hasRoom(cluster));
      if (index === -1) return;
      waiting.splice(index, 1)[0]?.go();
    }
  }

  function orderOf(cluster: string): number {
    const known = order.get(cluster);
    if (known !== undefined) return known;
    lastInOrder += 1;
    order.set(cluster, lastInOrder);
    return lastInOrder;
  }

  function forget(cluster: string): void {
    if (!running.has(cluster) && !waiting.some((waiter) => waiter.cluster === cluster)) order.delete(cluster);
  }

  return {
    take(cluster, rank, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(() => {});
        const onAbort = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          forget(cluster);
          resolve(() => {});
        };
        const waiter: Waiter = {
          cluster,
          rank,
          key: orderOf(cluster) * clusterRanks + rank,
          go() {
            signal.removeEventListener('abort', onAbort);
            resolve(enter(cluster));
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
    takeNow(cluster) {
      if (!hasRoom(cluster) || waiting.some((waiter) => hasRoom(waiter.cluster))) return undefined;
      orderOf(cluster);
      return enter(cluster);
    },
  };
}
