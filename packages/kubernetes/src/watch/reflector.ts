import type { WatchedKind } from '../kinds/kind.ts';
import type { ClusterClient, Identity } from '../transport/cluster-client.ts';
import { type Attempt, endAttempt, startAttempt } from './attempt.ts';
import { createBackoff } from './backoff.ts';
import type { Batcher } from './batcher.ts';
import { type Clock, sleep } from './clock.ts';
import {
  type OpenWatch,
  type SyncContext,
  type SyncResult,
  SyncTooLargeError,
  syncByPages,
  syncByWatchList,
} from './full-sync.ts';
import { createKindRequests, type KindRequests } from './kind-requests.ts';
import { type Pacing, type SyncPlace, smallSync } from './pacing.ts';
import { toRefusal, type WatchRefusal } from './refusals.ts';
import { FenceLostError, type Sink, SinkError, type WatchState } from './sink.ts';
import { createStoreVersion, type StoreVersion } from './store-version.ts';
import { isOlder } from './versions.ts';
import { readWatchEvents, type WatchEvent } from './watch-events.ts';

export type ReflectorOptions = {
  /** For pacing: which cluster this is. */
  cluster: string;
  kind: WatchedKind;
  connect: () => Promise<ClusterClient>;
  identity: Identity;
  sink: Sink;
  clock: Clock;
  pacing: Pacing;
  /** Shared by the kinds of a cluster. */
  storeVersion?: StoreVersion;
  signal: AbortSignal;
  /** More objects of a kind than this are not kept; 200,000 unless told. */
  maxRows?: number;
  /** An object above 4 MiB was left out. */
  onSkipped?: () => void;
  /** The cluster does not know the kind's path any more. */
  onNotFound?: () => void;
};

/**
 * What to do next: check the stored version, by what another kind was told or by this one's `own` list; watch from it;
 * or list everything.
 */
type Step =
  | { do: 'check'; isOwn?: boolean }
  | { do: 'watch'; open?: OpenWatch }
  | { do: 'sync'; from: 'not_older' | 'latest'; isLarge?: boolean };

const forbiddenRetryMs = 5 * 60_000;
/** An API server that just started knows no roles yet and refuses everybody for a moment. */
const doubtedRefusals = 5;
const goneRetryMs = 10 * 60_000;
const noWatchListMs = 24 * 60 * 60_000;
const middleboxSilenceMs = 90_000;
const graceMs = 15_000;
const shortWatchMs = 1000;
/** A watch that lasted less than this share of the time asked for was broken off. */
const earlyShare = 0.9;

/**
 * Keeps the stored rows of one kind equal to the cluster until the signal aborts. Resumes from the stored version;
 * never gives up.
 * @throws FenceLostError when another worker took over
 */
export async function runReflector(options: ReflectorOptions): Promise<void> {
  const { cluster, kind, sink, clock, pacing, signal, maxRows = 200_000 } = options;
  const { storeVersion = createStoreVersion(clock) } = options;
  const requests = createKindRequests(options);
  const backoff = createBackoff(clock);
  let watchListRefusedUntil = Number.NEGATIVE_INFINITY;
  let version: string | undefined;
  let rows = 0;
  let shown: string | undefined;
  let refusals = 0;
  /** Whether the next request waits for its turn among all: at the start, and whenever many may come at once. */
  let mustQueue = true;
  /** API servers serve events past the cache that marks where silent watches stand. */
  const isMarked = kind.project !== 'event';
  /** The cluster marks where silent watches stand. */
  let sendsBookmarks = false;
  /** The watch has brought something: from there on a mark is due each minute. */
  let hasSpoken = false;
  /** How many watches in a row brought nothing in all the time they were waited for. */
  let mute = 0;
  /** When the last watch ended: what was told of the store before says nothing. */
  let lostAt = clock.now();

  function skipped(attempt: Attempt): void {
    attempt.batcher.skip();
    options.onSkipped?.();
  }

  async function show(state: WatchState, reason?: string): Promise<void> {
    const next = `${state} ${reason ?? ''}`;
    if (shown === next) return;
    await ofSink(sink.changeState(kind, state, reason));
    shown = next;
  }

  /** Where the rows stand; also after the sink failed, since what was in hand is gone. */
  async function readPosition(): Promise<Step> {
    const stored = await ofSink(sink.position(kind));
    version = stored.resourceVersion;
    rows = stored.rows;
    shown = undefined;
    return version === undefined ? { do: 'sync', from: 'latest' } : { do: 'check' };
  }

  /** A store that was restored from a backup has lower versions; a watch there would be silent. */
  async function check(step: Extract<Step, { do: 'check' }>): Promise<Step> {
    let isOwn = false;
    const ask = async () => {
      isOwn = true;
      await pacing.list(cluster, kind.rank, signal);
      return requests.currentVersion(signal);
    };
    const isPast = (current: string) => version !== undefined && isOlder(current, version);
    let current = step.isOwn === true ? await ask() : await storeVersion.reached(lostAt, ask);
    // A kind may have a store of its own, with a count of its own.
    if (!isOwn && isPast(current)) current = await ask();
    return isPast(current) ? { do: 'sync', from: 'latest' } : { do: 'watch' };
  }

  async function sync(step: Extract<Step, { do: 'sync' }>, attempt: Attempt): Promise<Step> {
    await show('syncing');
    const isLarge = step.isLarge === true || rows > smallSync;
    const place = await pacing.fullSync(cluster, kind.rank, isLarge ? 'large' : 'small', signal);
    try {
      await (isLarge ? pacing.list : pacing.start)(cluster, kind.rank, signal);
      if (signal.aborted) return step;
      const result = await fullSync(step, attempt, place);
      await attempt.batcher.flush(result);
      version = result.resourceVersion;
      rows = result.seen.size;
      if (result.capped) await show('capped', `Only the first ${maxRows} objects are kept.`);
      if (result.watch === undefined) return { do: 'watch' };
      sendsBookmarks = isMarked;
      return { do: 'watch', open: result.watch };
    } catch (error) {
      if (!(error instanceof SyncTooLargeError)) throw error;
      // What came is kept: the next time it is known already.
      await attempt.batcher.flush();
      return { ...step, isLarge: true };
    } finally {
      place.leave();
    }
  }

  async function fullSync(
    step: Extract<Step, { do: 'sync' }>,
    attempt: Attempt,
    { grow }: SyncPlace,
  ): Promise<SyncResult> {
    const { onSkipped = () => {} } = options;
    const context: SyncContext = { ...attempt, kind, requests, clock, maxRows, grow, onSkipped };
    const first = await listOnce(context, step);
    if (kind.project === 'event') return first;
    const { unseen, rows: stored } = await ofSink(sink.countUnseen(kind, first.seen));
    if (stored < 100 || unseen * 2 <= stored) return first;
    // Most of it would go: a cluster that answers with an empty list by mistake must say it twice.
    first.watch?.stream.close();
    return syncByPages(context, first.resourceVersion);
  }

  async function listOnce(context: SyncContext, step: Extract<Step, { do: 'sync' }>): Promise<SyncResult> {
    if (clock.now() >= watchListRefusedUntil) {
      try {
        return await syncByWatchList(context, step.from === 'not_older' ? version : undefined);
      } catch (error) {
        const refusal = toRefusal(error);
        if (error instanceof SinkError || error instanceof FenceLostError || signal.aborted) throw error;
        if (refusal.kind !== 'unsupported') throw error;
        const result = await syncByPages(context, version);
        // Only now: a cluster that answers nothing at all did not refuse the stream.
        watchListRefusedUntil = clock.now() + noWatchListMs;
        return result;
      }
    }
    return syncByPages(context, version);
  }

  async function watch(step: Extract<Step, { do: 'watch' }>, attempt: Attempt): Promise<Step> {
    const open =
      step.open ?? (await openWatch({ kind, requests, version, attempt, onSkipped: () => skipped(attempt) }));
    const startedAt = clock.now();
    hasSpoken = false;
    const wholeMs = attempt.watchSeconds * 1000 + graceMs;
    open.stream.limitTotal(wholeMs, 'The cluster did not end the watch in time.');
    // Whoever resumes has seen no mark yet, and may be forgotten by a middlebox as well as anybody.
    const patience = () => (isMarked ? Math.min(middleboxSilenceMs * 2 ** mute, wholeMs) : wholeMs);
    open.stream.limitSilence(patience());
    if (rows < maxRows || kind.project === 'event') await show('streaming');
    backoff.succeeded();
    refusals = 0;
    try {
      for await (const event of open.events) {
        hasSpoken = true;
        mute = 0;
        if (event.type === 'bookmark') sendsBookmarks = isMarked;
        open.stream.limitSilence(patience());
        await take(event, attempt.batcher);
      }
      await attempt.batcher.flush();
    } finally {
      open.stream.close();
      lostAt = clock.now();
    }
    const lastedMs = clock.now() - startedAt;
    // A server that ends every watch at once is not to be asked in a tight loop.
    if (!hasSpoken && lastedMs < shortWatchMs) await sleep(clock, backoff.failed(), signal);
    // Ended before its time, the server stops: so do many watches at this moment.
    mustQueue = lastedMs < attempt.watchSeconds * 1000 * earlyShare;
    // Without a word in all its time, not even of where it stands, it may have been opened ahead of its store.
    return hasSpoken || mustQueue ? { do: 'watch' } : { do: 'check', isOwn: true };
  }

  async function take(event: WatchEvent, batcher: Batcher): Promise<void> {
    // A watch runs forward. What is said again is known, and an object as it was earlier would undo what came since.
    const isKnown =
      version !== undefined && (event.resourceVersion === version || isOlder(event.resourceVersion, version));
    if (isKnown && event.type !== 'remove') return;
    if (event.type === 'put') {
      if (event.isNew && rows >= maxRows && kind.project !== 'event')
        await show('capped', `Only the first ${maxRows} objects are kept.`);
      else await batcher.put(event.object);
      if (event.isNew) rows += 1;
    } else if (event.type === 'remove') {
      await batcher.remove(event.object);
      rows = Math.max(0, rows - 1);
    }
    if (event.resourceVersion === '' || isKnown) return;
    version = event.resourceVersion;
    batcher.advance(version);
  }

  /** What follows a refusal. */
  async function recover(step: Step, refusal: WatchRefusal): Promise<Step> {
    switch (refusal.kind) {
      case 'gone':
      case 'too_new':
        // First what we have as the lower bound; then whatever is newest; then again with patience.
        if (step.do !== 'sync') return { do: 'sync', from: version === undefined ? 'latest' : 'not_older' };
        if (step.from === 'not_older') return { do: 'sync', from: 'latest' };
        break;
      case 'forbidden': {
        await show('forbidden', refusal.message);
        refusals += 1;
        const isDoubted = refusals <= doubtedRefusals;
        await sleep(clock, isDoubted ? backoff.failed() : forbiddenRetryMs * (0.8 + 0.4 * clock.random()), signal);
        if (!isDoubted) return readPosition();
        return step.do === 'watch' ? { do: 'watch' } : step;
      }
      case 'not_found':
        options.onNotFound?.();
        if (!(await requests.isServed(signal).catch(() => true))) {
          await ofSink(sink.store({ kind, puts: [], deletes: [], events: [], complete: new Set() }));
          await show('stale', 'The cluster does not serve this kind.');
          await sleep(clock, goneRetryMs, signal);
          return { do: 'sync', from: 'latest' };
        }
        break;
      case 'closed_here':
        // Nothing is known against the cluster, and nothing was missed: on by the client that is there now.
        return step.do === 'watch' ? { do: 'watch' } : step;
      default:
        break;
    }
    const fellSilent = refusal.kind === 'too_slow' && step.do === 'watch';
    // API servers mark no watch before their own store is past where it began, which takes minutes where nothing of the
    // kind changes and nobody asks: it is opened anew, with more patience each time, and nothing is known against them.
    if (fellSilent && !(hasSpoken && sendsBookmarks)) mute += 1;
    // Of a kind that was never read there is nothing that could be old.
    else await show(version === undefined && rows === 0 ? 'syncing' : 'stale', refusal.message);
    // A watch that fell silent was waited for long enough, and no herd of attempts can come of it.
    if (fellSilent) backoff.forget();
    await sleep(clock, backoff.failed(refusal.retryAfterMs), signal);
    if (step.do !== 'watch') return step;
    // Whoever was away may come back with an older store, where a watch from our version would hear nothing.
    return refusal.kind === 'throttled' ? { do: 'watch' } : { do: 'check' };
  }

  async function run(step: Step, attempt: Attempt): Promise<Step> {
    if (step.do === 'check') return check(step);
    if (mustQueue && step.do === 'watch' && step.open === undefined) await pacing.start(cluster, kind.rank, signal);
    mustQueue = false;
    if (signal.aborted) return step;
    return step.do === 'sync' ? sync(step, attempt) : watch(step, attempt);
  }

  let step: Step | undefined;
  // One batcher over a sync and the watch that continues it: what is in hand must not be lost between them.
  let attempt: Attempt | undefined;
  while (!signal.aborted) {
    try {
      step ??= await readPosition();
      attempt ??= startAttempt({ kind, sink, clock, signal });
      step = await run(step, attempt);
      if (step.do === 'watch' && step.open !== undefined) continue;
      attempt.end();
      attempt = undefined;
    } catch (caught) {
      const error = await endAttempt(attempt, caught);
      attempt = undefined;
      if (error instanceof FenceLostError) throw error;
      if (signal.aborted) break;
      mustQueue = true;
      const isOurs = step === undefined || error instanceof SinkError;
      step = isOurs ? undefined : await recoverOrRestart(step as Step, toRefusal(error));
      if (isOurs) await sleep(clock, backoff.failed(), signal);
    }
  }
  if (attempt !== undefined) await endAttempt(attempt, undefined);

  /** The database can be away while we recover, too. */
  async function recoverOrRestart(from: Step, refusal: WatchRefusal): Promise<Step | undefined> {
    try {
      return await recover(from, refusal);
    } catch (error) {
      if (error instanceof FenceLostError) throw error;
      await sleep(clock, backoff.failed(), signal);
      return undefined;
    }
  }
}

/** Failures of the sink are ours, not the cluster's. */
async function ofSink<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof FenceLostError ? error : new SinkError(error);
  }
}

async function openWatch({
  kind,
  requests,
  version,
  attempt,
  onSkipped,
}: Pick<ReflectorOptions, 'kind'> & {
  requests: KindRequests;
  version: string | undefined;
  attempt: Attempt;
  onSkipped: () => void;
}): Promise<OpenWatch> {
  const query = {
    watch: 1,
    allowWatchBookmarks: true,
    resourceVersion: version,
    timeoutSeconds: attempt.watchSeconds,
  };
  const stream = await requests.open(query, attempt.signal);
  return { stream, events: readWatchEvents(stream.chunks, kind, onSkipped) };
}
