import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { CatchUps } from './catch-ups.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import type { WaitingPlans } from './plan-waiting.ts';

const sweepMs = 2000;
/** What happens at once happens where it was caused; here is what time or somebody else has allowed. */
const restMs = 100;
const atOnce = 100;

/**
 * Lets releases go on when time alone, an approval or a cluster that is back allows it. Runs tell what they did by
 * themselves; the sweep finds what a worker that died left behind.
 */
export function startAdvanceLoop(deps: {
  database: Database;
  machineStore: MachineStore;
  machine: ReleaseMachine;
  catchUps: CatchUps;
  waitingPlans: WaitingPlans;
  logger: Logger;
}): Loop {
  const { database, machineStore, machine, catchUps, logger } = deps;

  async function advanceDue(): Promise<void> {
    for (const releaseId of await machineStore.due(atOnce)) {
      await machine.advance(releaseId).catch((error: unknown) => {
        logger.warn({ err: error, release: releaseId }, 'release did not go on');
      });
    }
  }

  async function askRegistries(): Promise<void> {
    for (const releaseId of await machineStore.waitingForImages(atOnce)) {
      await deps.waitingPlans.resolve(releaseId).catch((error: unknown) => {
        logger.warn({ err: error, release: releaseId }, 'release was not planned');
      });
    }
  }

  const loop = startLoop({
    name: 'release.advance',
    everyMs: sweepMs,
    restMs,
    logger,
    run: async () => {
      await askRegistries();
      await advanceDue();
      await catchUps.sweep();
    },
  });
  const stopListening = database.listen('quarterdeck_jobs', () => loop.wake());
  return {
    wake: () => loop.wake(),
    async stop() {
      stopListening();
      await loop.stop();
    },
  };
}
