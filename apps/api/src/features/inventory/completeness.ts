import type { ClusterAnswer } from '@quarterdeck/contracts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { WatchedPlural } from './object-rows.ts';

type Stream = Awaited<ReturnType<InventoryReadModel['streams']>>[number];

const answering = new Set(['connected', 'degraded']);
/** A worker looks at each cluster every few seconds; longer without means that none runs. */
const unwatchedMs = 60_000;

/** How a cluster takes part in an answer about one kind, or about all kinds when `plural` is left out. */
export function clusterAnswer(
  cluster: ClusterRecord,
  streams: readonly Stream[],
  plural: WatchedPlural | undefined,
): ClusterAnswer {
  const mine = streams.filter(
    (stream) => stream.clusterNo === cluster.number && (plural === undefined || stream.plural === plural),
  );
  const asOf = ageOf(cluster, mine);
  const base = {
    id: cluster.id,
    slug: cluster.slug,
    name: cluster.displayName,
    ...(asOf === undefined ? {} : { asOf: asOf.toISOString() }),
  };
  if (!answering.has(cluster.state)) {
    return { ...base, state: 'cut_off', error: cluster.stateReason ?? cluster.state.replaceAll('_', ' ') };
  }
  const worst = (['forbidden', 'syncing', 'capped', 'stale'] as const).find((state) =>
    mine.some((stream) => stream.state === state),
  );
  if (mine.length === 0) return { ...base, state: 'syncing' };
  if (worst === undefined) {
    if (!isUnwatched(cluster, mine)) return { ...base, state: 'live' };
    return { ...base, state: 'stale', error: 'No worker watches this cluster at the moment.' };
  }
  const error = mine.find((stream) => stream.state === worst)?.error;
  return { ...base, state: worst === 'forbidden' ? 'denied' : worst, ...(error === undefined ? {} : { error }) };
}

function isUnwatched(cluster: ClusterRecord, streams: readonly Stream[]): boolean {
  const readAt = streams[0]?.readAt.getTime() ?? 0;
  return cluster.seenAt !== undefined && readAt - cluster.seenAt.getTime() > unwatchedMs;
}

/** The last good probe while the watch is open, else when the watch was lost; of several kinds the oldest. */
export function ageOf(cluster: ClusterRecord, streams: readonly Stream[]): Date | undefined {
  const ages = streams.flatMap((stream) => {
    const age =
      stream.state === 'streaming' && answering.has(cluster.state) ? (cluster.seenAt ?? stream.asOf) : stream.asOf;
    return age === undefined ? [] : [age.getTime()];
  });
  return ages.length === 0 ? undefined : new Date(Math.min(...ages));
}
