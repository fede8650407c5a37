import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Clusters } from '../clusters/index.ts';
import type { AutomaticReleases } from './automatic-releases.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import type { WaitingPlans } from './plan-waiting.ts';
import type { ReleasesStore } from './releases.store.ts';

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
  clusters: Clusters;
  store: ReleasesStore;
  machineStore: MachineStore;
  machine: ReleaseMachine;
  automatic: AutomaticReleases;
  waitingPlans: WaitingPlans;
  logger: Logger;
}): Loop {
  const { database, store, machineStore, machine, automatic, logger } = deps;

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

  /** What a cluster missed while it was away follows when it answers again. */
  async function catchUp(): Promise<void> {
    await machineStore.dropMootDebts();
    const debts = await machineStore.owed(atOnce);
    if (debts.length === 0) return;
    const reachable = new Set(
      (await deps.clusters.records()).flatMap(({ id, state }) => (state === 'connected' ? [id] : [])),
    );
    for (const debt of debts) {
      if (!reachable.has(debt.clusterId)) continue;
      const release = await store.findById(debt.releaseId);
      if (release === undefined) continue;
      await database.transaction(async (tx) => {
        await automatic.catchUp(tx, { ...debt, debtId: debt.id, release });
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
      await catchUp();
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
