import type { TargetSelection, TargetSelector } from '@quarterdeck/contracts';
import { fits, readLabels, writeLabels } from '../../platform/labels.ts';

/** A selector as it is typed: what is chosen one way is kept while one looks at another. */
export type NarrowDraft = { by: 'all' | 'labels' | 'clusters'; labels: string; clusters: readonly string[] };

export const toNarrowDraft = (selector: TargetSelector | null): NarrowDraft => ({
  by: selector === null ? 'all' : selector.labels === undefined ? 'clusters' : 'labels',
  labels: writeLabels(selector?.labels ?? {}),
  clusters: selector?.clusters ?? [],
});

/** As the API takes it; `undefined` while it is not whole. */
export function fromNarrowDraft({ by, labels, clusters }: NarrowDraft): TargetSelector | null | undefined {
  if (by === 'all') return null;
  if (by === 'clusters') return clusters.length === 0 ? undefined : { clusters: clusters.toSorted() };
  const read = readLabels(labels);
  return read === undefined || Object.keys(read).length === 0 ? undefined : { labels: read };
}

/** Clusters that the environment's rules give, by whether the selector takes them. */
export type Sides = {
  inside: string[];
  outside: string[];
  /** Whose labels are not known here. */
  hidden: number;
};

/** @param fleet the clusters that may be seen: labels are theirs */
export function sidesOf(
  selector: TargetSelector | null,
  { inside, outside }: Pick<TargetSelection, 'inside' | 'outside'>,
  fleet: readonly { id: string; slug: string; labels: Readonly<Record<string, string>> }[],
): Sides {
  const sides: Sides = { inside: [], outside: [], hidden: 0 };
  for (const { id, name } of placesOf({ inside, outside })) {
    const cluster = fleet.find((each) => each.id === id);
    if (selector?.labels !== undefined && cluster === undefined) sides.hidden += 1;
    else if (takes(selector, id, cluster)) sides.inside.push(name);
    else sides.outside.push(name);
  }
  return sides;
}

/** Each cluster once, by its name: it may have several namespaces of the environment. */
export function placesOf({
  inside,
  outside,
}: Pick<TargetSelection, 'inside' | 'outside'>): { id: string; name: string }[] {
  const names = new Map([...inside, ...outside].map(({ clusterId, cluster }) => [clusterId, cluster]));
  return [...names].map(([id, name]) => ({ id, name })).toSorted((a, b) => a.name.localeCompare(b.name));
}

function takes(
  selector: TargetSelector | null,
  id: string,
  cluster: { slug: string; labels: Readonly<Record<string, string>> } | undefined,
): boolean {
  if (selector === null) return true;
  if (selector.labels === undefined) return selector.clusters?.includes(id) === true;
  return cluster !== undefined && fits(selector.labels, cluster);
}
