import { type Cluster, type ClusterState, clusterStates } from '@quarterdeck/contracts';
import type { Cursors } from '../../platform/cursor.ts';

export type ClusterQuery = {
  limit: number;
  cursor?: string | undefined;
  q?: string | undefined;
  sort: 'slug' | '-slug' | 'state' | '-state' | 'createdAt' | '-createdAt';
  slug?: string[] | undefined;
  state?: ClusterState[] | undefined;
};

type Position = { value: string; slug: string };

/** A page of the fleet. A fleet is hundreds of rows at most, so filter and sort are plain code over all of them. */
export function pageOfClusters(all: readonly Cluster[], query: ClusterQuery, cursors: Cursors) {
  const { limit, cursor, sort, ...filter } = query;
  const scope = ['clusters', sort, filter];
  const key = sort.replace(/^-/, '') as 'slug' | 'state' | 'createdAt';
  const direction = sort.startsWith('-') ? -1 : 1;
  const matching = all
    .filter((cluster) => matches(cluster, filter))
    .map((cluster) => ({ cluster, position: { value: sortValue(cluster, key), slug: cluster.slug } }))
    .sort((a, b) => direction * compare(a.position, b.position));
  const after = cursor === undefined ? undefined : cursors.verify<Position>(scope, cursor);
  const rest =
    after === undefined ? matching : matching.filter(({ position }) => direction * compare(position, after) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ cluster }) => cluster),
    ...(rest.length > page.length && last !== undefined ? { nextCursor: cursors.sign(scope, last.position) } : {}),
    total: matching.length,
    totalIsExact: true,
  };
}

function matches(cluster: Cluster, { q, slug, state }: Pick<ClusterQuery, 'q' | 'slug' | 'state'>): boolean {
  if (slug !== undefined && !slug.includes(cluster.slug)) return false;
  if (state !== undefined && !state.includes(cluster.state)) return false;
  if (q === undefined || q === '') return true;
  const words = [cluster.slug, cluster.displayName, ...Object.values(cluster.labels)].join(' ').toLowerCase();
  return words.includes(q.toLowerCase());
}

/** By state means by how bad it is: the worst first. */
const severity: readonly ClusterState[] = [
  'identity_changed',
  'credential_rejected',
  'unreachable',
  'degraded',
  'pending',
  'removing',
  'paused',
  'connected',
];

function sortValue(cluster: Cluster, key: 'slug' | 'state' | 'createdAt'): string {
  if (key !== 'state') return cluster[key];
  return String(severity.indexOf(cluster.state)).padStart(String(clusterStates.length).length, '0');
}

function compare(a: Position, b: Position): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  if (a.slug === b.slug) return 0;
  return a.slug < b.slug ? -1 : 1;
}
