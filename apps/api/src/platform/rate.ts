/** Counts what happens in this process by the second. */
export interface Rate {
  /** False when there was more than the limit in this second. */
  takes(): boolean;
}

/** @param limit how much a second may hold */
export function createRate(limit: number, now: () => number = () => performance.now()): Rate {
  let second = 0;
  let taken = 0;
  return {
    takes() {
      const current = Math.floor(now() / 1000);
      if (current !== second) {
        second = current;
        taken = 0;
      }
      taken += 1;
      return taken <= limit;
    },
  };
}
