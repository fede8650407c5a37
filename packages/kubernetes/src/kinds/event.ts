import { keyOf } from '../projection/project-object.ts';
import type { EventRow } from '../projection/row.ts';
import { integerOf, type Json, objectOf, textOf, timeOf } from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

export const eventKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
  rank: 90,
  project: 'event',
};

/** The row of an event; `undefined` where it has no uid or no time. Old and new forms of the times are both read. */
export function projectEvent(object: Json): EventRow | undefined {
  const metadata = objectOf(object.metadata);
  const key = keyOf(metadata);
  const involved = objectOf(object.involvedObject);
  const series = objectOf(object.series);
  const created = timeOf(metadata.creationTimestamp);
  const firstAt = timeOf(object.firstTimestamp) ?? timeOf(object.eventTime) ?? created;
  const lastAt =
    timeOf(series.lastObservedTime) ?? timeOf(object.lastTimestamp) ?? timeOf(object.eventTime) ?? created ?? firstAt;
  if (key === undefined || firstAt === undefined || lastAt === undefined) return undefined;
  return {
    namespace: key.namespace,
    uid: key.uid,
    object: `${textOf(involved.kind, 63) || 'Object'}/${textOf(involved.name, 253)}`,
    objectUid: textOf(involved.uid, 128),
    type: textOf(object.type, 32) || 'Normal',
    reason: textOf(object.reason, 128),
    message: textOf(object.message, 1024),
    count: Math.max(1, integerOf(series.count) ?? integerOf(object.count) ?? 1),
    firstAt,
    lastAt,
  };
}
