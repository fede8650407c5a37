import type { Database } from '@quarterdeck/database';
import type { Wakes } from './live-set.ts';

/** Notifications of changed rows, by view; every server hears all of them on one connection. */
export interface RowWakes {
  /** Wakes when a row of the view changed; `key` narrows to one row. */
  of<P>(view: string, key?: (params: P) => string): Wakes<P>;
}

/** A wake-up is lost when its process dies right after a commit: whoever looks at a page looks again by itself. */
const sweepMs = 30_000;

/** Listens on `quarterdeck_rows`, whose payload is `{view, key}`. */
export function createRowWakes(database: Database): RowWakes {
  type Waker = { view: string; key: string | undefined; wake: () => void };
  const wakers = new Set<Waker>();
  database.listen('quarterdeck_rows', (payload) => {
    const changed = payload === undefined ? undefined : parse(payload);
    for (const waker of wakers) {
      const meant =
        changed === undefined ||
        (waker.view === changed.view && (waker.key === undefined || waker.key === changed.key));
      if (meant) waker.wake();
    }
  });
  return {
    of: (view, key) => (wake, params) => {
      const waker = { view, key: key?.(params), wake };
      wakers.add(waker);
      const sweep = setInterval(wake, sweepMs).unref();
      return () => {
        wakers.delete(waker);
        clearInterval(sweep);
      };
    },
  };
}

function parse(payload: string): { view: string; key: string } | undefined {
  try {
    const value = JSON.parse(payload) as { view?: unknown; key?: unknown };
    return { view: String(value.view), key: String(value.key) };
  } catch {
    return undefined;
  }
}
