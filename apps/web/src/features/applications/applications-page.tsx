import type { Application } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { type Column, DataTable, EmptyState, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { targetStatus } from './target-status.ts';

const columns: Column<Application>[] = [
  {
    key: 'name',
    title: 'Application',
    cell: (row) => (
      <Link to="/applications/$project/$app" params={{ project: row.project, app: row.slug }}>
        <strong>{row.displayName}</strong>
      </Link>
    ),
  },
  { key: 'project', title: 'Project', cell: (row) => row.project },
  {
    key: 'environments',
    title: 'Environments',
    wrap: true,
    cell: (row) =>
      row.environments.map((environment) => (
        <div key={environment.environmentId} className="row wrap">
          <span className={`badge ${environment.tier}`}>{environment.name}</span>
          {environment.targets.map((target) => (
            <StatusDot key={target.id} status={targetStatus(target.health).status}>
              {target.cluster} {target.currentReleaseNumber === undefined ? '' : `#${target.currentReleaseNumber}`}
            </StatusDot>
          ))}
        </div>
      )),
  },
  { key: 'team', title: 'Team', cell: (row) => row.team },
];

export function ApplicationsPage() {
  const navigate = useNavigate();
  const [q, setQ] = useState('');
  const list = useInfiniteQuery({
    queryKey: ['applications', 'list', q],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(listApplications, { query: { q, limit: 50, cursor: pageParam } }, { signal }),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 5000,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="page-header">
        <h1>Applications</h1>
        <Link to="/applications/new" className="button primary">
          New application
        </Link>
      </div>
      <div className="filters">
        <input
          data-filter
          aria-label="Filter applications"
          placeholder="Filter by name"
          value={q}
          onChange={(event) => setQ(event.target.value)}
        />
      </div>
      <div className="panel flush">
        {list.isPending ? <Skeleton /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.isSuccess && rows.length === 0 ? (
          q === '' ? (
            <EmptyState
              title="No application yet"
              action={
                <Link to="/applications/new" className="button primary">
                  Create the first application
                </Link>
              }
            >
              An application goes to environments; an environment says which clusters and which namespace.
            </EmptyState>
          ) : (
            <EmptyState
              title={`No application matches “${q}”`}
              action={
                <button type="button" className="button" onClick={() => setQ('')}>
                  Clear filter
                </button>
              }
            />
          )
        ) : null}
        {rows.length > 0 ? (
          <DataTable
            label="Applications"
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            onOpen={(row) =>
              void navigate({ to: '/applications/$project/$app', params: { project: row.project, app: row.slug } })
            }
          />
        ) : null}
      </div>
    </>
  );
}
