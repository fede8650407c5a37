import { listApplications } from '@quarterdeck/contracts/applications';
import { DataTable, EmptyState, PageHeader, useTyped } from '@quarterdeck/ui';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useMemo } from 'react';
import { api } from '../../platform/api.ts';
import { useResolvedScope } from '../../platform/cluster-sets.ts';
import { Completeness } from '../../platform/completeness.tsx';
import { isAway, useFleet } from '../../platform/fleet.tsx';
import { ListPanel } from '../../platform/list-panel.tsx';
import { type Scope, useScope } from '../../platform/scope.ts';
import { filterRows, gridRows } from './application-grid.ts';
import { t } from './applications.messages.ts';
import { gridColumns } from './grid-columns.tsx';

/** A page of the list: what is in view and the next screens. */
const atOnce = 100;
/** Every page that was loaded is asked for again: many of them less often. */
const pollMs = (pages: number) => (pages <= 2 ? 5000 : 15_000);
/** More names than this are no question of a URL: the rows are narrowed here alone. */
const mostNamed = 50;

/** Applications of a scope, those that fail first, in pages; the server narrows by what the URL says. */
function useApplications(q: string, { project, env, clusters }: Scope) {
  const narrowed = {
    ...(q === '' ? {} : { q }),
    ...(project.length === 0 ? {} : { project: project.join(',') as never }),
    ...(env.length === 0 ? {} : { env: env.join(',') as never }),
    ...(clusters.length === 0 || clusters.length > mostNamed ? {} : { clusters: clusters.join(',') as never }),
  };
  return useInfiniteQuery({
    queryKey: ['applications', 'list', narrowed],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(
        listApplications,
        { query: { ...narrowed, sort: 'trouble', limit: atOnce, cursor: pageParam } },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => pollMs(state.data?.pages.length ?? 1),
  });
}

/** Applications × environments by clusters: health, release, version and drift of each target; failing ones first. */
export function ApplicationsPage() {
  const navigate = useNavigate();
  const { q = '' } = useSearch({ strict: false }) as { q?: string };
  const setQ = (next: string) =>
    void navigate({
      to: '/applications',
      replace: true,
      search: ((before: object) => ({ ...before, q: next === '' ? undefined : next })) as never,
    });
  const [typed, setTyped] = useTyped(q, setQ);
  const words = useDeferredValue(typed);
  const { narrowed, setScope } = useScope();
  const scope = useResolvedScope();
  const fleet = useFleet();
  // The first word alone: the server looks for one text in names, the rows follow every word of every key.
  const list = useApplications(q.trim().split(/\s+/)[0] ?? '', scope);
  const rows = useMemo(() => {
    // A page that moved under the cursor may tell an application twice.
    const items = new Map(list.data?.pages.flatMap((page) => page.items).map((item) => [item.id, item]));
    return gridRows([...items.values()], scope);
  }, [list.data, scope]);
  const shown = useMemo(() => filterRows(rows, words), [rows, words]);
  const columns = useMemo(() => gridColumns(shown, fleet ?? []), [shown, fleet]);
  const total = list.data?.pages[0]?.total ?? 0;
  const clear = () => {
    setTyped('');
    setQ('');
  };
  const asked = new Set(shown.flatMap(({ targets }) => [...targets.keys()]));
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
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {list.isSuccess ? (
          <span className="muted">{t.shown(new Set(shown.map(({ application }) => application.id)).size, total)}</span>
        ) : null}
      </div>
      <Completeness
        only="bar"
        clusters={(fleet ?? [])
          .filter(({ slug }) => asked.has(slug))
          .map((cluster) => ({
            slug: cluster.slug,
            state: isAway(cluster) ? 'cut_off' : 'live',
            asOf: cluster.asOf,
            error: cluster.stateReason,
          }))}
      />
      <ListPanel
        list={list}
        shown={shown.length}
        rows={8}
        nothing={
          <NoApplication
            q={typed}
            outside={narrowed && typed === ''}
            onClear={clear}
            onWiden={() => setScope({ project: [], env: [], clusters: [] })}
          />
        }
      >
        <div className="first-stays">
          <DataTable
            label={t.applications}
            columns={columns}
            rows={shown}
            rowId={(row) => row.id}
            onOpen={({ application }) =>
              void navigate({
                to: '/applications/$project/$app',
                params: { project: application.project, app: application.slug },
              })
            }
            onLoadMore={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
          />
        </div>
      </ListPanel>
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

function NoApplication(props: { q: string; outside: boolean; onClear: () => void; onWiden: () => void }) {
  if (props.outside) {
    return (
      <EmptyState
        title={t.outside}
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
