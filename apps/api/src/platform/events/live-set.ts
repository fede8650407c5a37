import type { Actor } from '../principal.ts';
import type { LiveSource } from './live-hub.ts';

/** Calls `wake` when rows of the set may have changed; returns how to stop. */
export type Wakes<P> = (wake: () => void, params: P) => () => void;

const partRows = 200;

/**
 * A live view that is a complete small set: read whole at the start and again at each wake-up (at most 4 times a
 * second), sent as the difference to what the client has.
 * @param read all rows for this person and these params; rows carry an `id`
 * @param wakes subscribes to the view's notifications
 */
export function liveSet<P, R extends { id: string }>(options: {
  read: (params: P, actor: Actor) => Promise<readonly R[]>;
  wakes: Wakes<P>;
  onError: (error: unknown) => void;
}): LiveSource {
  return {
    async open(subscription) {
      const params = subscription.params as P;
      let sent: ReadonlyMap<string, string> | undefined;
      let closed = false;
      let running = false;
      let again = false;

      async function refresh(isFirst = false): Promise<void> {
        if (closed) return;
        if (running) {
          again = true;
          return;
        }
        running = true;
        try {
          const rows = await options.read(params, subscription.actor);
          if (closed) return;
          const next = new Map(rows.map((row) => [row.id, JSON.stringify(row)]));
          // A client that cannot take it gets a resync from the hub and asks anew.
          if (sent === undefined) sendSnapshot(rows);
          else sendDelta(rows, sent, next);
          sent = next;
        } catch (error) {
          // At the start the subscription fails; later the next wake-up tries again.
          if (isFirst) throw error;
          options.onError(error);
        } finally {
          running = false;
          if (again && !closed) {
            again = false;
            setTimeout(() => void refresh(), 250);
          }
        }
      }

      function sendSnapshot(rows: readonly R[]): void {
        for (let start = 0; start < Math.max(rows.length, 1); start += partRows) {
          const final = start + partRows >= rows.length;
          const part = rows.slice(start, start + partRows);
          if (!subscription.send({ type: 'snapshot', id: subscription.id, rows: part, final })) return;
        }
      }

      function sendDelta(
        rows: readonly R[],
        before: ReadonlyMap<string, string>,
        next: ReadonlyMap<string, string>,
      ): void {
        const puts = rows.filter((row) => before.get(row.id) !== next.get(row.id));
        const dels = [...before.keys()].filter((id) => !next.has(id));
        if (puts.length + dels.length > 0) subscription.send({ type: 'delta', id: subscription.id, puts, dels });
      }

      const stop = options.wakes(() => void refresh(), params);
      const close = () => {
        closed = true;
        stop();
      };
      try {
        await refresh(true);
      } catch (error) {
        close();
        throw error;
      }
      return close;
    },
  };
}
