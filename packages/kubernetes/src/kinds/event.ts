import type { KubeObject, ProjectedEvent } from './kind.ts';
import { at, int, text, time } from './read.ts';

export const eventKind = { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true } as const;

const maxMessage = 1024;

/** The row of an event; `undefined` without a uid. Old and new forms of times and counts are understood. */
export function projectEvent(event: KubeObject): ProjectedEvent | undefined {
  const uid = text(at(event, 'metadata', 'uid'));
  if (uid === undefined) return undefined;
  const created = time(at(event, 'metadata', 'creationTimestamp')) ?? new Date(0);
  const firstAt = time(at(event, 'firstTimestamp')) ?? time(at(event, 'eventTime')) ?? created;
  const lastAt = time(at(event, 'series', 'lastObservedTime')) ?? time(at(event, 'lastTimestamp')) ?? firstAt;
  return {
    namespace: text(at(event, 'metadata', 'namespace')) ?? '',
    uid,
    object:
      `${text(at(event, 'involvedObject', 'kind')) ?? ''}/${text(at(event, 'involvedObject', 'name')) ?? ''}`.slice(
        0,
        320,
      ),
    objectUid: text(at(event, 'involvedObject', 'uid')) ?? '',
    type: text(at(event, 'type')) ?? 'Normal',
    reason: (text(at(event, 'reason')) ?? '').slice(0, 128),
    message: (text(at(event, 'message')) ?? '').slice(0, maxMessage),
    count: int(at(event, 'series', 'count')) ?? int(at(event, 'count')) ?? 1,
    firstAt,
    lastAt,
  };
}
