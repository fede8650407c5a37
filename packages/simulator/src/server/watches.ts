import type { ServerResponse } from 'node:http';
import { type ApiError, expired, statusOf, tooLarge } from '../objects/api-error.ts';
import { apiVersionOf } from '../objects/kinds.ts';
import type { Change, ObjectStore } from '../objects/store.ts';
import type { Json } from '../objects/types.ts';
import { assertListOptions } from './list-options.ts';
import { type Collection, matcher, versionOf } from './lists.ts';

const bookmarkMs = 60_000;

/** Sends changes until the client leaves or `timeoutSeconds` pass. Returns what ends it. */
export function watchObjects(
  store: ObjectStore,
  collection: Collection & { show: (object: Json) => Json },
  response: ServerResponse,
): () => void {
  const { kind, namespace, query } = collection;
  const matches = matcher(collection);
  const wantsInitial = query.get('sendInitialEvents') === 'true';
  const given = versionOf(query);
  assertListOptions(query, true);

  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const { show } = collection;
  const send = (type: string, object: Json) =>
    response.write(`${JSON.stringify({ type, object: type === 'ERROR' ? object : show(object) })}\n`);
  const bookmark = (annotations?: Record<string, string>) =>
    send('BOOKMARK', {
      kind: kind.kind,
      apiVersion: apiVersionOf(kind),
      metadata: {
        resourceVersion: String(store.version()),
        ...(annotations === undefined ? {} : { annotations }),
      },
    });

  function refuse(error: ApiError): () => void {
    send('ERROR', statusOf(error));
    response.end();
    return () => {};
  }
  if (wantsInitial && given > store.version()) return refuse(tooLarge(given, store.version()));
  if (wantsInitial || given === 0) {
    for (const object of store.list(kind, namespace)) if (matches(object)) send('ADDED', object);
    if (wantsInitial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const missed = store.since(kind, given);
    if (missed === undefined) return refuse(expired(`too old resource version: ${given} (${store.version()})`));
    for (const change of missed) forward(change);
  }

  function forward(change: Change): void {
    // A watch from a future version is taken, and what comes until then is lost.
    if (change.kind === kind && change.version > given && matches(change.object)) send(change.type, change.object);
  }
  const unlisten = store.listen(forward);
  const ticker = query.get('allowWatchBookmarks') === 'true' ? setInterval(bookmark, bookmarkMs) : undefined;
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || 1800;
  const timer = setTimeout(() => {
    if (ticker !== undefined) bookmark();
    // The client may take a while to close: nothing more is written to it.
    stop();
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
