import { listReleases } from '@quarterdeck/contracts/releases';
import { EmptyState, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { LiveRelease } from './live-release.tsx';
import { t } from './releases.messages.ts';

/** A release by its number in an application and environment. */
export function ReleasePage() {
  const params = useParams({ strict: false });
  const found = useQuery({
    queryKey: ['releases', 'number', params.project, params.app, params.env, params.number],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(
        listReleases,
        { query: { number: Number(params.number), q: params.app, limit: 200 } },
        { signal },
      );
      return (
        items.find(
          (release) =>
            release.application === params.app &&
            release.environment === params.env &&
            release.project === params.project,
        ) ?? null
      );
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (found.isPending) return <Skeleton />;
  if (found.isError) return <ProblemAlert problem={problemOf(found.error)} onRetry={() => void found.refetch()} />;
  if (found.data === null)
    return (
      <EmptyState
        page
        title={t.missing}
        action={
          <Link to="/releases" className="button">
            {t.all}
          </Link>
        }
      />
    );
  return <LiveRelease key={found.data.id} id={found.data.id} />;
}
