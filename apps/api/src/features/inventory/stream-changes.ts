import type { KindKey } from './object-rows.ts';
import type { StreamChange } from './stream-batch.ts';

/**
 * Gathers what is new of the watches of one cluster, so that it is written together: while one statement is under way
 * the changes of all others become the next. A fleet at rest would else be a statement a kind and minute, and one that
 * starts five a kind.
 */
export interface StreamChanges {
  /** Resolves when it is stored. A kind has one change under way at a time. */
  put(key: KindKey, change: StreamChange): Promise<void>;
  /** A position that nothing hangs on: stored with the next change of any kind, or after half a minute. */
  putLater(key: KindKey, position: NonNullable<StreamChange['position']>): void;
  /** The kind's rows and position are written elsewhere: what was put later is of before. */
  overtake(key: KindKey): void;
  /** Stores what was put later. */
  flush(): Promise<void>;
}

const laterMs = 30_000;

/** @param write one at a time, in turn with the cluster's other writes; asked for what there is only when it is due */
export function createStreamChanges(options: {
  write: (take: () => ReadonlyMap<KindKey, StreamChange>) => Promise<void>;
}): StreamChanges {
  let now = new Map<KindKey, StreamChange>();
  let later = new Map<KindKey, StreamChange>();
  let gathering: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function take(): ReadonlyMap<KindKey, StreamChange> {
    const taken = new Map(later);
    for (const [key, change] of now) taken.set(key, { ...taken.get(key), ...change });
    now = new Map();
    later = new Map();
    gathering = undefined;
    clearTimeout(timer);
    timer = undefined;
    return taken;
  }

  function gather(): Promise<void> {
    gathering ??= options.write(take);
    return gathering;
  }

  return {
    put(key, change) {
      if (Object.keys(change).length === 0) return Promise.resolve();
      now.set(key, { ...now.get(key), ...change });
      return gather();
    },
    putLater(key, position) {
      later.set(key, { position });
      // Whatever fails here fails the next write, too, and somebody waits for that; the older position is good.
      timer ??= setTimeout(() => void gather().catch(() => {}), laterMs).unref();
    },
    overtake: (key) => void later.delete(key),
    flush: () => (later.size === 0 ? Promise.resolve() : gather()),
  };
}
