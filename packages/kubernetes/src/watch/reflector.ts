import type { Readable } from 'node:stream';
import {
  type ClusterClient,
  ClusterError,
  type ClusterRequest,
  type Identity,
  KubernetesStatusError,
} from '../transport/cluster-client.ts';
import { createBackoff } from './backoff.ts';
import { createBatch, keyOf } from './batch.ts';
import type { KubeObject } from './json.ts';
import { at, int, list, text } from './json.ts';
import { readLines } from './lines.ts';
import { type Clock, FenceLostError, type Sink } from './sink.ts';
import { parseWatchEvent } from './watch-events.ts';

export type ReflectorOptions = {
  client: ClusterClient;
  identity: Identity;
  resource: { group: string; version: string; plural: string };
  sink: Sink;
  clock: Clock;
  /** Where an earlier watch stood. */
  resourceVersion: string | undefined;
  /** Runs full syncs a few at a time. */
  pace: <T>(sync: () => Promise<T>) => Promise<T>;
  signal: AbortSignal;
};

const pageSize = 500;
const maxObjectBytes = 4 * 1024 * 1024;
const headersMs = 10_000;
const syncSilenceMs = 20_000;
const syncMs = 120_000;
const watchSilenceMs = 90_000;
const forbiddenMs = 300_000;
const doubtShare = 0.5;
const doubtFrom = 100;

/** The stored version is too old, or from a future the server does not know. */
class VersionGoneError extends Error {}

/**
 * Keeps a sink equal to one kind of one cluster until the signal aborts or the fence is lost: resumes from a stored
 * version, else syncs whole (streamed list, or pages), then watches. Never raises; trouble is a state of the sink.
 */
export async function runReflector(options: ReflectorOptions): Promise<void> {
  const { clock, sink, signal } = options;
  const backoff = createBackoff(clock);
  let version = options.resourceVersion;
  let streamedListFails = false;
  let verified = false;

  async function turn(): Promise<void> {
    if (version !== undefined && !verified && !(await isKnownVersion(options, version))) version = undefined;
    verified = true;
    if (version === undefined) {
      await sink.state('syncing');
      await options.pace(async () => {
        if (!streamedListFails) {
          try {
            version = await syncByStream(options);
            return;
          } catch (error) {
            if (signal.aborted || error instanceof FenceLostError || !isAboutTheForm(error)) throw error;
            streamedListFails = true;
          }
        }
        version = await syncByPages(options);
      });
    }
    if (version === undefined) return;
    await sink.state('streaming');
    backoff.healthy();
    version = await watch(options, version);
  }

  while (!signal.aborted) {
    try {
      await turn();
    } catch (error) {
      if (signal.aborted || error instanceof FenceLostError) return;
      if (error instanceof VersionGoneError) {
        version = undefined;
        continue;
      }
      const { state, message, waitMs } = judge(error, backoff.next.bind(backoff));
      await sink.state(state, message).catch(() => {});
      await clock.sleep(waitMs, signal);
    }
  }
}

function judge(error: unknown, next: (retryAfterSeconds?: number) => number) {
  if (error instanceof KubernetesStatusError && error.status === 403) {
    return { state: 'forbidden' as const, message: error.message.slice(0, 300), waitMs: forbiddenMs };
  }
  const retryAfter = error instanceof KubernetesStatusError ? error.details?.retryAfterSeconds : undefined;
  const message = error instanceof Error ? error.message.slice(0, 300) : 'unknown failure';
  return { state: 'stale' as const, message, waitMs: next(retryAfter) };
}

function basePath({ group, version, plural }: ReflectorOptions['resource']): string {
  return `${group === '' ? '/api' : `/apis/${group}`}/${version}/${plural}`;
}

function request(options: ReflectorOptions, query: NonNullable<ClusterRequest['query']>): ClusterRequest {
  return {
    method: 'GET',
    path: basePath(options.resource),
    query,
    identity: options.identity,
    priority: 'background',
    timeoutMs: headersMs,
    signal: options.signal,
  };
}

/**
 * A watch from a version the server has not reached (its store was restored) is accepted and loses events without a
 * word; so the server's own version is asked first.
 */
async function isKnownVersion(options: ReflectorOptions, version: string): Promise<boolean> {
  const listed = await getList(options, { limit: 1 });
  try {
    return BigInt(listed.resourceVersion) >= BigInt(version);
  } catch {
    return false;
  }
}

type Page = { items: readonly KubeObject[]; resourceVersion: string; next: string | undefined };

async function getList(options: ReflectorOptions, query: NonNullable<ClusterRequest['query']>): Promise<Page> {
  const response = await options.client.request({ ...request(options, query), timeoutMs: 30_000 });
  if (response.status !== 200) throw statusError(response.status, response.body, response.headers);
  const version = text(at(response.body, 'metadata', 'resourceVersion'));
  if (version === undefined) throw new Error('The list has no resourceVersion.');
  const next = text(at(response.body, 'metadata', 'continue'));
  return {
    items: list(at(response.body, 'items')) as readonly KubeObject[],
    resourceVersion: version,
    next: next === '' ? undefined : next,
  };
}

/** Pages of 500; a token that expires starts the list once more, then one unpaged list from the cache. */
async function syncByPages(options: ReflectorOptions): Promise<string> {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      return await finish(options, await readPages(options));
    } catch (error) {
      if (!(error instanceof KubernetesStatusError) || error.status !== 410) throw error;
    }
  }
  const seen = new Set<string>();
  const page = await getList(options, { resourceVersion: '0' });
  await putAll(options.sink, page.items, seen);
  return finish(options, { seen, resourceVersion: page.resourceVersion });
}

type Seen = { seen: Set<string>; resourceVersion: string };

async function readPages(options: ReflectorOptions): Promise<Seen> {
  const seen = new Set<string>();
  let next: string | undefined;
  let resourceVersion: string;
  do {
    const page = await getList(options, { limit: pageSize, ...(next === undefined ? {} : { continue: next }) });
    await putAll(options.sink, page.items, seen);
    next = page.next;
    resourceVersion = page.resourceVersion;
  } while (next !== undefined);
  return { seen, resourceVersion };
}

async function putAll(sink: Sink, items: readonly KubeObject[], seen: Set<string>): Promise<void> {
  for (let start = 0; start < items.length; start += pageSize) await sink.put(items.slice(start, start + pageSize));
  for (const item of items) seen.add(keyOf(item).uid);
}

/** Deletes what the list did not hold; a list that lost most of what we have must say so twice. */
async function finish(options: ReflectorOptions, { seen, resourceVersion }: Seen): Promise<string> {
  const stored = await options.sink.count();
  if (stored >= doubtFrom && seen.size < stored * doubtShare) {
    const second = await readPages(options);
    for (const uid of second.seen) seen.add(uid);
    await options.sink.completeSync(seen, second.resourceVersion);
    return second.resourceVersion;
  }
  await options.sink.completeSync(seen, resourceVersion);
  return resourceVersion;
}

/** A watch that begins with every object and marks the end of them. The ADDED before the mark come in no order. */
async function syncByStream(options: ReflectorOptions): Promise<string> {
  const stream = await openWatch(options, {
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
    timeoutSeconds: syncMs / 1000,
  });
  const limits = guardStream(stream, { silenceMs: syncSilenceMs, totalMs: syncMs });
  const seen = new Set<string>();
  const batch = createBatch(options.sink, (error) => stream.destroy(error as Error), { withVersions: false });
  try {
    for await (const line of readLines(stream, maxObjectBytes, limits.touch)) {
      if ('skippedBytes' in line) {
        options.sink.skipped(line.skippedBytes);
        continue;
      }
      const event = parseWatchEvent(line.text);
      if (event === undefined) continue;
      if (event.type === 'gone') throw new StreamedListError('The server lost the version of the list.');
      if (event.type === 'error') throw new StreamedListError(event.message);
      if (event.type === 'bookmark' && event.isInitialEnd) {
        await batch.flush();
        return await finish(options, { seen, resourceVersion: event.resourceVersion });
      }
      if (event.type === 'put') seen.add(keyOf(event.object).uid);
      if (event.type === 'delete') seen.delete(keyOf(event.object).uid);
      await batch.add(event);
    }
    throw new StreamedListError('The streamed list ended without its end mark.');
  } catch (error) {
    if (limits.reason !== undefined) throw new StreamedListError(limits.reason);
    throw error;
  } finally {
    limits.end();
    stream.destroy();
  }
}

/** The streamed list does not work here; pages may. */
class StreamedListError extends Error {}

function isAboutTheForm(error: unknown): boolean {
  if (error instanceof StreamedListError) return true;
  return error instanceof KubernetesStatusError && [400, 404, 410, 422].includes(error.status);
}

/** Watches from a version until the stream ends; gives the version to go on from. */
async function watch(options: ReflectorOptions, from: string): Promise<string> {
  const seconds = 300 + Math.floor(options.clock.random() * 300);
  const stream = await openWatch(options, { resourceVersion: from, timeoutSeconds: seconds }).catch(
    (error: unknown) => {
      throw error instanceof KubernetesStatusError && error.status === 410 ? new VersionGoneError() : error;
    },
  );
  const limits = guardStream(stream, { silenceMs: undefined, totalMs: (seconds + 15) * 1000 });
  let version = from;
  const batch = createBatch(options.sink, (error) => stream.destroy(error as Error));
  try {
    for await (const line of readLines(stream, maxObjectBytes, limits.touch)) {
      if ('skippedBytes' in line) {
        options.sink.skipped(line.skippedBytes);
        continue;
      }
      const event = parseWatchEvent(line.text);
      if (event === undefined) continue;
      if (event.type === 'gone') throw new VersionGoneError();
      if (event.type === 'error')
        throw new KubernetesStatusError(event.code, 'WatchError', event.message, {
          ...(event.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: event.retryAfterSeconds }),
        });
      // Once a server sends bookmarks it sends one a minute: longer silence is a dead connection.
      if (event.type === 'bookmark') limits.expectBytesEvery(watchSilenceMs);
      await batch.add(event);
      if (event.resourceVersion !== undefined) version = event.resourceVersion;
    }
    await batch.flush();
    return version;
  } catch (error) {
    if (limits.reason === undefined) throw error;
    await batch.flush();
    return version;
  } finally {
    limits.end();
    stream.destroy();
  }
}

async function openWatch(options: ReflectorOptions, query: NonNullable<ClusterRequest['query']>): Promise<Readable> {
  const stream = await options.client.stream(request(options, { watch: 1, allowWatchBookmarks: true, ...query }));
  if (stream.status === 200) return stream.body;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.body) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > 65_536) break;
    chunks.push(bytes);
  }
  stream.body.destroy();
  throw statusError(stream.status, parseOrUndefined(Buffer.concat(chunks).toString('utf8')), stream.headers);
}

function statusError(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Error {
  if (status === 410) return query410(body);
  const retryAfter = int(Number(headers['retry-after'])) ?? int(at(body, 'details', 'retryAfterSeconds'));
  return new KubernetesStatusError(
    status,
    text(at(body, 'reason')) ?? `Http${status}`,
    text(at(body, 'message')) ?? `The cluster answered ${status}`,
    retryAfter === undefined ? undefined : { retryAfterSeconds: retryAfter },
  );
}

function query410(body: unknown): Error {
  return new KubernetesStatusError(410, 'Expired', text(at(body, 'message')) ?? 'The version is gone.');
}

function parseOrUndefined(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

/** Destroys a stream that is silent or open too long, and remembers why. */
function guardStream(stream: Readable, limits: { silenceMs: number | undefined; totalMs: number }) {
  let silence: NodeJS.Timeout | undefined;
  let silenceMs = limits.silenceMs;
  const guard = {
    reason: undefined as string | undefined,
    touch(): void {
      if (silenceMs === undefined) return;
      if (silence === undefined) silence = setTimeout(() => end(`No byte came for ${silenceMs} ms.`), silenceMs);
      else silence.refresh();
    },
    expectBytesEvery(ms: number): void {
      if (silenceMs !== undefined) return;
      silenceMs = ms;
      guard.touch();
    },
    end(): void {
      clearTimeout(silence);
      clearTimeout(total);
    },
  };
  const total = setTimeout(() => end('The stream was open for its whole time.'), limits.totalMs);
  function end(reason: string): void {
    guard.reason = reason;
    stream.destroy(new ClusterError('cluster_timeout', reason));
  }
  guard.touch();
  return guard;
}
