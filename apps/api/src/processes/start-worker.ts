import type { Composition } from '../compose.ts';
import { createCheckpointSigner, startAuditLoops } from '../features/audit/index.ts';
import { startFollowLoop, startHealthLoop, startRemovalLoop, startRenewalLoop } from '../features/clusters/index.ts';
import {
  type ClusterWatches,
  createWatchThreads,
  startInventorySweep,
  startWatchLoop,
} from '../features/inventory/index.ts';
import { startPipelineLoops } from '../features/pipelines/index.ts';
import {
  defaultTiming,
  type GateTiming,
  startAdvanceLoop,
  startDriftLoop,
  startPreflightLoop,
  startReleaseLoop,
} from '../features/releases/index.ts';
import { type DrainTiming, startDrainLoop } from '../features/scheduling/index.ts';
import { startLoop } from '../platform/jobs/loop.ts';

export type RunningWorker = { close(): Promise<void> };

const sweepMs = 10 * 60_000;
const eraseAtOnce = 5000;

/**
 * The background side: everything here runs under leases, so any number of workers may run.
 * @param options.watches where clusters are watched: in threads unless told
 */
export async function startWorker(
  composition: Composition,
  options?: { timing?: GateTiming; drainTiming?: DrainTiming; watches?: ClusterWatches },
): Promise<RunningWorker> {
  const { logger, identity, tokens, trustRules, idempotency, config, database } = composition;
  const watches = startWatchLoop({
    database: composition.database,
    clusters: composition.clusters,
    connections: composition.connections,
    store: composition.inventoryStore,
    rbac: composition.rbacStore,
    ask: composition.askCluster,
    watches:
      options?.watches ??
      createWatchThreads({ database: database.access, addressAllow: config.clusterAddressAllow, logger }),
    logger,
  });
  const loops = [
    watches,
    startLoop({
      name: 'sweep',
      everyMs: sweepMs,
      logger,
      run: async () => {
        await identity.sweep();
        await tokens.sweep();
        await trustRules.sweep();
        await idempotency.sweep();
        await composition.historyStore.sweep();
        await composition.drainsStore.sweep();
      },
    }),
    ...startAuditLoops({
      database: composition.database,
      signer: createCheckpointSigner(composition.installation.name, composition.installation.auditKey),
      checkpointFile: composition.config.checkpointFile,
      logger,
    }),
    startFollowLoop({ connections: composition.connections, logger }),
    startHealthLoop({
      database: composition.database,
      store: composition.clustersStore,
      connections: composition.connections,
      facts: composition.clusterFacts,
      held: watches.held,
      logger,
    }),
    startRenewalLoop({
      database: composition.database,
      store: composition.clustersStore,
      connections: composition.connections,
      credentials: composition.clusterCredentials,
      audit: composition.audit,
      logger,
    }),
    startReleaseLoop({
      database: composition.database.pool,
      listen: composition.database.listen,
      access: composition.access,
      audit: composition.audit,
      connections: composition.connections,
      projectNamespaces: composition.projectNamespaces,
      store: composition.releasesStore,
      runs: composition.runsStore,
      left: composition.leftObjectsStore,
      machine: composition.releaseMachine,
      preflight: composition.preflight,
      fingerprints: composition.fingerprints,
      fieldManager: composition.releaseFieldManager,
      timing: options?.timing ?? defaultTiming,
      logger,
    }),
    startDrainLoop({
      database: composition.database,
      access: composition.access,
      audit: composition.audit,
      connections: composition.connections,
      records: composition.proxyRecords,
      store: composition.drainsStore,
      logger,
      ...(options?.drainTiming === undefined ? {} : { timing: options.drainTiming }),
    }),
    ...startPipelineLoops({ database: composition.database, work: composition.pipelinesFeature.work, logger }),
    startInventorySweep({
      store: composition.inventoryStore,
      rbac: composition.rbacStore,
      views: composition.views,
      logger,
    }),
    startPreflightLoop({
      database: composition.database,
      machineStore: composition.machineStore,
      preflight: composition.preflight,
      logger,
    }),
    startAdvanceLoop({
      database: composition.database,
      machineStore: composition.machineStore,
      machine: composition.releaseMachine,
      catchUps: composition.catchUps,
      waitingPlans: composition.waitingPlans,
      logger,
    }),
    startDriftLoop({
      clusters: composition.clusters,
      driftStore: composition.driftStore,
      compareDrift: composition.compareDrift,
      logger,
    }),
    startRemovalLoop({
      database: composition.database,
      store: composition.clustersStore,
      purgeRows: (clusterNo) => composition.inventoryStore.eraseChunk(clusterNo, eraseAtOnce),
      logger,
    }),
  ];
  return {
    async close() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await composition.pipelinesFeature.close();
      await composition.connections.close();
    },
  };
}
