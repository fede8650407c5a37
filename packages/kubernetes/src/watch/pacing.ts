import type { Clock } from './clock.ts';
import { createPlaces } from './places.ts';
import { createRate, type Rate } from './rate.ts';

/** A full sync's place among those of all clusters. */
export type SyncPlace = {
  /** It has more objects than a small one. False where no place for a large one is free: it must wait for that. */
  grow(): boolean;
  leave(): void;
};

/**
 * Keeps a worker from storming its clusters, and itself. What is large takes turns: lists of more than a page, four of
 * all clusters at a time. What is small is many: a fleet of 500 clusters has 20,000 kinds, most of which are empty, and
 * each of their syncs is the opening of a watch.
 */
export interface Pacing {
  /** Waits for a place, `large` for one that is known not to be small. Its end is to give it back. */
  fullSync(cluster: string, rank: number, size: 'small' | 'large', signal: AbortSignal): Promise<SyncPlace>;
  /** Before a watch is opened, by itself or with its objects. */
  start: Rate;
  /** Before a list that may be large, and before one that only looks at the version. */
  list: Rate;
}

/** Objects that a small sync has at most: as many as a page. */
export const smallSync = 500;

export function createPacing(options: {
  clock: Clock;
  /** Of large ones; small ones are four times as many. */
  maxSyncs?: number;
  startsPerSecond?: number;
  /** One API server is asked no more than this, however few clusters there are. */
  startsPerCluster?: number;
  listsPerSecond?: number;
}): Pacing {
  const { clock, maxSyncs = 4, startsPerSecond = 200, startsPerCluster = 20, listsPerSecond = 20 } = options;
  const large = createPlaces({ most: maxSyncs, perCluster: 2 });
  const small = createPlaces({ most: 4 * maxSyncs, perCluster: 4 });
  return {
    async fullSync(cluster, rank, size, signal) {
      let leave = await (size === 'large' ? large : small).take(cluster, rank, signal);
      let isLarge = size === 'large';
      return {
        grow() {
          const next = isLarge ? leave : large.takeNow(cluster);
          if (next === undefined) return false;
          if (!isLarge) leave();
          leave = next;
          isLarge = true;
          return true;
        },
        leave: () => leave(),
      };
    },
    start: createRate({ clock, perSecond: startsPerSecond, perCluster: startsPerCluster }),
    list: createRate({ clock, perSecond: listsPerSecond }),
  };
}
