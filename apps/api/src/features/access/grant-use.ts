import type { RightsStore } from './rights.store.ts';

const flushMs = 60_000;

export interface GrantUse {
  /** A grant has just decided something. */
  note(grantId: string): void;
  /** Writes what was noted; also called once a minute. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Remembers which grants are used, for the review of access; a killed process forgets at most a minute of it. */
export function createGrantUse(store: RightsStore): GrantUse {
  let noted = new Set<string>();

  async function flush(): Promise<void> {
    if (noted.size === 0) return;
    const taken = noted;
    noted = new Set();
    await store.noteUse([...taken]);
  }

  // The database is away: the next minute writes what is used then.
  const timer = setInterval(() => void flush().catch(() => {}), flushMs).unref();
  return {
    note: (grantId) => void noted.add(grantId),
    flush,
    async close() {
      clearInterval(timer);
      await flush().catch(() => {});
    },
  };
}
