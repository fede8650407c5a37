import type { Cluster, SavedView } from '@quarterdeck/contracts';
import { listViews } from '@quarterdeck/contracts/inventory';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from './api.ts';
import { useFleet } from './fleet.tsx';
import { type Scope, useScope } from './scope.ts';

/** In front of the name of a set, where names of clusters stand. */
export const setMark = 'set:';

export type Selector = Readonly<Record<string, string>>;
export type ClusterSet = Pick<SavedView, 'id' | 'name' | 'projectId' | 'mine' | 'revision'> & {
  selectors: readonly Selector[];
};

type Labelled = Pick<Cluster, 'slug' | 'labels'>;

/** Own sets before those of one's projects, as the server looks them up. */
export const clusterSetsQuery = queryOptions({
  queryKey: ['inventory', 'cluster-sets'],
  queryFn: async ({ signal }) => {
    const { items } = await api.call(listViews, { query: { type: 'cluster_set' } }, { signal });
    return items
      .flatMap(({ content, ...view }): ClusterSet[] =>
        content.type === 'cluster_set' ? [{ ...view, selectors: content.selectors }] : [],
      )
      .toSorted((a, b) => Number(a.projectId !== undefined) - Number(b.projectId !== undefined));
  },
  staleTime: 30_000,
});

/** Slugs of the clusters that any selector matches now; every cluster has the fixed label `cluster`, its slug. */
export function membersOf(selectors: readonly Selector[], clusters: readonly Labelled[]): string[] {
  return clusters
    .filter(({ slug, labels }) =>
      selectors.some((selector) =>
        Object.entries(selector).every(([key, value]) => (key === 'cluster' ? slug : labels[key]) === value),
      ),
    )
    .map(({ slug }) => slug);
}

/** A slug that no cluster has: a set without members shows nothing, and never everything. */
const nobody = '-';

/** What a scope names with its sets put in: slugs alone; empty still means all. */
export function slugsOf(
  names: readonly string[],
  sets: readonly ClusterSet[],
  clusters: readonly Labelled[],
): readonly string[] {
  if (!names.some((name) => name.startsWith(setMark))) return names;
  const slugs = names.flatMap((name) => {
    if (!name.startsWith(setMark)) return [name];
    const set = sets.find((each) => each.name === name.slice(setMark.length));
    return set === undefined ? [] : membersOf(set.selectors, clusters);
  });
  return slugs.length === 0 ? [nobody] : [...new Set(slugs)];
}

/** The scope in the URL with its sets put in, for what is narrowed in the browser. The server takes sets as they are. */
export function useResolvedScope(): Scope {
  const { scope } = useScope();
  const fleet = useFleet();
  const named = scope.clusters.some((name) => name.startsWith(setMark));
  const { data } = useQuery({ ...clusterSetsQuery, enabled: named });
  return useMemo(
    () => (named ? { ...scope, clusters: slugsOf(scope.clusters, data ?? [], fleet ?? []) } : scope),
    [named, scope, data, fleet],
  );
}

/** `tier=production, region=beijing` as a selector; `undefined` for what is none. */
export function parseSelector(text: string): Selector | undefined {
  const pairs = text
    .split(/[,\s]+/)
    .filter((part) => part !== '')
    .map((part) => part.split('='));
  const isRight = pairs.every(([key = '', value = '', ...more]) => key !== '' && value !== '' && more.length === 0);
  return pairs.length === 0 || !isRight ? undefined : (Object.fromEntries(pairs) as Selector);
}

export function selectorText(selector: Selector): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** Every combination of what was picked of several labels: `{tier: [a, b], region: [x]}` is two selectors. */
export function selectorsOf(picked: Readonly<Record<string, readonly string[]>>): Selector[] {
  const labels = Object.entries(picked).filter(([, values]) => values.length > 0);
  if (labels.length === 0) return [];
  return labels.reduce<Selector[]>(
    (selectors, [label, values]) => selectors.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
