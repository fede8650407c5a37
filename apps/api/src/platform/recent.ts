const mostKept = 5000;

/** Answers that were asked for a moment ago. */
export interface Recent<T> {
  /** The answer, at most so old; one that failed is asked for again. */
  get(key: string, load: () => Promise<T>): Promise<T>;
  /** Something has changed that answers depend on. */
  forget(): void;
}

type Entry<T> = { answer: Promise<T>; until: number; isRenewed?: boolean };

/**
 * Keeps answers for a moment, so that hundreds of requests a second do not each ask PostgreSQL the same.
 * @param keptMs how old an answer may be when nobody says that something has changed
 * @param options `renew`: for as long again the old answer goes on while a new one is asked for, so that nobody waits for
 *   what is slow to tell and asked all the time
 */
export function createRecent<T>(
  keptMs: number,
  { now = () => performance.now(), renew = false }: { now?: () => number; renew?: boolean } = {},
): Recent<T> {
  const kept = new Map<string, Entry<T>>();

  /** Unless it was forgotten meanwhile: what was asked for before the change says nothing. */
  async function renewEntry(key: string, old: Entry<T>, load: () => Promise<T>): Promise<void> {
    if (old.isRenewed === true) return;
    old.isRenewed = true;
    const entry = { answer: load(), until: now() + keptMs };
    try {
      await entry.answer;
      if (kept.get(key) === old) kept.set(key, entry);
    } catch {
      old.isRenewed = false;
    }
  }

  return {
    get(key, load) {
      const found = kept.get(key);
      if (found !== undefined && found.until > now()) return found.answer;
      if (renew && found !== undefined && found.until + keptMs > now()) {
        void renewEntry(key, found, load);
        return found.answer;
      }
      if (kept.size >= mostKept) kept.clear();
      const entry: Entry<T> = { answer: load(), until: now() + keptMs };
      kept.set(key, entry);
      entry.answer.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return entry.answer;
    },
    forget: () => kept.clear(),
  };
}

/** What this process remembers for a moment of answers to many questions. */
export interface Memory {
  /** One more kind of answers, forgotten together with all others; `renew` as of `createRecent`. */
  recent<T>(options?: { renew?: boolean }): Recent<T>;
  /** Something was changed here: what follows must see it, whatever was remembered. */
  forget(): void;
}

/** How old an answer may be that everybody asks for with each request; a fifth of what a revocation may take. */
export const momentMs = 1000;

/** @param keptMs 0 remembers nothing */
export function createMemory(keptMs: number = momentMs): Memory {
  const all: Recent<unknown>[] = [];
  return {
    recent<T>(options = {}) {
      const one = createRecent<T>(keptMs, options);
      all.push(one as Recent<unknown>);
      return one;
    },
    forget() {
      for (const one of all) one.forget();
    },
  };
}
