const mostKept = 5000;

/** Answers that were asked for a moment ago. */
export interface Recent<T> {
  /** The answer, at most so old; one that failed is asked for again. */
  get(key: string, load: () => Promise<T>): Promise<T>;
  /** Something has changed that answers depend on. */
  forget(): void;
}

/**
 * Keeps answers for a moment, so that hundreds of requests a second do not each ask PostgreSQL the same.
 * @param keptMs how old an answer may be when nobody says that something has changed
 */
export function createRecent<T>(keptMs: number, now: () => number = () => performance.now()): Recent<T> {
  const kept = new Map<string, { answer: Promise<T>; until: number }>();
  return {
    get(key, load) {
      const found = kept.get(key);
      if (found !== undefined && found.until > now()) return found.answer;
      if (kept.size >= mostKept) kept.clear();
      const entry = { answer: load(), until: now() + keptMs };
      kept.set(key, entry);
      entry.answer.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return entry.answer;
    },
    forget: () => kept.clear(),
  };
}
