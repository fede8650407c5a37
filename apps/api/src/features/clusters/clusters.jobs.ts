import type { Database } from '@quarterdeck/database';
import {
  advanceHealth,
  type Health,
  isStopped,
  newHealth,
  nextProbeMs,
  noticeOf,
  type ProbeResult,
  probeCluster,
} from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ClusterFacts } from './cluster-view.ts';
import type { ClusterRecord, ClustersStore } from './clusters.store.ts';
import type { Connections } from './connections.ts';

const tickMs = 500;
const maxProbes = 64;
/** A worker that dies in a probe delays that cluster by so much. */
const holdMs = 15_000;
const identityEveryMs = 60_000;
const removalEveryMs = 10_000;
const noticeTexts = {
  changed: 'cluster changed its state',
  unstable: 'cluster comes and goes; its changes are told again once it was quiet',
  settled: 'cluster was quiet for a while',
} as const;

type Deps = {
  database: Database;
  store: ClustersStore;
  connections: Connections;
  facts: ClusterFacts;
  logger: Logger;
};

/**
 * Probes every cluster in its own rhythm. Taking a due cluster moves its next probe on in the same statement, so each
 * is probed by one worker however many run; results go to the row, and pages are woken when it changed.
 */
export function startHealthLoop(deps: Deps): Loop {
  const { database, store, logger } = deps;
  const underWay = new Set<Promise<void>>();
  const identityAt = new Map<string, number>();

  async function probe(cluster: ClusterRecord): Promise<void> {
    const now = Date.now();
    const checkIdentity = cluster.state !== 'connected' || now - (identityAt.get(cluster.id) ?? 0) > identityEveryMs;
    if (checkIdentity) identityAt.set(cluster.id, now);
    const result = await ask(deps, cluster, checkIdentity);
    if (result.outcome === 'good' && result.uid !== undefined && cluster.clusterUid === undefined) {
      await store.learnUid(cluster.id, result.uid);
    }
    const streams = await deps.facts.streams(cluster.id);
    const failing = streams.filter((stream) => stream.state === 'stale').map((stream) => stream.kind);
    const doneAt = Date.now();
    const before = healthOf(cluster);
    const synced = advanceHealth(before, { kind: 'synced', failing }, doneAt);
    const health = advanceHealth(synced, { kind: 'probed', result }, doneAt);
    const changed = await store.saveHealth(cluster.id, cluster.state, {
      state: health.state,
      stateReason: health.reason,
      unstable: health.unstable,
      latencyMs: health.latencyMs,
      version: health.version,
      health: { ...health },
      seen: result.outcome === 'good',
      nextProbeMs: nextProbeMs(health, doneAt, Math.random()) ?? holdMs,
    });
    const notice = noticeOf(before, health);
    if (notice !== undefined)
      logger.warn({ cluster: cluster.slug, from: cluster.state, to: health.state }, noticeTexts[notice]);
    if (health.state !== cluster.state && isStopped(health.state)) await deps.connections.drop(cluster.id);
    if (changed) await store.notify(database.pool, cluster.id);
  }

  const loop = startLoop({
    name: 'cluster.probe',
    everyMs: tickMs,
    logger,
    run: async () => {
      for (const cluster of await store.takeDueProbes(maxProbes - underWay.size, holdMs)) {
        const task = probe(cluster)
          .catch((error: unknown) => logger.warn({ err: error, cluster: cluster.slug }, 'probe failed'))
          .finally(() => underWay.delete(task));
        underWay.add(task);
      }
    },
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      await loop.stop();
      await Promise.all(underWay);
    },
  };
}

async function ask({ connections }: Deps, cluster: ClusterRecord, checkIdentity: boolean): Promise<ProbeResult> {
  try {
    const client = await connections.dial(cluster);
    return await probeCluster(client, {
      readFacts: checkIdentity,
      ...(checkIdentity && cluster.clusterUid !== undefined ? { expectedUid: cluster.clusterUid } : {}),
    });
  } catch (error) {
    if (error instanceof AppError) return { outcome: 'bad', reason: error.message };
    throw error;
  }
}

/** The machine as the row has it; a person's change wiped its memory and may have set another state. */
function healthOf(cluster: ClusterRecord): Health {
  const stored = cluster.health as Partial<Health>;
  if (stored.memory === undefined || stored.since === undefined || stored.state !== cluster.state) {
    return newHealth(cluster.stateSince.getTime(), cluster.state);
  }
  return { ...stored, state: cluster.state, since: stored.since, memory: stored.memory, unstable: cluster.unstable };
}

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
    everyMs: removalEveryMs,
    logger,
    run: async (signal) => {
      for (const cluster of (await store.list()).filter((each) => each.state === 'removing')) {
        let done = false;
        while (!done && !signal.aborted) done = await deps.purgeRows(cluster.number);
        if (!done) return;
        await database.transaction((tx) => store.remove(tx, cluster.id));
        await store.notify(database.pool, cluster.id);
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
