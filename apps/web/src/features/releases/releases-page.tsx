import type { Release } from '@quarterdeck/contracts';
import { listReleases } from '@quarterdeck/contracts/releases';
import {
  AgeText,
  type Column,
  DataTable,
  durationText,
  EmptyState,
  PageHeader,
  ProblemAlert,
  Skeleton,
  StatusDot,
} from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { FirstImage } from '../../platform/image-name.tsx';
import { releasePath, releaseStatus } from '../../platform/release-status.ts';
import { useScope } from '../../platform/scope.ts';
import { t } from './releases.messages.ts';

const columns: Column<Release>[] = [
  {
    key: 'name',
    title: t.release,
    cell: (row) => (
      <Link to={releasePath(row)} className="strong">
        {row.application} {row.environment} #{row.number}
      </Link>
    ),
  },
  {
    key: 'state',
    title: t.state,
    cell: (row) => <StatusDot status={releaseStatus(row).status}>{releaseStatus(row).word}</StatusDot>,
  },
  { key: 'targets', title: t.targets, numeric: true, cell: (row) => `${row.healthyCount}/${row.targetCount}` },
  {
    key: 'kind',
    title: t.kind,
    cell: (row) => (row.rollbackOf === undefined ? t.kinds[row.kind] : t.rollbackTo(row.rollbackOf.number)),
  },
  { key: 'image', title: t.image, cell: (row) => <FirstImage images={row.images} /> },
  { key: 'by', title: t.by, cell: (row) => row.createdBy },
  {
    key: 'took',
    title: t.took,
    numeric: true,
    cell: (row) => (row.endedAt === undefined ? '' : durationText(Date.parse(row.endedAt) - Date.parse(row.createdAt))),
  },
  { key: 'at', title: t.created, cell: (row) => <AgeText at={row.createdAt} /> },
];

const stateFilters = {
  running: 'planning,awaiting_approval,queued,rolling,paused',
  failed: 'failed,partial,refused',
  succeeded: 'succeeded',
} as const;

/** Releases of the scope, newest first. */
export function ReleasesPage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; state?: keyof typeof stateFilters };
  const { q = '', state } = search;
  const { scope, narrowed, setScope } = useScope();
  const refine = (change: { q?: string | undefined; state?: string | undefined }) =>
    void navigate({
      to: '/releases',
      replace: true,
      search: ((before: object) => ({ ...before, ...change })) as never,
    });
  const states = state === undefined ? undefined : stateFilters[state];
  const list = useInfiniteQuery({
    queryKey: ['releases', 'list', q, states],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(
        listReleases,
        { query: { q, limit: 100, cursor: pageParam, ...(states === undefined ? {} : { state: states as never }) } },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 3000,
  });
  const all = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const rows = all.filter(
    ({ project, environment }) =>
      (scope.project.length === 0 || scope.project.includes(project)) &&
      (scope.env.length === 0 || scope.env.includes(environment)),
  );
  const filtered = q !== '' || state !== undefined;
  return (
    <>
      <PageHeader title={t.releases} />
      <div className="filters">
        <input
          data-filter
          aria-label={t.filterLabel}
          placeholder={t.filter}
          value={q}
          onChange={(event) => refine({ q: event.target.value === '' ? undefined : event.target.value })}
        />
        <select
          aria-label={t.state}
          value={state ?? ''}
          onChange={(event) => refine({ state: event.target.value === '' ? undefined : event.target.value })}
        >
          <option value="">{t.anyState}</option>
          {(Object.keys(stateFilters) as (keyof typeof stateFilters)[]).map((name) => (
            <option key={name} value={name}>
              {t.states[name]}
            </option>
          ))}
        </select>
        {list.isSuccess ? <span className="muted">{t.shown(rows.length, list.data.pages[0]?.total ?? 0)}</span> : null}
      </div>
      <div className="panel flush">
        {list.isPending ? <Skeleton /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.isSuccess && rows.length === 0 ? (
          narrowed && all.length > 0 ? (
            <EmptyState
              title={t.outside(all.length)}
              action={
                <button
                  type="button"
                  className="button primary"
                  onClick={() => setScope({ project: [], env: [], clusters: [] })}
                >
                  {t.widen}
                </button>
              }
            />
          ) : filtered ? (
            <EmptyState
              title={t.noMatch}
              action={
                <button type="button" className="button" onClick={() => refine({ q: undefined, state: undefined })}>
                  {t.clear}
                </button>
              }
            />
          ) : (
            <EmptyState
              title={t.none}
              action={
                <Link to="/applications" className="button primary">
                  {t.applications}
                </Link>
              }
            >
              {t.noneHint}
            </EmptyState>
          )
        ) : null}
        {rows.length > 0 ? (
          <DataTable
            label={t.releases}
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
            {t.loadMore}
          </button>
        </div>
      ) : null}
    </>
  );
}
