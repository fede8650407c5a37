import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { HeldDrain } from './drains.store.ts';
import { type WorkDrainDeps, workDrain } from './work-drain.ts';

const sweepMs = 2000;
const heartbeatMs = 2000;
const atOnce = 50;

/**
 * `drain.work`: nodes are drained under leases. NOTIFY wakes it; the sweep finds what a worker that died left behind, which
 * goes on as soon as nothing that it sent can be under way any more.
 */
export function startDrainLoop(
  deps: WorkDrainDeps & { database: Pick<Database, 'pool' | 'transaction' | 'listen'> },
): Loop {
  const { store, database, logger } = deps;
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`;
  const working = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  async function work(drain: HeldDrain): Promise<void> {
    const lost = new AbortController();
    const heartbeat = setInterval(() => {
      store.renew(drain).then(
        (held) => {
          if (!held) lost.abort();
        },
        // The database is away: the lease runs out by itself, and fenced writes will say so.
        () => {},
      );
    }, heartbeatMs);
    try {
      await workDrain(drain, deps, AbortSignal.any([lost.signal, stopping.signal]));
    } finally {
      clearInterval(heartbeat);
    }
  }

  const loop = startLoop({
    name: 'drain.work',
    everyMs: sweepMs,
    logger,
    run: async () => {
      for (const drain of await store.take(owner, atOnce - working.size)) {
        const task = work(drain)
          .catch((error: unknown) => logger.warn({ err: error, drain: drain.id }, 'drain broke off'))
          .finally(() => working.delete(drain.id));
        working.set(drain.id, task);
      }
    },
  });
  const stopListening = database.listen('quarterdeck_jobs', (payload) => {
    if (payload === undefined || payload.includes('drain.work')) loop.wake();
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      stopListening();
      stopping.abort();
      await loop.stop();
      await Promise.all(working.values());
    },
  };
}
