import type { Database } from '@quarterdeck/database';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Clusters } from '../clusters/index.ts';
import type { AutomaticReleases } from './automatic-releases.ts';
import type { MachineStore } from './machine.store.ts';
import { isReachable } from './machine.ts';

const atOnce = 100;

export type CatchUps = {
  /** What clusters missed while they were away follows when they answer; what has become moot is owed no more. */
  sweep(): Promise<void>;
};

export function createCatchUps(deps: {
  database: Database;
  clusters: Pick<Clusters, 'records'>;
  machineStore: MachineStore;
  automatic: AutomaticReleases;
  logger: Logger;
}): CatchUps {
  const { database, clusters, machineStore, automatic, logger } = deps;
  return {
    async sweep() {
      await database.transaction((tx) => machineStore.dropMootDebts(tx));
      const reachable = (await clusters.records()).flatMap(({ id, state }) => (isReachable(state) ? [id] : []));
      for (const { id } of await machineStore.owed(reachable, atOnce)) {
        // One that cannot be made holds up none of the others.
        await database
          .transaction((tx) => automatic.catchUp(tx, id))
          .catch((error: unknown) => logger.warn({ err: error, debt: id }, 'debt was not followed'));
      }
    },
  };
}
