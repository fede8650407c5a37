import { DataTable, EmptyState, PageHeader, Skeleton } from '@quarterdeck/ui';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { t as setWords } from '../../platform/cluster-sets.messages.ts';
import { selectorsOf, useResolvedScope } from '../../platform/cluster-sets.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { useScope } from '../../platform/scope.ts';
import { clusterColumns, sortedClusters, whyOf } from './cluster-columns.tsx';
import { ClusterFacets } from './cluster-facets.tsx';
import { facetKeys, filterClusters, pickedOf, searchText, unset } from './cluster-filter.ts';
import { t } from './clusters.messages.ts';

const ClusterSetsDialog = lazy(() =>
  import('../../platform/cluster-sets-dialog.tsx').then((module) => ({ default: module.ClusterSetsDialog })),
);

/** Labels that a set can be made of; what a cluster is at the moment is none. */
const labelFacets = ['tier', 'region', 'site', 'provider'] as const;

/** The URL is written once typing rests; the rows follow each key. */
const restMs = 300;

/** Every registered cluster, live. */
export function ClustersPage() {
  const clusters = useFleet();
  const { setScope } = useScope();
  const scope = useResolvedScope();
  const [keeping, setKeeping] = useState(false);
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Partial<Record<string, string>>;
  const { q = '', sort = 'state' } = search;
  const [typed, setTyped] = useState(q);
  const words = useDeferredValue(typed);
  const refine = (change: Partial<Record<string, string>>) =>
    void navigate({
      to: '/clusters',
      search: ((before: object) => ({ ...before, ...change })) as never,
      replace: true,
    });
  useEffect(() => setTyped(q), [q]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a rest in typing writes the URL
  useEffect(() => {
    if (typed === q) return;
    const timer = setTimeout(() => refine({ q: typed }), restMs);
    return () => clearTimeout(timer);
  }, [typed]);
  const pickedKey = JSON.stringify(facetKeys.map((key) => search[key] ?? ''));
  const picked = useMemo(() => pickedOf(JSON.parse(pickedKey) as string[]), [pickedKey]);
  const texts = useMemo(() => new Map((clusters ?? []).map((cluster) => [cluster, searchText(cluster)])), [clusters]);
  const scopeKey = scope.clusters.join();
  const inScope = useMemo(
    () => (clusters ?? []).filter(({ slug }) => scopeKey === '' || scopeKey.split(',').includes(slug)),
    [clusters, scopeKey],
  );
  const shown = useMemo(
    () => sortedClusters(filterClusters(inScope, picked, words, texts), sort),
    [inScope, picked, words, texts, sort],
  );
  const columns = useMemo(
    () =>
      clusterColumns.filter(
        ({ key }) =>
          (key !== 'why' || shown.some((row) => whyOf(row) !== '')) &&
          (!['region', 'site', 'provider'].includes(key) || shown.some((row) => row.labels[key] !== undefined)),
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
