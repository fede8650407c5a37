/** Something that ended: a toast for a moment, a line in the bell for a week. */
export type Notice = {
  id: string;
  kind: 'success' | 'error';
  text: string;
  /** Path in the portal. */
  to: string;
  at: string;
  seen: boolean;
};

const keptMs = 7 * 24 * 3_600_000;
const keptCount = 200;

type Store = Pick<Storage, 'getItem' | 'setItem'>;

export type Notices = ReturnType<typeof createNotices>;

/** Notices of one person in this browser; other tabs see them when they next read. */
export function createNotices(storage: Store, key: string, now: () => number = Date.now) {
  const listeners = new Set<() => void>();
  let notices = read();

  function read(): readonly Notice[] {
    try {
      const stored = JSON.parse(storage.getItem(key) ?? '[]') as Notice[];
      return stored.filter((notice) => now() - Date.parse(notice.at) < keptMs).slice(0, keptCount);
    } catch {
      return [];
    }
  }

  function write(next: readonly Notice[]): void {
    notices = next.slice(0, keptCount);
    storage.setItem(key, JSON.stringify(notices));
    for (const listener of listeners) listener();
  }

  return {
    all: () => notices,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** @returns the notice as kept */
    add(notice: Omit<Notice, 'id' | 'at'>): Notice {
      const at = new Date(now()).toISOString();
      const made = { ...notice, at, id: `${at} ${notice.to}` };
      // Another tab may have said the same of the same work already.
      write([made, ...read().filter((other) => other.to !== made.to || other.text !== made.text)]);
      return made;
    },
    markSeen(): void {
      write(read().map((notice) => ({ ...notice, seen: true })));
    },
  };
}
