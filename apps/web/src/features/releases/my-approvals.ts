import type { Release } from '@quarterdeck/contracts';
import { listReleases } from '@quarterdeck/contracts/releases';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../platform/api.ts';
import type { Scope } from '../../platform/scope.ts';

const pollMs = 10_000;
export const awaitsMeKey = ['releases', 'awaits-me'] as const;

/** Releases of a scope that wait for the reader's approval. `enabled`: whether they may approve anything. */
export function useMyApprovals(scope: Scope, enabled: boolean): readonly Release[] {
  const query = useQuery({
    queryKey: awaitsMeKey,
    queryFn: ({ signal }) => api.call(listReleases, { query: { awaitsMe: 'true', limit: 100 } }, { signal }),
    refetchInterval: pollMs,
    enabled,
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
