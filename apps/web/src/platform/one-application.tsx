import type { Application } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { EmptyState, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, problemOf } from './api.ts';
import { t } from './platform.messages.ts';

const refreshMs = 3000;

/** The application that the path names, kept fresh; says so while it loads, where it fails and where there is none. */
export function OneApplication({ children }: { children: (application: Application) => ReactNode }) {
  const { project, app } = useParams({ strict: false });
  const query = useQuery({
    queryKey: ['applications', 'one', project, app],
    queryFn: async ({ signal }) =>
      (await api.call(listApplications, { query: { project: project as never, slug: app as never } }, { signal }))
        .items[0] ?? null,
    refetchInterval: refreshMs,
  });
  if (query.isPending) return <Skeleton rows={10} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data !== null) return children(query.data);
  return (
    <EmptyState
      page
      title={t.noApplication(app ?? '')}
      action={
        <Link to="/applications" className="button">
          {t.allApplications}
        </Link>
      }
    >
      {t.noApplicationHint}
    </EmptyState>
  );
}
