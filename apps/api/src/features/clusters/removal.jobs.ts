import type { Database } from '@quarterdeck/database';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ClustersStore } from './clusters.store.ts';

const everyMs = 10_000;

/** Deletes what is left of removed clusters, rows first, in chunks. May stop anywhere and go on. */
export function startRemovalLoop(deps: {
  database: Database;
  store: ClustersStore;
  /** Deletes a chunk of a cluster's rows; true when none is left. The inventory fills this port. */
  purgeRows: (clusterNumber: number) => Promise<boolean>;
  logger: Logger;
}): Loop {
  const { database, store, logger } = deps;
  const loop = startLoop({
    name: 'cluster.remove',
    everyMs,
    logger,
    run: async (signal) => {
      for (const cluster of (await store.list()).filter((each) => each.state === 'removing')) {
        let done = false;
        while (!done && !signal.aborted) done = await deps.purgeRows(cluster.number);
        if (!done) return;
        await database.transaction((tx) => store.remove(tx, cluster.id));
        await store.notify(database.pool, [cluster.id]);
        logger.info({ cluster: cluster.slug }, 'cluster removed');
      }
    },
  });
  const stopListening = database.listen('quarterdeck_jobs', (payload) => {
    if (payload === undefined || payload.includes('cluster.remove')) loop.wake();
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      stopListening();
      await loop.stop();
    },
  };
}
