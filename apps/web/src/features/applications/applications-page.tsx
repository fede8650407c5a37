import type { Application } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { type Column, DataTable, EmptyState, PageHeader, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useResolvedScope } from '../../platform/cluster-sets.ts';
import { type Scope, useScope } from '../../platform/scope.ts';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { t } from './applications.messages.ts';
import { targetStatus } from './target-status.ts';

const columns: Column<Application>[] = [
  {
    key: 'name',
    title: t.application,
    cell: (row) => (
      <Link to="/applications/$project/$app" params={{ project: row.project, app: row.slug }} className="strong">
        {row.displayName}
      </Link>
    ),
  },
  { key: 'project', title: t.project, cell: (row) => row.project },
  {
    key: 'environments',
    title: t.environments,
    wrap: true,
    cell: (row) => (
      <div className="stack tight cell">
        {row.environments.map((environment) => (
          <div key={environment.environmentId} className="row wrap">
            <TierBadge tier={environment.tier}>{environment.name}</TierBadge>
            {environment.targets.map((target) => (
              <StatusDot key={target.id} status={targetStatus(target.health).status}>
                {target.cluster} {target.currentReleaseNumber === undefined ? '' : `#${target.currentReleaseNumber}`}
                {target.drift?.state === 'drifted' ? (
                  <>
                    {' '}
                    <span className="badge warn" title={t.drifted(target.drift.objects)}>
                      {t.driftBadge(target.drift.objects)}
                    </span>
                  </>
                ) : null}
              </StatusDot>
            ))}
          </div>
        ))}
      </div>
    ),
  },
  {
    key: 'image',
    title: t.image,
    cell: (row) => (
      <div className="stack tight cell">
        {row.environments.map((environment) => {
          const image = environment.targets.find((target) => target.image !== undefined)?.image;
          return <code key={environment.environmentId}>{image?.slice(image.lastIndexOf('/') + 1) ?? '–'}</code>;
        })}
      </div>
    ),
  },
  { key: 'team', title: t.team, cell: (row) => row.team },
];

/** The environments of an application that lie in a scope. */
function within(application: Application, scope: Scope): Application {
  return {
    ...application,
    environments: application.environments
      .filter(({ name }) => scope.env.length === 0 || scope.env.includes(name))
      .map((environment) => ({
        ...environment,
        targets: environment.targets.filter(
          ({ cluster }) => scope.clusters.length === 0 || scope.clusters.includes(cluster),
        ),
      }))
      .filter(({ targets }) => scope.clusters.length === 0 || targets.length > 0),
  };
}

const trouble = (row: Application) =>
  row.environments.flatMap(({ targets }) => targets).filter(({ health }) => health === 'failed').length;

/** Applications by environments: version and health; failing ones first. */
export function ApplicationsPage() {
  const navigate = useNavigate();
  const { q = '' } = useSearch({ strict: false }) as { q?: string };
  const setQ = (next: string) =>
    void navigate({
      to: '/applications',
      replace: true,
      search: ((before: object) => ({ ...before, q: next === '' ? undefined : next })) as never,
    });
  const { narrowed, setScope } = useScope();
  const scope = useResolvedScope();
  const list = useInfiniteQuery({
    queryKey: ['applications', 'list', q],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(listApplications, { query: { q, limit: 100, cursor: pageParam } }, { signal }),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 5000,
  });
  const all = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const rows = useMemo(
    () =>
      all
        .filter(({ project }) => scope.project.length === 0 || scope.project.includes(project))
        .map((application) => within(application, scope))
        .filter(
          ({ environments }) => (scope.env.length === 0 && scope.clusters.length === 0) || environments.length > 0,
        )
        .toSorted((a, b) => Number(trouble(b) > 0) - Number(trouble(a) > 0)),
    [all, scope],
  );
  const total = list.data?.pages[0]?.total ?? 0;
  return (
    <>
      <PageHeader
        title={t.applications}
        actions={
          <Link to="/applications/new" className="button primary">
            {t.newOne}
          </Link>
        }
      />
      <div className="filters">
        <input
          data-filter
          aria-label={t.filterLabel}
          placeholder={t.filter}
          value={q}
          onChange={(event) => setQ(event.target.value)}
        />
        {list.isSuccess ? <span className="muted">{t.shown(rows.length, total)}</span> : null}
      </div>
      <div className="panel flush">
        {list.isPending ? <Skeleton /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.isSuccess && rows.length === 0 ? (
          <NoApplication
            q={q}
            outside={narrowed ? all.length : 0}
            onClear={() => setQ('')}
            onWiden={() => setScope({ project: [], env: [], clusters: [] })}
          />
        ) : null}
        {rows.length > 0 ? (
          <DataTable
            label={t.applications}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            onOpen={(row) =>
              void navigate({ to: '/applications/$project/$app', params: { project: row.project, app: row.slug } })
            }
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

function NoApplication(props: { q: string; outside: number; onClear: () => void; onWiden: () => void }) {
  if (props.outside > 0) {
    return (
      <EmptyState
        title={t.outside(props.outside)}
        action={
          <button type="button" className="button primary" onClick={props.onWiden}>
            {t.widen}
          </button>
        }
      >
        {t.outsideHint}
      </EmptyState>
    );
  }
  if (props.q !== '') {
    return (
      <EmptyState
        title={t.noMatch(props.q)}
        action={
          <button type="button" className="button" onClick={props.onClear}>
            {t.clear}
          </button>
        }
      />
    );
  }
  return (
    <EmptyState
      title={t.none}
      action={
        <Link to="/applications/new" className="button primary">
          {t.createFirst}
        </Link>
      }
    >
      {t.noneHint}
    </EmptyState>
  );
}
