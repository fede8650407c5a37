import type { Clock } from './clock.ts';

/**
 * Where a cluster's store stands. Its kinds count in one store, so a version that one of them is told of is that of all:
 * kinds that come back together ask once.
 */
export interface StoreVersion {
  /**
   * The version at a moment after `since`.
   * @param ask reads it by the list of a kind; called where nobody has asked since then
   */
  reached(since: number, ask: () => Promise<string>): Promise<string>;
}

/** Nothing older is said. */
const freshMs = 30_000;

export function createStoreVersion(clock: Pick<Clock, 'now'>): StoreVersion {
  let last: { askedAt: number; answer: Promise<string | undefined> } | undefined;
  return {
    async reached(since, ask) {
      const known = last;
      if (known !== undefined && known.askedAt >= since && clock.now() - known.askedAt <= freshMs) {
        // What one kind is refused tells nothing of another.
        const version = await known.answer;
        if (version !== undefined) return version;
      }
      const asking = ask();
      last = { askedAt: clock.now(), answer: asking.catch(() => undefined) };
      return asking;
    },
  };
}
