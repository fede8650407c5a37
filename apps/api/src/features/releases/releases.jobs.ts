import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { executeRun } from './execute-run.ts';
import type { HeldRun } from './release-rows.ts';
import { createRolloutLists } from './rollout-lists.ts';
import { createRunAuthority } from './run-authority.ts';

const sweepMs = 2000;
/** Runs that write, in all and on one cluster: a cluster that hangs must not hold up the others. */
const writersAtOnce = 128;
const writersPerCluster = 4;
/** With those that are out and only looked at, for half a minute or until patience ends. */
const runsAtOnce = 1000;
const heartbeatMs = 2000;

/**
 * Executes runs under leases. NOTIFY wakes it, so a click reaches the cluster in milliseconds; the sweep finds what a
 * worker that died left behind.
 */
export function startReleaseLoop(
  given: Omit<ExecuteDeps, 'authority' | 'lists'> & { database: Database['pool']; listen: Database['listen'] },
): Loop {
  const deps = { ...given, authority: createRunAuthority(given), lists: createRolloutLists() };
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`;
  const working = new Set<Promise<void>>();
  const writers = new Map<HeldRun, string>();
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
      await executeRun(run, deps, signal, () => wroteAll(run));
    } finally {
      clearInterval(heartbeat);
      wroteAll(run);
    }
  }

  /** Its place is free for the next one. */
  function wroteAll(run: HeldRun): void {
    if (writers.delete(run)) loop.wake();
  }

  function start(run: HeldRun): void {
    if (run.state !== 'gating') writers.set(run, run.clusterId);
    const task = work(run)
      .catch((error: unknown) => deps.logger.warn({ err: error, run: run.id }, 'run broke off'))
      .finally(() => working.delete(task));
    working.add(task);
  }

  const loop = startLoop({
    name: 'run.execute',
    everyMs: sweepMs,
    logger: deps.logger,
    run: async () => {
      const room = {
        limit: Math.min(writersAtOnce - writers.size, runsAtOnce - working.size),
        perCluster: writersPerCluster,
        atWork: countOf(writers.values()),
      };
      for (const run of await deps.runs.takeWork(owner, room)) start(run);
      for (const run of await deps.runs.takeWatch(owner, runsAtOnce - working.size)) start(run);
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

function countOf(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
