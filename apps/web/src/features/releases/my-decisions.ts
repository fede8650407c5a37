import type { Release } from '@quarterdeck/contracts';
import { listReleases } from '@quarterdeck/contracts/releases';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../platform/api.ts';
import { useMe } from '../../platform/me.tsx';
import type { Scope } from '../../platform/scope.ts';

const pollMs = 10_000;
export const awaitsMeKey = ['releases', 'awaits-me'] as const;

const deciding = ['releases:approve', 'releases:take-over', 'releases:prune'];

/** Releases of a scope that wait for the reader: their approval, their decision about a target or about what prune left. */
export function useMyDecisions(scope: Scope): readonly Release[] {
  const may = useMe()?.permissionsSomewhere ?? [];
  const query = useQuery({
    queryKey: awaitsMeKey,
    queryFn: ({ signal }) => api.call(listReleases, { query: { awaitsMe: 'true', limit: 100 } }, { signal }),
    refetchInterval: pollMs,
    enabled: may.some((permission) => deciding.includes(permission)),
  });
  return useMemo(
    () =>
      (query.data?.items ?? []).filter(
        ({ project, environment }) =>
          (scope.project.length === 0 || scope.project.includes(project)) &&
          (scope.env.length === 0 || scope.env.includes(environment)),
      ),
    [query.data, scope],
  );
}
