import { setTimeout as wait } from 'node:timers/promises';
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
import type { ClusterRecord, ClustersStore, HealthUpdate } from './clusters.store.ts';
import type { Connections } from './connections.ts';

const tickMs = 500;
const maxProbes = 64;
/** A cluster that gets no probes is looked at again after so long. */
const stoppedMs = 15_000;
/** Results of so long are written together. */
const gatherMs = 100;
const identityEveryMs = 60_000;
const noticeTexts = {
  changed: 'cluster changed its state',
  unstable: 'cluster comes and goes; its changes are told again once it was quiet',
  settled: 'cluster was quiet for a while',
} as const;

type Deps = {
  database: Database;
  store: ClustersStore;
  connections: Connections;
  facts: Pick<ClusterFacts, 'behind'>;
  /** Numbers of the clusters that this worker holds by a live lease: it alone probes them. The inventory fills this port. */
  held: () => readonly number[];
  logger: Logger;
};

type Probed = { cluster: ClusterRecord; result: ProbeResult };

/**
 * Probes the clusters that this worker holds, each in its own rhythm. Results go
 * to the rows, many in one statement, and pages are woken when a row changed. A result counts only where nobody wrote
 * another one since the row was read: a worker that was paused says nothing about what came after.
 */
export function startHealthLoop(deps: Deps): Loop {
  const { database, store, logger } = deps;
  const underWay = new Map<string, Promise<void>>();
  const identityAt = new Map<string, number>();
  let probed: Probed[] = [];
  let writing: Promise<void> | undefined;

  async function probe(cluster: ClusterRecord): Promise<void> {
    const now = Date.now();
    const checkIdentity = cluster.state !== 'connected' || now - (identityAt.get(cluster.id) ?? 0) > identityEveryMs;
    if (checkIdentity) identityAt.set(cluster.id, now);
    const result = await ask(deps, cluster, checkIdentity);
    if (result.outcome === 'good' && result.uid !== undefined && cluster.clusterUid === undefined) {
      await store.learnUid(cluster.id, result.uid);
    }
    probed.push({ cluster, result });
    writing ??= write();
    await writing;
  }

  async function write(): Promise<void> {
    await wait(gatherMs);
    const results = probed;
    // Whoever is done from now on waits for the next one.
    probed = [];
    writing = undefined;
    const behind = await deps.facts.behind(results.map(({ cluster }) => cluster));
    const judged = results.map((one) => judge(one, behind.get(one.cluster.id) ?? []));
    const { written, changed } = await store.saveHealth(judged.map(({ update }) => update));
    for (const { cluster, before, after } of judged.filter(({ update }) => written.has(update.id))) {
      const notice = noticeOf(before, after);
      const change = { cluster: cluster.slug, from: cluster.state, to: after.state };
      if (notice !== undefined) logger.warn(change, noticeTexts[notice]);
      if (after.state !== cluster.state && isStopped(after.state)) await deps.connections.drop(cluster.id);
    }
    if (changed.length > 0) await store.notify(database.pool, changed);
  }

  const loop = startLoop({
    name: 'cluster.probe',
    everyMs: tickMs,
    logger,
    run: async () => {
      const free = deps.held();
      if (free.length === 0 || underWay.size >= maxProbes) return;
      const due = await store.dueProbes(free, [...underWay.keys()], maxProbes - underWay.size);
      for (const cluster of due) {
        const task = probe(cluster)
          .catch((error: unknown) => logger.warn({ err: error, cluster: cluster.slug }, 'probe failed'))
          .finally(() => underWay.delete(cluster.id));
        underWay.set(cluster.id, task);
      }
    },
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      await loop.stop();
      await Promise.all(underWay.values());
    },
  };
}

/** What follows from a probe for the cluster's row. */
function judge({ cluster, result }: Probed, failing: readonly string[]) {
  const now = Date.now();
  const before = healthOf(cluster);
  const synced = advanceHealth(before, { kind: 'synced', failing }, now);
  const after = advanceHealth(synced, { kind: 'probed', result }, now);
  const update: HealthUpdate = {
    id: cluster.id,
    readAs: cluster.nextProbeAt,
    state: after.state,
    stateReason: after.reason,
    unstable: after.unstable,
    latencyMs: after.latencyMs,
    version: after.version,
    health: { ...after },
    seen: result.outcome === 'good',
    nextProbeMs: nextProbeMs(after, now, Math.random()) ?? stoppedMs,
  };
  return { cluster, before, after, update };
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
  // Of before kinds had their own times, it is worth nothing either.
  if (stored.memory?.failing === undefined || stored.since === undefined || stored.state !== cluster.state) {
    return newHealth(cluster.stateSince.getTime(), cluster.state);
  }
  return { ...stored, state: cluster.state, since: stored.since, memory: stored.memory, unstable: cluster.unstable };
}
