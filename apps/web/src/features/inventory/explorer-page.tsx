import { inventoryHealth, inventoryKinds } from '@quarterdeck/contracts/inventory';
import { CompletenessBar, DataTable, EmptyState, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { Link, useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { problemOf } from '../../platform/api.ts';
import { columnsOf } from './explorer-columns.tsx';
import { t } from './inventory.messages.ts';
import { ObjectDrawer } from './object-drawer.tsx';
import { TextFilter } from './text-filter.tsx';
import { useObjects } from './use-objects.ts';

const cutOff = new Set(['cut_off', 'stale']);

export function WorkloadsPage() {
  return <Explorer plural="deployments" title={t.workloads} pick={false} />;
}

export function NodesPage() {
  return <Explorer plural="nodes" title={t.nodes} pick={false} />;
}

/** Any watched kind over all clusters; the URL is the whole state, the open object (`peek`) too. */
export function ExplorerPage() {
  const { plural } = useParams({ strict: false });
  return <Explorer plural={plural ?? 'pods'} title={t.inventory} pick />;
}

function Explorer({ plural, title, pick }: { plural: string; title: string; pick: boolean }) {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { q, clusters: clusterFilter, namespaces, health, peek } = search;
  const sort = search.sort ?? 'name';
  const { list, rows, first, clusters, pending, reload, onVisible } = useObjects(
    plural,
    { q, clusters: clusterFilter, namespaces, health },
    sort,
  );
  const go = useCallback(
    (change: Record<string, string | undefined>, replace: boolean) =>
      void navigate({
        to: path,
        replace,
        search: ((before: Record<string, string | undefined>) =>
          Object.fromEntries(
            Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined && value !== ''),
          )) as never,
      }),
    [navigate, path],
  );
  const refine = useCallback((change: Record<string, string | undefined>) => go(change, true), [go]);
  const setQ = useCallback((value: string) => refine({ q: value }), [refine]);
  const setClusters = useCallback((value: string) => refine({ clusters: value }), [refine]);
  const setNamespaces = useCallback((value: string) => refine({ namespaces: value }), [refine]);
  const away = useMemo(
    () => new Set(clusters?.filter((cluster) => cutOff.has(cluster.state)).map((cluster) => cluster.slug)),
    [clusters],
  );
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const columns = useMemo(() => columnsOf(plural, rows), [plural, rows]);
  const open = peek === undefined ? undefined : rows.find((row) => row.id === peek);
  const filtered = [q, clusterFilter, namespaces, health].some((value) => value !== undefined);
  const waiting = pending.added + Math.max(pending.removed, pending.gone.size);
  const total = first === undefined ? '' : `${first.total.toLocaleString()}${first.totalIsExact ? '' : '+'}`;
  return (
    <>
      <div className="page-header">
        <h1>{title}</h1>
      </div>
      <div className="filters">
        {pick ? <KindPicker plural={plural} search={search} /> : null}
        <TextFilter label={t.nameOrWord} value={q ?? ''} onChange={setQ} focus />
        <TextFilter label={t.clusters} value={clusterFilter ?? ''} onChange={setClusters} />
        <TextFilter label={t.namespaces} value={namespaces ?? ''} onChange={setNamespaces} />
        <select aria-label={t.health} value={health ?? ''} onChange={(event) => refine({ health: event.target.value })}>
          <option value="">{t.anyHealth}</option>
          {inventoryHealth.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {first === undefined ? null : (
          <span className="muted">{t.shown(rows.length, `${away.size > 0 ? '≥ ' : ''}${total}`)}</span>
        )}
      </div>
      <div className="row wrap answers">
        <CompletenessBar clusters={clusters} />
        {waiting > 0 ? (
          <button type="button" className="button small" onClick={reload}>
            {t.waiting(pending.added, Math.max(pending.removed, pending.gone.size))}: {t.show}
          </button>
        ) : null}
      </div>
      <div className="panel flush">
        {list.isPending ? <Skeleton rows={12} /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {first !== undefined && rows.length === 0 ? (
          <Nothing
            plural={plural}
            filtered={filtered}
            clusters={first.clusters.length}
            onClear={() => void navigate({ to: path, search: {} as never })}
          />
        ) : null}
        {rows.length > 0 ? (
          <DataTable
            label={plural}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            sort={sort}
            onSort={(next) => refine({ sort: next === 'name' ? undefined : next })}
            selectedId={open?.id}
            onOpen={(row) => go({ peek: row.id }, false)}
            onVisible={onVisible}
            onLoadMore={loadMore}
            rowClass={(row) => `${away.has(row.cluster) ? 'stale' : ''} ${pending.gone.has(row.id) ? 'gone' : ''}`}
          />
        ) : null}
      </div>
      {hasNextPage ? (
        <div>
          <button type="button" className="button" disabled={isFetchingNextPage} onClick={loadMore}>
            {isFetchingNextPage ? t.loading : t.loadMore}
          </button>
        </div>
      ) : null}
      {open === undefined ? null : (
        <ObjectDrawer row={open} gone={pending.gone.has(open.id)} onClose={() => go({ peek: undefined }, false)} />
      )}
    </>
  );
}

function KindPicker({ plural, search }: { plural: string; search: Record<string, string | undefined> }) {
  const navigate = useNavigate();
  const { peek: _, sort: __, ...kept } = search;
  return (
    <select
      aria-label={t.kind}
      value={plural}
      onChange={(event) => {
        const kind = inventoryKinds.find((candidate) => candidate.plural === event.target.value);
        void navigate({
          to: '/inventory/$group/$plural',
          params: { group: kind?.group ?? 'core', plural: event.target.value },
          search: kept as never,
        });
      }}
    >
      {inventoryKinds.map((kind) => (
        <option key={kind.plural} value={kind.plural}>
          {kind.kind}
        </option>
      ))}
    </select>
  );
}

function Nothing(props: { plural: string; filtered: boolean; clusters: number; onClear: () => void }) {
  const { plural, filtered, clusters, onClear } = props;
  if (clusters === 0) {
    return (
      <EmptyState
        title={t.noCluster}
        action={
          <Link to="/clusters/register" className="button primary">
            {t.registerFirst}
          </Link>
        }
      />
    );
  }
  return (
    <EmptyState
      title={filtered ? t.nothingMatches(plural) : t.noneAtAll(plural, clusters)}
      action={
        filtered ? (
          <button type="button" className="button" onClick={onClear}>
            {t.clear}
          </button>
        ) : (
          <Link to="/clusters" className="button">
            {t.clusters}
          </Link>
        )
      }
    />
  );
}
