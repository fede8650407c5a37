import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '@quarterdeck/database';
import { createBackoff, systemClock } from '@quarterdeck/kubernetes';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { AskCluster } from '../access/index.ts';
import type { ClusterRecord, Clusters, Connections } from '../clusters/index.ts';
import type { Fence, InventoryStore } from './inventory.store.ts';
import type { RbacStore } from './rbac.store.ts';
import { createRbacSampler } from './rbac-sampler.ts';
import { leaseSeconds } from './store-batch.ts';
import type { Views } from './views.service.ts';
import type { ClusterWatch } from './watch-cluster.ts';
import type { ClusterWatches } from './watch-threads.ts';

/** Renewals, and looks for clusters without an owner: a lost one is watched again within 20 s. */
const turnMs = 2500;
/** A worker that has so many more than its share gives one away, and not the next before this time. */
const tolerance = 2;
const releaseEveryMs = 10_000;
/** The watches of a cluster that was away open over this time: whoever comes back must not be stormed. */
const recoveryMs = 10_000;
/** Clusters change in bursts, and their latency all the time. */
const wakeMs = 1000;
const watchable = new Set(['connected', 'degraded']);
const gone = new Set(['paused', 'removing']);

type Deps = {
  database: Database;
  clusters: Clusters;
  connections: Connections;
  store: InventoryStore;
  rbac: RbacStore;
  ask: AskCluster;
  /** Where clusters are watched; closed with the loop. */
  watches: ClusterWatches;
  logger: Logger;
};

/** With the credential it goes by: renewals have the same generation. */
type Watch = { running: ClusterWatch; revision: number; generation: number };
type Held = {
  fence: Fence;
  /** By a clock that goes on while the process is paused. */
  leaseUntil: number;
  watch: Watch | undefined;
  wasAway: boolean;
  sampling?: Promise<void> | undefined;
  /** Of a cluster whose thread was lost: it may be what the thread failed at. */
  backoff: ReturnType<typeof createBackoff>;
  notBefore: number;
};

/** The loop, and the numbers of the clusters that this worker holds by a live lease. */
export type WatchLoop = Loop & { held(): readonly number[] };

/**
 * Owns clusters by lease and watches them: takes its fair share of those nobody holds, renews them each turn, starts the
 * watches of clusters that answer, and drops them when the cluster goes away or the lease is lost. Rows of a dead cluster
 * stay. Where a worker joined, those that have more than their share give one cluster at a time away.
 */
export function startWatchLoop(deps: Deps): WatchLoop {
  const { clusters, connections, store, watches, logger } = deps;
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`;
  const held = new Map<number, Held>();
  let releasedAt = Number.NEGATIVE_INFINITY;
  const sampler = createRbacSampler({ ...deps, now: systemClock.now, random: Math.random });

  async function endWatch(entry: Held): Promise<void> {
    const { watch } = entry;
    entry.watch = undefined;
    await watch?.running.stop();
  }

  async function turn(): Promise<void> {
    const records = await clusters.records();
    const wanted = records.filter((cluster) => !gone.has(cluster.state));
    // Before the leases of its clusters, so that a worker that died is not counted any longer than they are held.
    const workers = await store.announceWorker(owner, leaseSeconds);
    const share = Math.ceil(wanted.length / workers);
    const leaseUntil = performance.now() + leaseSeconds * 1000;
    const renewed =
      held.size === 0
        ? new Set<number>()
        : await store.renewHeads(
            [...held.values()].map((entry) => entry.fence),
            leaseSeconds,
          );
    for (const [clusterNo, entry] of held) {
      const isWanted = wanted.some((cluster) => cluster.number === clusterNo);
      if (renewed.has(clusterNo) && isWanted) {
        entry.leaseUntil = leaseUntil;
        continue;
      }
      held.delete(clusterNo);
      await endWatch(entry);
      if (renewed.has(clusterNo)) await store.releaseHead(entry.fence);
      else logger.warn({ cluster: clusterNo }, 'lease of a cluster was lost');
    }
    const free = wanted.filter((cluster) => !held.has(cluster.number)).map((cluster) => cluster.number);
    if (free.length > 0 && held.size < share) {
      await store.ensureHeads(free);
      for (const fence of await store.takeHeads(owner, free, share - held.size, leaseSeconds))
        held.set(fence.clusterNo, newlyHeld(fence, leaseUntil));
    }
    await giveAway(share);
    for (const cluster of wanted) {
      const entry = held.get(cluster.number);
      if (entry === undefined) continue;
      // What is wrong with one cluster, such as a credential that cannot be opened, leaves the others alone.
      await keepWatching(cluster, entry).catch((error: unknown) =>
        logger.warn({ err: error, cluster: cluster.slug }, 'cluster cannot be watched'),
      );
      if (entry.watch !== undefined) sample(cluster, entry);
    }
  }

  async function giveAway(share: number): Promise<void> {
    const now = systemClock.now();
    const given = [...held].at(-1);
    if (given === undefined || held.size <= share + tolerance || now - releasedAt < releaseEveryMs) return;
    const [clusterNo, entry] = given;
    releasedAt = now;
    held.delete(clusterNo);
    await endWatch(entry);
    await store.releaseHead(entry.fence);
    logger.info({ cluster: clusterNo, held: held.size, share }, 'a cluster is left to another worker');
  }

  /** Beside the turns: a cluster that answers slowly must not delay the leases of others. */
  function sample(cluster: ClusterRecord, entry: Held): void {
    entry.sampling ??= sampler
      .look(cluster, entry.fence)
      .catch((error: unknown) => logger.warn({ err: error, cluster: cluster.slug }, 'sampling of RBAC failed'))
      .finally(() => {
        entry.sampling = undefined;
      });
  }

  async function keepWatching(cluster: ClusterRecord, entry: Held): Promise<void> {
    if (!watchable.has(cluster.state)) {
      if (entry.watch === undefined) return;
      entry.wasAway = true;
      await endWatch(entry);
      await store.markStale(entry.fence, cluster.stateReason ?? 'The cluster does not answer.', cluster.seenAt);
      return;
    }
    // Replaced, it may be allowed more or come by another address: all kinds are looked at anew, from their versions.
    // Renewed it is the same, and the watches go on.
    const { credentialRevision: revision, credentialGeneration: generation } = cluster;
    if (entry.watch !== undefined && entry.watch.generation !== generation) await endWatch(entry);
    if (entry.watch?.revision === revision || systemClock.now() < entry.notBefore) return;
    const endpoint = await connections.endpointOf(cluster);
    if (entry.watch !== undefined) {
      entry.watch.running.swap(endpoint);
      entry.watch.revision = revision;
      return;
    }
    const running = watches.watch({
      clusterId: cluster.id,
      slug: cluster.slug,
      fence: entry.fence,
      endpoint,
      spreadMs: entry.wasAway ? recoveryMs : 0,
    });
    entry.backoff.succeeded();
    entry.wasAway = false;
    const watch = { running, revision, generation };
    entry.watch = watch;
    // A lost fence ends it by itself; the next turn sees whether the cluster is still ours.
    void running.ended.then((how) => {
      if (entry.watch === watch) entry.watch = undefined;
      if (how === 'thread_lost') entry.notBefore = systemClock.now() + entry.backoff.failed();
    });
  }

  const loop = startLoop({ name: 'inventory.watch', everyMs: turnMs, logger, run: turn });
  let timer: NodeJS.Timeout | undefined;
  const stopListening = deps.database.listen('quarterdeck_rows', (payload) => {
    // A cluster that was registered or came back is watched at once; the turn by time makes up for a lost one.
    if (payload?.includes('clusters.index') === false) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      loop.wake();
    }, wakeMs);
  });
  return {
    wake: () => loop.wake(),
    held() {
      const now = performance.now();
      return [...held].filter(([, { leaseUntil }]) => leaseUntil > now).map(([clusterNo]) => clusterNo);
    },
    async stop() {
      stopListening();
      clearTimeout(timer);
      await loop.stop();
      await Promise.all([...held.values()].map(endWatch));
      await watches.close();
      await Promise.all([...held.values()].map((entry) => entry.sampling));
      await Promise.all([...held.values()].map((entry) => store.releaseHead(entry.fence).catch(() => {})));
      await store.dismissWorker(owner).catch(() => {});
      held.clear();
    },
  };
}

function newlyHeld(fence: Fence, leaseUntil: number): Held {
  const backoff = createBackoff(systemClock);
  return { fence, leaseUntil, watch: undefined, wasAway: false, backoff, notBefore: Number.NEGATIVE_INFINITY };
}

/** How long the rows of a cluster that nobody hears of are kept. */
const deadDays = 30;
const eraseAtOnce = 5000;
const recountMs = 24 * 3_600_000;

/** Deletes what serves nobody any more. */
export function startInventorySweep(deps: {
  store: InventoryStore;
  rbac: RbacStore;
  views: Pick<Views, 'sweep'>;
  logger: Logger;
}): Loop {
  const { store, rbac, views, logger } = deps;
  let recountedAt = systemClock.now();

  /** Counts are kept by the writes themselves; once a day they are compared with the rows. */
  async function recount(signal: AbortSignal): Promise<void> {
    recountedAt = systemClock.now();
    for (const clusterNo of await store.watchedClusters()) {
      if (signal.aborted) return;
      const wrong = await store.recount(clusterNo);
      if (wrong > 0) logger.warn({ cluster: clusterNo, wrong }, 'counts of a cluster had drifted and were mended');
    }
  }

  return startLoop({
    name: 'inventory.sweep',
    everyMs: 60_000,
    logger,
    async run(signal) {
      await store.sweep();
      await rbac.sweep();
      const orphans = await views.sweep();
      if (orphans > 0) logger.info({ orphans }, 'saved views of accounts that are gone were deleted');
      for (const clusterNo of await store.deadClusters(deadDays)) {
        while (!(await store.eraseRows(clusterNo, eraseAtOnce)));
        logger.info({ cluster: clusterNo }, 'rows of a cluster that was away for 30 days were deleted');
      }
      if (systemClock.now() - recountedAt >= recountMs) await recount(signal);
    },
  });
}
