import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { runReflector, systemClock, type WatchedKind, watchedKinds } from '@quarterdeck/kubernetes';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ClusterRecord, Clusters, Connections } from '../clusters/index.ts';
import type { Fence, InventoryStore } from './inventory.store.ts';
import { createInventorySink } from './inventory-sink.ts';
import type { WatchedPlural } from './object-rows.ts';
import { createPace, type Pace } from './pace.ts';

const leaseSeconds = 15;
const renewMs = 5000;
const takeAtOnce = 20;
/** Background work goes as this identity in every member cluster. */
const identity = { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] } as const;
const watchable = new Set(['connected', 'degraded']);
const gone = new Set(['paused', 'removing']);

type Deps = { clusters: Clusters; connections: Connections; store: InventoryStore; logger: Logger };

type Watch = { stop: AbortController; ended: Promise<unknown>; revision: string };
type Held = { fence: Fence; watch: Watch | undefined };

/**
 * Owns clusters by lease and watches them: takes those nobody holds, renews each 5 s, starts the watches of clusters
 * that answer, and drops them when the cluster goes away or the lease is lost. Rows of a dead cluster stay.
 */
export function startWatchLoop(deps: Deps): Loop {
  const { clusters, store, logger } = deps;
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`;
  const held = new Map<number, Held>();
  const pace = createPace({ syncs: 4, perCluster: 2 });

  async function endWatch(entry: Held): Promise<void> {
    const { watch } = entry;
    entry.watch = undefined;
    watch?.stop.abort();
    await watch?.ended;
  }

  async function turn(): Promise<void> {
    const records = await clusters.records();
    const wanted = records.filter((cluster) => !gone.has(cluster.state));
    const renewed =
      held.size === 0
        ? new Set<number>()
        : await store.renewHeads(
            [...held.values()].map((entry) => entry.fence),
            leaseSeconds,
          );
    for (const [clusterNo, entry] of held) {
      const isWanted = wanted.some((cluster) => cluster.number === clusterNo);
      if (renewed.has(clusterNo) && isWanted) continue;
      held.delete(clusterNo);
      await endWatch(entry);
      if (renewed.has(clusterNo)) await store.releaseHead(entry.fence);
      else logger.warn({ cluster: clusterNo }, 'lease of a cluster was lost');
    }
    const free = wanted.filter((cluster) => !held.has(cluster.number)).map((cluster) => cluster.number);
    if (free.length > 0) {
      await store.ensureHeads(free);
      for (const fence of await store.takeHeads(owner, free, takeAtOnce, leaseSeconds))
        held.set(fence.clusterNo, { fence, watch: undefined });
    }
    for (const cluster of wanted) {
      const entry = held.get(cluster.number);
      if (entry !== undefined) await keepWatching(cluster, entry);
    }
  }

  async function keepWatching(cluster: ClusterRecord, entry: Held): Promise<void> {
    const revision = `${cluster.server} ${cluster.credentialRevision}`;
    if (!watchable.has(cluster.state)) {
      if (entry.watch === undefined) return;
      await endWatch(entry);
      await store.markStale(entry.fence, cluster.stateReason ?? 'The cluster does not answer.');
      return;
    }
    // A new credential or address: the watches go on from their versions over the new way.
    if (entry.watch !== undefined && entry.watch.revision !== revision) await endWatch(entry);
    entry.watch ??= startWatch(deps, cluster, entry.fence, pace, revision);
  }

  const loop = startLoop({ name: 'inventory.watch', everyMs: renewMs, logger, run: turn });
  return {
    wake: () => loop.wake(),
    async stop() {
      await loop.stop();
      await Promise.all([...held.values()].map(endWatch));
      await Promise.all([...held.values()].map((entry) => store.releaseHead(entry.fence).catch(() => {})));
      held.clear();
    },
  };
}

function startWatch(deps: Deps, cluster: ClusterRecord, fence: Fence, pace: Pace, revision: string): Watch {
  const { connections, store, logger } = deps;
  const stop = new AbortController();
  async function run(): Promise<void> {
    const client = await connections.dial(cluster);
    const streams = await store.streamsOf(cluster.number);
    await Promise.all(
      watchedKinds.map((kind) =>
        runReflector({
          client,
          identity,
          resource: { group: kind.group, version: kind.version, plural: kind.resource },
          sink: createInventorySink({ store, fence, kind, logger }),
          clock: systemClock,
          resourceVersion: streams.get(pluralOf(kind))?.resourceVersion,
          pace: (sync) => pace.run(cluster.number, sync),
          signal: stop.signal,
        }),
      ),
    );
  }
  const ended = run().catch((error: unknown) =>
    logger.warn({ err: error, cluster: cluster.slug }, 'watching a cluster failed'),
  );
  return { stop, ended, revision };
}

function pluralOf(kind: WatchedKind): WatchedPlural {
  return kind.resource as WatchedPlural;
}

/** Deletes what serves nobody any more. */
export function startInventorySweep(deps: { store: InventoryStore; logger: Logger }): Loop {
  return startLoop({ name: 'inventory.sweep', everyMs: 60_000, logger: deps.logger, run: () => deps.store.sweep() });
}
