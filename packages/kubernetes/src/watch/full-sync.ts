import type { WatchedKind } from '../kinds/kind.ts';
import { type Json, objectOf, textOf } from '../projection/values.ts';
import { ClusterError } from '../transport/cluster-client.ts';
import type { Batcher } from './batcher.ts';
import type { Clock } from './clock.ts';
import type { KindRequests } from './kind-requests.ts';
import { readListElements } from './list-elements.ts';
import { smallSync } from './pacing.ts';
import { parseObject } from './parse-object.ts';
import { WatchRefusal } from './refusals.ts';
import type { TimedStream } from './timed-stream.ts';
import { isOlder } from './versions.ts';
import { readWatchEvents, type WatchEvent } from './watch-events.ts';

/** An open watch whose events go on where the sync ended. */
export type OpenWatch = { stream: TimedStream; events: AsyncGenerator<WatchEvent, void, undefined> };

export type SyncResult = {
  resourceVersion: string;
  seen: ReadonlySet<string>;
  /** The kind has more objects than are kept. */
  capped: boolean;
  /** Objects too large to be read. */
  skipped: number;
  /** Where the sync was a watch itself. */
  watch?: OpenWatch;
};

export type SyncContext = {
  kind: WatchedKind;
  requests: KindRequests;
  batcher: Batcher;
  clock: Clock;
  signal: AbortSignal;
  watchSeconds: number;
  maxRows: number;
  /** Asked when there are more objects than a small sync has; false where the sync must wait for another place. */
  grow: () => boolean;
  onSkipped: () => void;
};

/** No small sync, and no place for a large one is free. What has come so far is in the batcher. */
export class SyncTooLargeError extends Error {
  constructor() {
    super('The sync is larger than its place');
    this.name = 'SyncTooLargeError';
  }
}

const silenceMs = 20_000;
const totalMs = 120_000;
const pageSize = 500;

/**
 * Streams all objects as the first events of a watch. Before the end mark they come unordered: only its version counts.
 * @param notOlderThan `undefined` for the newest state
 * @throws WatchRefusal `unsupported` when the server does not know how
 */
export async function syncByWatchList(context: SyncContext, notOlderThan: string | undefined): Promise<SyncResult> {
  const { requests, signal } = context;
  const query = {
    watch: 1,
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: true,
    resourceVersion: notOlderThan,
    timeoutSeconds: context.watchSeconds,
  };
  const stream = await requests.open(query, signal).catch((error: unknown) => {
    throw error instanceof ClusterError && error.code === 'cluster_timeout' ? unsupported() : error;
  });
  stream.limitSilence(silenceMs);
  stream.limitTotal(totalMs, `The first list took longer than ${totalMs / 1000} s.`);
  const taker = createTaker(context);
  const events = readWatchEvents(stream.chunks, context.kind, taker.skip);
  try {
    // Not for await: leaving the loop at the end mark must not end the stream.
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      const event = next.value;
      if (event.type === 'put') await taker.take(event.object);
      else if (event.type === 'bookmark' && event.endsInitialEvents) {
        return { resourceVersion: event.resourceVersion, ...taker.taken(), watch: { stream, events } };
      }
    }
  } catch (error) {
    stream.close();
    // A server that knows no streamed list opens a plain watch, which stays silent.
    if (error instanceof WatchRefusal && error.kind === 'too_slow') throw unsupported();
    throw error;
  }
  stream.close();
  throw unsupported();
}

function unsupported(): WatchRefusal {
  return new WatchRefusal('unsupported', 'The cluster did not stream its objects to the end.');
}

/**
 * Lists in pages of the newest state. A continuation that expired is begun anew once; then the whole comes unpaged from
 * the server's cache, which counts only if it is not older than what we have.
 */
export async function syncByPages(context: SyncContext, have: string | undefined): Promise<SyncResult> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const result = await listPages(context);
    if (result !== undefined) return result;
  }
  const taker = createTaker(context);
  const { resourceVersion } = await readList(context, { resourceVersion: '0' }, taker);
  if (have !== undefined && isOlder(resourceVersion, have)) {
    throw new WatchRefusal('too_new', 'The cluster’s cache is older than the rows at hand.');
  }
  return { resourceVersion, ...taker.taken() };
}

/** `undefined` when a continuation expired midway. */
async function listPages(context: SyncContext): Promise<SyncResult | undefined> {
  const taker = createTaker(context);
  let token = '';
  let version = '';
  do {
    try {
      const page = await readList(context, { limit: pageSize, continue: token === '' ? undefined : token }, taker);
      version = page.resourceVersion;
      token = page.continueToken;
    } catch (error) {
      if (token !== '' && error instanceof WatchRefusal && error.kind === 'gone') return undefined;
      throw error;
    }
  } while (token !== '');
  return { resourceVersion: version, ...taker.taken() };
}

async function readList(
  context: SyncContext,
  query: Record<string, string | number | undefined>,
  { take, skip }: Pick<Taker, 'take' | 'skip'>,
): Promise<{ resourceVersion: string; continueToken: string }> {
  const stream = await context.requests.open(query, context.signal);
  stream.limitSilence(silenceMs);
  stream.limitTotal(totalMs, `A page took longer than ${totalMs / 1000} s.`);
  try {
    const elements = readListElements(stream.chunks, skip);
    let next = await elements.next();
    for (; next.done !== true; next = await elements.next()) {
      await take(parseObject(next.value, context.kind));
    }
    const { kind, metadata: given } = next.value;
    // A Status or a page of a proxy, sent as if all were well: it names no object, and that says nothing about them.
    if (kind !== undefined && !String(kind).endsWith('List'))
      throw new WatchRefusal('failed', `The cluster sent a ${textOf(kind, 64)} where a list was asked for.`);
    const metadata = objectOf(given);
    const resourceVersion = textOf(metadata.resourceVersion, 128);
    if (resourceVersion === '') throw new WatchRefusal('failed', 'The cluster’s list has no version.');
    return { resourceVersion, continueToken: textOf(metadata.continue, 8192) };
  } finally {
    stream.close();
  }
}

type Taker = ReturnType<typeof createTaker>;

/** Passes objects on and notes which were there. */
function createTaker({ batcher, maxRows, grow, onSkipped }: SyncContext) {
  const seen = new Set<string>();
  let capped = false;
  let skipped = 0;
  let isDone = false;
  return {
    async take(object: Json): Promise<void> {
      if (seen.size >= maxRows) {
        capped = true;
        return;
      }
      if (seen.size === smallSync && !grow()) throw new SyncTooLargeError();
      const uid = await batcher.put(object);
      if (uid !== undefined) seen.add(uid);
    },
    /** Of the list; where its stream goes on as a watch, of a change. */
    skip(): void {
      onSkipped();
      if (isDone) batcher.skip();
      else skipped += 1;
    },
    taken() {
      isDone = true;
      return { seen, capped, skipped };
    },
  };
}
