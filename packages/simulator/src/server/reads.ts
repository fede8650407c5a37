import type { ServerResponse } from 'node:http';
import { ApiError, badRequest, expired, statusOf } from '../objects/api-error.ts';
import { apiVersionOf, type Kind } from '../objects/kinds.ts';
import { matchesFields, matchesLabels } from '../objects/selectors.ts';
import type { Change, ObjectStore } from '../objects/store.ts';
import type { Json, KubeObject } from '../objects/types.ts';
import { listKindOf } from './discovery.ts';

export type Collection = { kind: Kind; namespace?: string | undefined; query: URLSearchParams };

const expiredList =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

function matcher({ namespace, query }: Collection): (object: KubeObject) => boolean {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (labels === '' || matchesLabels(object, labels)) &&
    (fields === '' || matchesFields(object, fields));
}

/**
 * A list, in pages by `limit` and `continue`. A page shows what is there now, not a snapshot.
 * @throws ApiError 410 when the token's version is compacted away
 */
export function listObjects(store: ObjectStore, collection: Collection): Json {
  const { kind, namespace, query } = collection;
  const found = store.list(kind, namespace).filter(matcher(collection));
  const limit = Number(query.get('limit') ?? 0);
  const token = readToken(query.get('continue'));
  if (token !== undefined && store.since(kind, token.version) === undefined) throw expired(expiredList);
  const version = token?.version ?? store.version();
  const start = token === undefined ? 0 : found.findIndex((object) => keyOf(object) > token.after);
  const rest = start < 0 ? [] : found.slice(start);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const last = page.at(-1);
  const isMore = last !== undefined && page.length < rest.length;
  const next = isMore
    ? {
        continue: Buffer.from(JSON.stringify({ version, after: keyOf(last) })).toString('base64url'),
        remainingItemCount: rest.length - page.length,
      }
    : {};
  return { ...listKindOf(kind), metadata: { resourceVersion: String(version), ...next }, items: page };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function readToken(text: string | null): { version: number; after: string } | undefined {
  if (text === null || text === '') return undefined;
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as { version: number; after: string };
    if (typeof token.version === 'number' && typeof token.after === 'string') return token;
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest('continue key is not valid: invalid character');
}

const bookmarkMs = 60_000;

/** Sends changes until the client leaves or `timeoutSeconds` pass. Returns what ends it. */
export function watchObjects(store: ObjectStore, collection: Collection, response: ServerResponse): () => void {
  const { kind, namespace, query } = collection;
  const matches = matcher(collection);
  const wantsInitial = query.get('sendInitialEvents') === 'true';
  const given = query.get('resourceVersion') ?? '';
  const isFromNow = given === '' || given === '0';
  if (!isFromNow && !/^\d+$/.test(given))
    throw badRequest(`Invalid value: "${given}": strconv.ParseUint: parsing "${given}": invalid syntax`);
  if (wantsInitial && query.get('resourceVersionMatch') !== 'NotOlderThan')
    throw new ApiError(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );

  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
  const bookmark = (annotations?: Record<string, string>) =>
    send('BOOKMARK', {
      kind: kind.kind,
      apiVersion: apiVersionOf(kind),
      metadata: {
        resourceVersion: String(store.version()),
        creationTimestamp: null,
        ...(annotations === undefined ? {} : { annotations }),
      },
    });

  if (wantsInitial || isFromNow) {
    for (const object of store.list(kind, namespace)) if (matches(object)) send('ADDED', object);
    if (wantsInitial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const missed = store.since(kind, Number(given));
    if (missed === undefined) {
      send('ERROR', statusOf(expired(`too old resource version: ${given} (${store.version()})`)));
      response.end();
      return () => {};
    }
    for (const change of missed) forward(change);
  }

  function forward(change: Change): void {
    if (change.kind === kind && matches(change.object)) send(change.type, change.object);
  }
  const unlisten = store.listen(forward);
  const ticker = query.get('allowWatchBookmarks') === 'true' ? setInterval(bookmark, bookmarkMs) : undefined;
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || 1800;
  const timer = setTimeout(() => {
    if (ticker !== undefined) bookmark();
    response.end();
  }, seconds * 1000);
  const stop = () => {
    unlisten();
    clearInterval(ticker);
    clearTimeout(timer);
  };
  response.on('close', stop);
  return () => {
    stop();
    response.end();
  };
}
