import type { Application } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../platform/api.ts';
import { type Attention, fewOf } from '../../platform/attention.ts';
import type { Scope } from '../../platform/scope.ts';
import { t } from './applications.messages.ts';

const pollMs = 10_000;

/** Environments of applications whose targets failed: one row per reason, with the clusters that give it. */
export function applicationsAttention(applications: readonly Application[], scope: Scope): Attention[] {
  return applications
    .filter(({ project }) => scope.project.length === 0 || scope.project.includes(project))
    .flatMap((application) =>
      application.environments
        .filter(({ name }) => scope.env.length === 0 || scope.env.includes(name))
        .flatMap((environment) => {
          const failed = environment.targets.filter(
            (target) =>
              target.health === 'failed' && (scope.clusters.length === 0 || scope.clusters.includes(target.cluster)),
          );
          return [...Map.groupBy(failed, (target) => target.healthReason ?? t.failedWithoutReason)].map(
            ([cause, targets]): Attention => {
              const number = Math.max(0, ...targets.map((target) => target.currentReleaseNumber ?? 0));
              const page = `/applications/${application.project}/${application.slug}`;
              return {
                key: `application ${application.id} ${environment.name} ${cause}`,
                severity: targets.length === environment.targets.length ? 'failed' : 'degraded',
                subject: `${application.slug} ${environment.name}`,
                where: t.applicationIn(fewOf(targets.map((target) => target.cluster))),
                cause,
                since: undefined,
                own: true,
                to: number === 0 ? page : `${page}/${environment.name}/releases/${number}`,
              };
            },
          );
        }),
    );
}

/** The same, of what the server holds now. `enabled`: whether one may read applications. */
export function useApplicationsAttention(scope: Scope, enabled: boolean) {
  const query = useQuery({
    queryKey: ['applications', 'attention'],
    queryFn: ({ signal }) => api.call(listApplications, { query: { limit: 200, sort: 'trouble' } }, { signal }),
    refetchInterval: pollMs,
    enabled,
  });
  const items = useMemo(() => applicationsAttention(query.data?.items ?? [], scope), [query.data, scope]);
  return { items, query };
}
