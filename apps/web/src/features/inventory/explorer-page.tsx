import { PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { Completeness } from '../../platform/completeness.tsx';
import { filterOf, useScopePlaces } from '../../platform/environments.ts';
import { kindOf, useKinds } from '../../platform/kinds.ts';
import { useScope } from '../../platform/scope.ts';
import { readAllRows } from './all-rows.ts';
import { columnsOf, pageOf } from './explorer-columns.tsx';
import { ExplorerFilters, type Search } from './explorer-filters.tsx';
import { ExportMenu } from './export-menu.tsx';
import { GroupedObjects } from './grouped-objects.tsx';
import { parseGrouping } from './grouping.ts';
import { t } from './inventory.messages.ts';
import { Nothing } from './nothing.tsx';
import { ObjectDrawer } from './object-drawer.tsx';
import { ObjectsTable, type TableLook, type Ticked } from './objects-table.tsx';
import { SavedViews } from './saved-views.tsx';
import { TickedRows } from './ticked-rows.tsx';
import { useDensity } from './use-density.ts';
import { useObjects } from './use-objects.ts';
import { useRow } from './use-row.ts';
import { ViewMenu } from './view-menu.tsx';

/** A link names so many clusters at most: of a larger fleet one narrows by labels or a set. */
const mostNamed = 100;
const cutOff = new Set(['cut_off', 'stale']);

/** Workloads are read to find what is wrong: trouble first. */
export function WorkloadsPage() {
  return <Explorer group="apps" plural="deployments" title={t.workloads} firstSort="status" pick={false} />;
}

/** Any watched kind over all clusters; the URL is the whole state, the open object (`peek`) too. */
export function ExplorerPage() {
  const { group, plural } = useParams({ strict: false });
  const kind = { group: group ?? 'core', plural: plural ?? 'pods' };
  // Another kind is another list: what was ticked in one is not in the next.
  return <Explorer key={`${kind.group}/${kind.plural}`} {...kind} title={t.inventory} firstSort="name" pick />;
}

function Explorer(props: { group: string; plural: string; title: string; firstSort: string; pick: boolean }) {
  const { plural } = props;
  const kinds = useKinds();
  const kind = kindOf(kinds, props.group, plural);
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { narrowed, setScope, scope } = useScope();
  const places = useScopePlaces();
  const [density, setDensity] = useDensity();
  const [ticked, setTicked] = useState<Ticked>(new Map());
  const { q, health, labels, status, peek } = search;
  const sort = search.sort ?? props.firstSort;
  const wanted = search.namespaces?.split(',');
  const scoped = !kind.namespaced && places?.clusters?.length !== 0 ? undefined : places?.namespaces;
  const where = filterOf({
    clusters: places?.clusters,
    namespaces: scoped === undefined ? wanted : scoped.filter((name) => wanted === undefined || wanted.includes(name)),
  });
  const filters = { q, ...where, labels, health, status };
  const filterText = JSON.stringify(filters);
  // Nothing is done to rows that are not on the list any more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters are another choice of rows
  useEffect(() => setTicked(new Map()), [filterText]);
  const { list, rows, first, clusters, pending, reload, onVisible } = useObjects(
    kind,
    filters,
    sort,
    places !== undefined,
  );
  const go = useCallback(
    (change: Partial<Search>, replace: boolean) =>
      void navigate({
        to: path,
        replace,
        search: ((before: Search) =>
          Object.fromEntries(
            Object.entries({ ...before, ...change }).map(([key, value]) => [key, value === '' ? undefined : value]),
          )) as never,
      }),
    [navigate, path],
  );
  const refine = useCallback((change: Partial<Search>) => go(change, true), [go]);
  const away = useMemo(
    () => new Set(clusters?.filter((cluster) => cutOff.has(cluster.state)).map((cluster) => cluster.slug)),
    [clusters],
  );
  // What is still being read is missing as well.
  const least = away.size > 0 || clusters?.some(({ state }) => state === 'syncing') === true ? '≥ ' : '';
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const { namespaced } = kind;
  const printed = kind.columns.join('\n');
  const columnKind = useMemo(
    () => ({ plural, namespaced, printed: printed === '' ? [] : printed.split('\n') }),
    [plural, namespaced, printed],
  );
  const columns = useMemo(() => columnsOf(columnKind, search.cols), [columnKind, search.cols]);
  const onList = rows.find((row) => row.id === peek);
  // What a link names may be on a page that is not loaded, or in a group.
  const elsewhere = useRow(kind, onList === undefined ? peek : undefined);
  const open = onList ?? elsewhere;
  const filtered = [q, search.namespaces, labels, health, status].some((value) => value !== undefined);
  const gone = Math.max(pending.removed, pending.gone.size);
  const total = first === undefined ? '' : `${first.total.toLocaleString()}${first.totalIsExact ? '' : '+'}`;
  const grouping = parseGrouping(search.group);
  // As they are now, where they are on screen; as they were ticked elsewhere.
  const onScreen = new Map(ticked.size === 0 ? [] : rows.map((row) => [row.id, row] as const));
  const chosen = [...ticked.values()].map((row) => onScreen.get(row.id) ?? row);
  const tickAll = async () => {
    const all = await readAllRows(kind, filters);
    if (all !== undefined) setTicked(new Map(all.map((row) => [row.id, row])));
    return all !== undefined;
  };
  const look: TableLook = {
    label: plural,
    columns,
    sort,
    onSort: (next) => refine({ sort: next === props.firstSort ? undefined : next }),
    density,
    ticked,
    onTick: setTicked,
    openId: peek,
    onOpen: (row) => go({ peek: row.id }, false),
    away,
  };
  return (
    <>
      <PageHeader
        title={props.title}
        status={<Completeness clusters={clusters} only="chip" />}
        actions={
          <>
            <SavedViews path={path} search={search} />
            <ExportMenu kind={kind} filters={filters} sort={sort} />
            <ViewMenu
              kind={columnKind}
              chosen={search.cols}
              onChoose={(cols) => refine({ cols })}
              density={density}
              onDensity={setDensity}
            />
          </>
        }
      />
      <Completeness
        clusters={clusters}
        only="bar"
        onRetry={reload}
        onExclude={
          (clusters?.length ?? 0) > mostNamed
            ? undefined
            : (missing) =>
                setScope({
                  clusters: (clusters ?? []).map(({ slug }) => slug).filter((slug) => !missing.includes(slug)),
                })
        }
      />
      <ExplorerFilters kinds={kinds} kind={kind} search={search} filters={filters} pick={props.pick} onRefine={refine}>
        {first === undefined ? null : (
          <span className="muted">
            {grouping === undefined ? t.shown(rows.length, `${least}${total}`) : t.inAll(`${least}${total}`)}
          </span>
        )}
        {pending.added + gone > 0 ? (
          <button type="button" className="pill" onClick={reload}>
            {t.waiting(pending.added, gone)}
          </button>
        ) : null}
        <TickedRows
          rows={chosen}
          away={away}
          {...(first === undefined ? {} : { all: { total: first.total, isExact: first.totalIsExact, tick: tickAll } })}
          onClear={() => setTicked(new Map())}
        />
      </ExplorerFilters>
      <div className="panel flush">
        {list.isPending ? <Skeleton rows={12} /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {first !== undefined && rows.length === 0 ? (
          <Nothing
            kind={kind}
            filters={{ q, namespaces: search.namespaces, labels, health, status }}
            filtered={filtered}
            narrowed={narrowed}
            scope={scope}
            clusters={first.clusters}
            onClear={() =>
              refine({ q: undefined, namespaces: undefined, labels: undefined, health: undefined, status: undefined })
            }
            onWiden={() => setScope({ project: [], env: [], clusters: [] })}
          />
        ) : null}
        {rows.length > 0 && grouping === undefined ? (
          <ObjectsTable look={look} rows={rows} gone={pending.gone} onVisible={onVisible} onLoadMore={loadMore} />
        ) : null}
        {rows.length > 0 && grouping !== undefined ? (
          <GroupedObjects
            key={search.group}
            kind={kind}
            filters={filters}
            grouping={grouping}
            look={look}
            opened={open}
            total={first?.totalIsExact === true ? first.total : undefined}
          />
        ) : null}
      </div>
      {hasNextPage && rows.length > 0 && grouping === undefined ? (
        <div>
          <button type="button" className="button" disabled={isFetchingNextPage} onClick={loadMore}>
            {isFetchingNextPage ? t.loading : t.loadMore}
          </button>
        </div>
      ) : null}
      {open === undefined ? null : (
        <ObjectDrawer
          row={open}
          page={pageOf(open)}
          gone={pending.gone.has(open.id)}
          onClose={() => go({ peek: undefined }, false)}
        />
      )}
    </>
  );
}
