import type { ClusterAnswer } from '@quarterdeck/contracts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { Extent } from './cluster-sight.ts';
import type { KindKey } from './object-rows.ts';
import type { Stream } from './stream-read-model.ts';

const answering = new Set(['connected', 'degraded']);
/** A worker looks at each cluster every few seconds; longer without means that none runs. */
const unwatchedMs = 60_000;

/**
 * How a cluster takes part in an answer about one kind, or about all kinds when `plural` is left out.
 * @param all its watches
 */
export function clusterAnswer(
  cluster: ClusterRecord,
  all: readonly Stream[],
  plural: KindKey | undefined,
): ClusterAnswer {
  const ofKind = all.filter((stream) => plural === undefined || stream.plural === plural);
  // Of a kind that the cluster does not serve there is nothing: that is as sure as its other answers.
  const mine = ofKind.length === 0 && all.some(({ discovered }) => discovered) ? all : ofKind;
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
  if (mine.length === 0) return { ...base, state: 'syncing' };
  const worst = worstOf(mine, plural === undefined);
  if (worst === undefined) return { ...base, ...liveOrStale(cluster, mine) };
  const error = mine.find((stream) => stream.state === worst)?.error;
  return { ...base, state: worst === 'forbidden' ? 'denied' : worst, ...(error === undefined ? {} : { error }) };
}

/** Of a kind that a cluster does not serve there is nothing that its roles could hide. */
export function mayHave(all: readonly Pick<Stream, 'plural' | 'discovered'>[], plural: KindKey | undefined): boolean {
  return (
    plural === undefined || all.some((stream) => stream.plural === plural) || !all.some(({ discovered }) => discovered)
  );
}

/** Of many kinds, one that may not be listed makes no answer a refusal. */
function worstOf(mine: readonly Stream[], isOfAll: boolean): Exclude<Stream['state'], 'streaming'> | undefined {
  const has = (state: Stream['state']) => mine.some((stream) => stream.state === state);
  const isDenied = isOfAll ? mine.every(({ state }) => state === 'forbidden') : has('forbidden');
  if (isDenied) return 'forbidden';
  return (['syncing', 'capped', 'stale'] as const).find(has);
}

function liveOrStale(cluster: ClusterRecord, streams: readonly Stream[]): Pick<ClusterAnswer, 'state' | 'error'> {
  return isUnwatched(cluster, streams)
    ? { state: 'stale', error: 'No worker watches this cluster at the moment.' }
    : { state: 'live' };
}

const unjudged: Partial<Record<Extent['trust'], Pick<ClusterAnswer, 'state' | 'error'>>> = {
  unread: { state: 'syncing', error: 'Who may see what in it is still being read; until then nothing is shown.' },
  refused: {
    state: 'denied',
    error: 'It does not let Quarterdeck read its roles and bindings, so nothing can be shown to anybody.',
  },
  aged: { state: 'cut_off', error: 'It has been away for a day: its last known rows are shown to its admins alone.' },
};

/** What the cluster's own RBAC takes away of an answer, said in it. */
export function withSight(answer: ClusterAnswer, plural: string, { extent, trust }: Extent): ClusterAnswer {
  const doubt =
    trust === 'doubted'
      ? { notice: 'It refuses more than its roles say: what is shown was asked of it, up to a minute ago.' }
      : {};
  // What is refused to the worker is shown to nobody, whatever the roles say.
  if (extent === 'all' || answer.state === 'denied') return { ...answer, ...doubt };
  if (extent === 'part') return { ...answer, ...doubt, sight: 'part' };
  const why = unjudged[trust] ?? { state: 'denied' as const, error: `Its own roles let you see no ${plural}.` };
  // A cluster that is away is first of all that; one that was never reached is not being read either.
  const reason = answer.state === 'cut_off' && (trust === 'known' || trust === 'unread') ? {} : why;
  return { ...answer, ...doubt, ...reason, sight: 'none' };
}

function isUnwatched(cluster: ClusterRecord, streams: readonly Stream[]): boolean {
  const readAt = streams[0]?.readAt.getTime() ?? 0;
  return cluster.seenAt !== undefined && readAt - cluster.seenAt.getTime() > unwatchedMs;
}

/**
 * The last good probe while the watch is open, else when the watch was lost; of several kinds the oldest. A watch of a
 * cluster that was just found to be away is still open in its row: nothing came after that probe. What we may not read
 * has no age.
 */
export function ageOf(
  cluster: Pick<ClusterRecord, 'seenAt'>,
  streams: readonly { state: string; asOf: Date | undefined }[],
): Date | undefined {
  const ages = streams.flatMap(({ state, asOf }) => {
    if (state === 'forbidden' && streams.length > 1) return [];
    const age = state === 'streaming' ? (cluster.seenAt ?? asOf) : asOf;
    return age === undefined ? [] : [age.getTime()];
  });
  return ages.length === 0 ? undefined : new Date(Math.min(...ages));
}
