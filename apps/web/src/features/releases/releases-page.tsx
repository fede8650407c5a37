import type { Release } from '@quarterdeck/contracts';
import { listReleases } from '@quarterdeck/contracts/releases';
import { AgeText, type Column, DataTable, EmptyState, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { releasePath, releaseStatus } from './release-status.ts';

const columns: Column<Release>[] = [
  {
    key: 'name',
    title: 'Release',
    cell: (row) => (
      <Link to={releasePath(row)}>
        <strong>
          {row.application} {row.environment} #{row.number}
        </strong>
      </Link>
    ),
  },
  {
    key: 'state',
    title: 'State',
    cell: (row) => <StatusDot status={releaseStatus(row).status}>{releaseStatus(row).word}</StatusDot>,
  },
  {
    key: 'kind',
    title: 'Kind',
    cell: (row) => (row.rollbackOf === undefined ? row.kind : `rollback to #${row.rollbackOf.number}`),
  },
  { key: 'image', title: 'Image', cell: (row) => <code>{Object.values(row.images)[0]?.reference}</code> },
  { key: 'targets', title: 'Targets', numeric: true, cell: (row) => `${row.healthyCount}/${row.targetCount}` },
  { key: 'by', title: 'By', cell: (row) => row.createdBy },
  { key: 'at', title: 'Created', cell: (row) => <AgeText at={row.createdAt} /> },
];

export function ReleasesPage() {
  const navigate = useNavigate();
  const list = useInfiniteQuery({
    queryKey: ['releases', 'list'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => api.call(listReleases, { query: { limit: 50, cursor: pageParam } }, { signal }),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 3000,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <h1>Releases</h1>
      <div className="panel flush">
        {list.isPending ? <Skeleton /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.isSuccess && rows.length === 0 ? (
          <EmptyState
            title="Nothing was deployed yet"
            action={
              <Link to="/applications" className="button primary">
                Applications
              </Link>
            }
          />
        ) : null}
        {rows.length > 0 ? (
          <DataTable
            label="Releases"
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            onOpen={(row) => void navigate({ to: releasePath(row) })}
          />
        ) : null}
      </div>
      {list.hasNextPage ? (
        <div>
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            Load more
          </button>
        </div>
      ) : null}
    </>
  );
}
