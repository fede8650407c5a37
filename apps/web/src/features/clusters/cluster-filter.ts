import type { Cluster } from '@quarterdeck/contracts';

/** What clusters are narrowed by besides words; each is a parameter of the URL. */
export const facetKeys = ['state', 'tier', 'region', 'site', 'provider', 'version'] as const;
export type FacetKey = (typeof facetKeys)[number];
export type Picked = Record<FacetKey, readonly string[]>;

/** What is picked, from the values of the URL in the order of `facetKeys`. */
export function pickedOf(values: readonly string[]): Picked {
  const lists = values.map((value) => value.split(',').filter((each) => each !== ''));
  const [state = [], tier = [], region = [], site = [], provider = [], version = []] = lists;
  return { state, tier, region, site, provider, version };
}

/** A cluster without the label counts as this, so that the forgotten ones can be found. */
export const unset = '(none)';

export function facetValue(cluster: Cluster, key: FacetKey): string {
  if (key === 'state') return cluster.state;
  return (key === 'version' ? cluster.version : cluster.labels[key]) ?? unset;
}

/** Everything of a cluster that words are looked for in, in lower case. */
export function searchText(cluster: Cluster): string {
  const { slug, displayName, state, version, labels } = cluster;
  return [slug, displayName, state, version, ...Object.entries(labels).flat()].join(' ').toLowerCase();
}

/** Clusters that have all words somewhere and, per facet, one of the picked values. */
export function filterClusters(
  clusters: readonly Cluster[],
  picked: Picked,
  words: string,
  texts: ReadonlyMap<Cluster, string>,
): Cluster[] {
  const all = words.toLowerCase().split(/\s+/);
  const asked = facetKeys.filter((key) => picked[key].length > 0);
  return clusters.filter(
    (cluster) =>
      asked.every((key) => picked[key].includes(facetValue(cluster, key))) &&
      all.every((word) => (texts.get(cluster) ?? searchText(cluster)).includes(word)),
  );
}

/** How many clusters each value of a facet holds among those that the other facets leave, most first. */
export function countFacet(
  clusters: readonly Cluster[],
  picked: Picked,
  key: FacetKey,
): [value: string, count: number][] {
  const others = filterClusters(clusters, { ...picked, [key]: [] }, '', new Map());
  const counts = new Map<string, number>();
  for (const cluster of others) {
    const value = facetValue(cluster, key);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
}
