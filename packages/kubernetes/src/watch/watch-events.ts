import type { WatchedKind } from '../kinds/kind.ts';
import { type Json, objectOf, textOf } from '../projection/values.ts';
import { splitLines } from './byte-lines.ts';
import { parseObject } from './parse-object.ts';
import { refusalOf, WatchRefusal } from './refusals.ts';

export type WatchEvent =
  | { type: 'put'; object: Json; isNew: boolean; resourceVersion: string }
  | { type: 'remove'; object: Json; resourceVersion: string }
  | { type: 'bookmark'; resourceVersion: string; endsInitialEvents: boolean };

export type ReadKind = Pick<WatchedKind, 'kind' | 'ignoresManagers'>;

/**
 * Events of a watch. Ends where the server ends it; an unfinished last line is dropped, since the next watch brings it
 * again.
 * @throws WatchRefusal for an ERROR event, for a line that is no event and for an object of another kind
 */
export async function* readWatchEvents(
  chunks: AsyncIterable<Uint8Array>,
  kind: ReadKind,
  onSkipped: () => void,
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const line of splitLines(chunks, onSkipped)) yield parseEvent(line, kind);
}

/** What the server sends of an object when only its metadata was asked for. */
const metadataOnly = 'PartialObjectMetadata';

function parseEvent(line: Buffer, kind: ReadKind): WatchEvent {
  let event: Json;
  try {
    event = parseObject(line, kind);
  } catch {
    throw new WatchRefusal('failed', 'The cluster sent a line that is no event.');
  }
  const object = objectOf(event.object);
  const metadata = objectOf(object.metadata);
  const resourceVersion = textOf(metadata.resourceVersion, 128);
  const given = event.type === 'ERROR' ? undefined : object.kind;
  if (given !== undefined && given !== kind.kind && given !== metadataOnly)
    throw new WatchRefusal('failed', `The cluster sent a ${textOf(given, 64)} where a ${kind.kind} was asked for.`);
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'put', object, isNew: event.type === 'ADDED', resourceVersion };
    case 'DELETED':
      return { type: 'remove', object, resourceVersion };
    case 'BOOKMARK':
      return {
        type: 'bookmark',
        resourceVersion,
        endsInitialEvents: objectOf(metadata.annotations)['k8s.io/initial-events-end'] === 'true',
      };
    case 'ERROR':
      throw refusalOf(500, object);
    default:
      throw new WatchRefusal('failed', 'The cluster sent an event of an unknown type.');
  }
}
