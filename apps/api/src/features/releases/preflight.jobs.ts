import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { MachineStore } from './machine.store.ts';
import type { Preflight } from './preflight.ts';

const sweepMs = 2000;
const releasesAtOnce = 64;

/** Looks at the first wave of each release that starts. NOTIFY wakes it; the sweep finds what a dead worker left. */
export function startPreflightLoop(deps: {
  database: Database;
  machineStore: MachineStore;
  preflight: Preflight;
  logger: Logger;
}): Loop {
  const { database, machineStore, preflight, logger } = deps;
  const working = new Set<Promise<void>>();

  function look(releaseId: string): void {
    const task = preflight
      .ofRelease(releaseId)
      .catch((error: unknown) => logger.warn({ err: error, release: releaseId }, 'preflight broke off'))
      .finally(() => {
        working.delete(task);
        if (working.size === releasesAtOnce - 1) loop.wake();
      });
    working.add(task);
  }

  const loop = startLoop({
    name: 'release.preflight',
    everyMs: sweepMs,
    logger,
    run: async () => {
      const room = releasesAtOnce - working.size;
      if (room > 0) for (const releaseId of await machineStore.takePreflights(room)) look(releaseId);
    },
  });
  const stopListening = database.listen('quarterdeck_jobs', () => loop.wake());
  return {
    wake: () => loop.wake(),
    async stop() {
      stopListening();
      await loop.stop();
      await Promise.all(working);
    },
  };
}
