import type { WorkloadTimeline } from '@quarterdeck/contracts';

export type TimelineItem = WorkloadTimeline['items'][number];

/** What happened to one object within the time that is looked at. */
export type Lane = { key: string; kind: string; name: string; items: readonly TimelineItem[]; warnings: number };

/** The key of what an event is about. */
export const laneKey = ({ kind, name }: Pick<TimelineItem, 'kind' | 'name'>) => `${kind}/${name}`;

/** Events whose last time lies within the span, as somebody narrowed them. */
export function narrowed(
  items: readonly TimelineItem[],
  { from, only, of }: { from: number; only: 'warnings' | 'all'; of: string | undefined },
): TimelineItem[] {
  return items.filter(
    (item) =>
      Date.parse(item.lastAt) >= from &&
      (only === 'all' || item.type === 'Warning') &&
      (of === undefined || laneKey(item) === of),
  );
}

/** A lane for each object, those with the newest warnings first. */
export function lanesOf(items: readonly TimelineItem[]): Lane[] {
  const lanes = [...Map.groupBy(items, laneKey)].map(([key, own]) => ({
    key,
    kind: own[0]?.kind ?? '',
    name: own[0]?.name ?? '',
    items: own,
    warnings: own.filter(({ type }) => type === 'Warning').length,
  }));
  const newest = ({ items: own, warnings }: Lane) => `${warnings > 0 ? 1 : 0} ${own[0]?.lastAt ?? ''}`;
  return lanes.toSorted((a, b) => newest(b).localeCompare(newest(a)));
}
