import { DataTable, EmptyState, PageHeader, Skeleton, useTyped } from '@quarterdeck/ui';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useDeferredValue, useMemo, useState } from 'react';
import { t as setWords } from '../../platform/cluster-sets.messages.ts';
import { selectorsOf, useResolvedScope } from '../../platform/cluster-sets.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { useScope } from '../../platform/scope.ts';
import { columnsOf, sortedClusters, whyOf } from './cluster-columns.tsx';
import { ClusterFacets } from './cluster-facets.tsx';
import { facetKeys, filterClusters, pickedOf, searchText, unset } from './cluster-filter.ts';
import { t } from './clusters.messages.ts';
import { DatabaseAway } from './database-away.tsx';

const ClusterSetsDialog = lazy(() =>
  import('../../platform/cluster-sets-dialog.tsx').then((module) => ({ default: module.ClusterSetsDialog })),
);

/** Labels that a set can be made of; what a cluster is at the moment is none. */
const labelFacets = ['tier', 'region', 'site', 'provider'] as const;

/** Every registered cluster, live; the rows follow each key of the filter. */
export function ClustersPage() {
  const clusters = useFleet();
  const { setScope } = useScope();
  const scope = useResolvedScope();
  const [keeping, setKeeping] = useState(false);
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Partial<Record<string, string>>;
  const { q = '', sort = 'state' } = search;
  const refine = (change: Partial<Record<string, string>>) =>
    void navigate({
      to: '/clusters',
      search: ((before: object) => ({ ...before, ...change })) as never,
      replace: true,
    });
  const [typed, setTyped] = useTyped(q, (words) => refine({ q: words }));
  const words = useDeferredValue(typed);
  const pickedKey = JSON.stringify(facetKeys.map((key) => search[key] ?? ''));
  const picked = useMemo(() => pickedOf(JSON.parse(pickedKey) as string[]), [pickedKey]);
  const texts = useMemo(() => new Map((clusters ?? []).map((cluster) => [cluster, searchText(cluster)])), [clusters]);
  const scopeKey = scope.clusters.join();
  const inScope = useMemo(() => {
    const named = new Set(scopeKey.split(','));
    return (clusters ?? []).filter(({ slug }) => scopeKey === '' || named.has(slug));
  }, [clusters, scopeKey]);
  // In order before they are filtered: a key only leaves rows out.
  const ordered = useMemo(() => sortedClusters(inScope, sort), [inScope, sort]);
  const shown = useMemo(() => filterClusters(ordered, picked, words, texts), [ordered, picked, words, texts]);
  const columns = useMemo(
    () =>
      columnsOf(shown.some((row) => whyOf(row) !== '')).filter(
        ({ key }) =>
          !['tier', 'region', 'site', 'provider'].includes(key) || shown.some((row) => row.labels[key] !== undefined),
      ),
    [shown],
  );
  const selectors = selectorsOf(
    Object.fromEntries(labelFacets.map((key) => [key, picked[key].filter((value) => value !== unset)])),
  );
  const clear = () => {
    setTyped('');
    refine({ q: '', ...Object.fromEntries(facetKeys.map((key) => [key, ''])) });
  };
  return (
    <>
      <PageHeader
        title={t.clusters}
        actions={
          <Link to="/clusters/register" className="button primary">
            {t.registerOne}
          </Link>
        }
      />
      <DatabaseAway readAt={clusters?.find(({ readAt }) => readAt !== undefined)?.readAt} />
      <div className="filters">
        <input
          data-filter
          aria-label={t.filterLabel}
          placeholder={t.filter}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <ClusterFacets
          clusters={inScope}
          picked={picked}
          onChange={(key, values) => refine({ [key]: values.join(',') })}
        />
        <span className="muted">{t.shown(shown.length, clusters?.length ?? 0)}</span>
        {selectors.length === 0 ? null : (
          <button type="button" className="button small" onClick={() => setKeeping(true)}>
            {setWords.keepAsSet}
          </button>
        )}
        {keeping ? (
          <Suspense>
            <ClusterSetsDialog first={selectors} onClose={() => setKeeping(false)} />
          </Suspense>
        ) : null}
      </div>
      <div className="panel flush">
        {clusters === undefined ? <Skeleton /> : null}
        {clusters?.length === 0 ? (
          <EmptyState
            title={t.none}
            action={
              <Link to="/clusters/register" className="button primary">
                {t.registerFirst}
              </Link>
            }
          >
            {t.noneHint}
          </EmptyState>
        ) : null}
        {clusters !== undefined && clusters.length > 0 && inScope.length === 0 ? (
          <EmptyState
            title={t.outside(clusters.length)}
            action={
              <button type="button" className="button primary" onClick={() => setScope({ clusters: [] })}>
                {t.widen}
              </button>
            }
          />
        ) : null}
        {clusters !== undefined && inScope.length > 0 && shown.length === 0 ? (
          <EmptyState
            title={t.noMatch(words)}
            action={
              <button type="button" className="button" onClick={clear}>
                {t.clear}
              </button>
            }
          />
        ) : null}
        {shown.length > 0 ? (
          <DataTable
            label={t.clusters}
            columns={columns}
            rows={shown}
            sort={sort}
            onSort={(next) => refine({ sort: next })}
            rowId={(row) => row.id}
            rowClass={(row) => (row.state === 'connected' ? '' : 'stale')}
            onOpen={(row) => void navigate({ to: '/clusters/$cluster', params: { cluster: row.slug } })}
          />
        ) : null}
      </div>
    </>
  );
}
