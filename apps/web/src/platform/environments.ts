import type { Cluster } from '@quarterdeck/contracts';
import { listEnvironments, listProjects } from '@quarterdeck/contracts/access';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from './api.ts';
import { useResolvedScope } from './cluster-sets.ts';
import { useFleet } from './fleet.tsx';
import { type Scope, useScope } from './scope.ts';

export type ScopedEnvironment = {
  project: string;
  name: string;
  tier: string;
  rules: readonly { selector: Record<string, string>; namespace: string }[];
};

/** Every project one may read with its environments: what the scope bar offers and what a scope means. */
export const environmentsQuery = queryOptions({
  queryKey: ['access', 'scope'],
  queryFn: async ({ signal }) => {
    const projects = (await api.call(listProjects, {}, { signal })).items;
    const environments = await Promise.all(
      projects.map(async (project) => {
        const { items } = await api.call(listEnvironments, { params: { id: project.id } }, { signal });
        return items.map((item): ScopedEnvironment => ({ ...item, project: project.slug }));
      }),
    );
    return { projects, environments: environments.flat() };
  },
  staleTime: 60_000,
});

/** Where objects of a scope live; `undefined` does not narrow, an empty list holds nothing. */
export type Places = { clusters: readonly string[] | undefined; namespaces: readonly string[] | undefined };

/** Clusters and namespaces that the environments of a scope may put things into. */
export function placesOf(
  scope: Scope,
  environments: readonly ScopedEnvironment[],
  clusters: readonly Pick<Cluster, 'slug' | 'labels'>[],
): Places {
  const picked = scope.clusters.length === 0 ? undefined : scope.clusters;
  if (scope.project.length === 0 && scope.env.length === 0) return { clusters: picked, namespaces: undefined };
  const rules = environments
    .filter(({ project }) => scope.project.length === 0 || scope.project.includes(project))
    .filter(({ name }) => scope.env.length === 0 || scope.env.includes(name))
    .flatMap((environment) => environment.rules);
  const matches = (cluster: Pick<Cluster, 'slug' | 'labels'>) =>
    rules.some(({ selector }) =>
      Object.entries(selector).every(
        ([key, value]) => (key === 'cluster' ? cluster.slug : cluster.labels[key]) === value,
      ),
    );
  const held = clusters.filter(matches).map((cluster) => cluster.slug);
  return {
    clusters: picked === undefined ? held : held.filter((slug) => picked.includes(slug)),
    namespaces: [...new Set(rules.map((rule) => rule.namespace))].sort(),
  };
}

/** A namespace that no cluster has: an empty parameter would mean everywhere. */
const nowhere = '-';

/** Places as the filters of a list; a scope that holds no place finds nothing, never everything. */
export function filterOf({ clusters, namespaces }: Places): {
  clusters?: string | undefined;
  namespaces?: string | undefined;
} {
  if (clusters?.length === 0 || namespaces?.length === 0) return { namespaces: nowhere };
  return { clusters: clusters?.join(','), namespaces: namespaces?.join(',') };
}

/** The places of the scope in the URL; `undefined` while it is not known yet what the scope means. */
export function useScopePlaces(): Places | undefined {
  const { scope } = useScope();
  const resolved = useResolvedScope();
  const fleet = useFleet();
  const byEnvironment = scope.project.length > 0 || scope.env.length > 0;
  const { data } = useQuery({ ...environmentsQuery, enabled: byEnvironment });
  return useMemo(() => {
    if (byEnvironment && (data === undefined || fleet === undefined)) return undefined;
    // Where nothing else narrows, the server puts sets in by itself, however many clusters they hold.
    return placesOf(byEnvironment ? resolved : scope, data?.environments ?? [], fleet ?? []);
  }, [byEnvironment, data, fleet, scope, resolved]);
}
