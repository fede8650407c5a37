import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import { type ExecuteDeps, executeRun } from './execute-run.ts';
import type { HeldRun } from './release-rows.ts';

const sweepMs = 2000;
const atOnce = 32;
const heartbeatMs = 2000;

/**
 * Executes runs under leases. NOTIFY wakes it, so a click reaches the cluster in milliseconds; the sweep finds what a
 * worker that died left behind.
 */
export function startReleaseLoop(deps: ExecuteDeps & { database: Database['pool']; listen: Database['listen'] }): Loop {
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`;
  const working = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function work(run: HeldRun): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([lost.signal, stopping.signal]);
    const heartbeat = setInterval(() => {
      deps.runs.renew(run).then(
        (held) => {
          if (!held) lost.abort();
        },
        // The database is away: the lease runs out by itself, and fenced writes will say so.
        () => {},
      );
    }, heartbeatMs);
    try {
      await executeRun(run, deps, signal);
    } finally {
      clearInterval(heartbeat);
    }
  }

  const loop = startLoop({
    name: 'run.execute',
    everyMs: sweepMs,
    logger: deps.logger,
    run: async () => {
      for (const run of await deps.runs.take(owner, atOnce - working.size)) {
        const task = work(run)
          .catch((error: unknown) => deps.logger.warn({ err: error, run: run.id }, 'run broke off'))
          .finally(() => working.delete(task));
        working.add(task);
      }
    },
  });
  const stopListening = deps.listen('quarterdeck_jobs', (payload) => {
    if (payload === undefined || payload.includes('run.execute')) loop.wake();
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      stopListening();
      stopping.abort();
      await loop.stop();
      await Promise.all(working);
    },
  };
}
