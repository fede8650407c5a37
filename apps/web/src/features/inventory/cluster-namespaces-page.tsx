import type { InventoryObject } from '@quarterdeck/contracts';
import {
  AgeText,
  type Column,
  DataTable,
  EmptyState,
  MeterText,
  NoMatch,
  ProblemAlert,
  Skeleton,
  StatusDot,
  TextFilter,
} from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { problemOf } from '../../platform/api.ts';
import { Completeness } from '../../platform/completeness.tsx';
import { objectPath } from '../../platform/object-path.ts';
import { t } from './cluster-parts.messages.ts';
import { bytesText } from './fact-columns.tsx';
import { allOfQuery, namespaceLoadsQuery } from './inventory.queries.ts';
import { type NamespaceRow, namespaceRows, sortedNamespaces } from './namespace-rows.ts';

type Search = { q?: string; sort?: string };

/** The namespaces of one cluster: what runs in them, what fails, how much of their quotas is used. */
export function ClusterNamespacesPage() {
  const { cluster = '' } = useParams({ strict: false });
  const { q = '', sort = 'name' } = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const namespaces = useQuery(allOfQuery('namespaces', cluster));
  const quotas = useQuery(allOfQuery('resourcequotas', cluster));
  const loads = useQuery(namespaceLoadsQuery(cluster));
  const refine = useCallback(
    (change: Search) =>
      void navigate({ to: '.', replace: true, search: ((before: object) => ({ ...before, ...change })) as never }),
    [navigate],
  );
  const setQ = useCallback((words: string) => refine({ q: words }), [refine]);
  const all = useMemo(
    () => namespaceRows(namespaces.data?.items ?? [], loads.data?.items ?? [], quotas.data?.items ?? []),
    [namespaces.data, loads.data, quotas.data],
  );
  const rows = useMemo(
    () =>
      sortedNamespaces(
        all.filter(({ namespace }) => namespace.name.includes(q.trim().toLowerCase())),
        sort,
      ),
    [all, q, sort],
  );
  if (namespaces.isPending) return <Skeleton rows={12} />;
  if (namespaces.data === undefined)
    return <ProblemAlert problem={problemOf(namespaces.error)} onRetry={() => void namespaces.refetch()} />;
  return (
    <>
      <Completeness clusters={namespaces.data.clusters} only="bar" onRetry={() => void namespaces.refetch()} />
      {loads.isError ? <ProblemAlert problem={problemOf(loads.error)} onRetry={() => void loads.refetch()} /> : null}
      <div className="filters">
        <TextFilter label={t.filter} value={q} onChange={setQ} focus />
        <span className="muted">{t.shown(rows.length, all.length)}</span>
      </div>
      <div className="panel flush">
        {all.length === 0 ? (
          <EmptyState
            title={t.none}
            action={
              <Link to="/clusters" className="button">
                {t.allClusters}
              </Link>
            }
          />
        ) : rows.length === 0 ? (
          <NoMatch title={t.noMatch(q)} clear={t.clear} onClear={() => refine({ q: '' })} />
        ) : (
          <DataTable<NamespaceRow>
            label={t.namespaces}
            columns={columns}
            rows={rows}
            rowId={({ namespace }) => namespace.id}
            sort={sort}
            onSort={(next) => refine({ sort: next === 'name' ? '' : next })}
            onOpen={({ namespace }) => void navigate({ to: objectPath(namespace) })}
            rowClass={() => (namespaces.data.clusters.some(({ state }) => state !== 'live') ? 'stale' : '')}
          />
        )}
      </div>
    </>
  );
}

const podsOf = ({ cluster, name }: InventoryObject, health?: string) => ({
  clusters: cluster,
  namespaces: name,
  ...(health === undefined ? {} : { health }),
});

const columns: Column<NamespaceRow>[] = [
  {
    key: 'name',
    title: t.namespace,
    sort: 'name',
    cell: ({ namespace }) => (
      <Link to={objectPath(namespace)} className="strong">
        {namespace.name}
      </Link>
    ),
  },
  {
    key: 'status',
    title: t.status,
    cell: ({ namespace }) => <StatusDot status={namespace.health}>{namespace.statusText}</StatusDot>,
  },
  {
    key: 'pods',
    title: t.podCount,
    numeric: true,
    sort: 'pods',
    cell: ({ namespace, load }) =>
      load === undefined ? (
        '0'
      ) : (
        <Link
          to="/inventory/$group/$plural"
          params={{ group: 'core', plural: 'pods' }}
          search={podsOf(namespace) as never}
        >
          {load.pods.toLocaleString()}
        </Link>
      ),
  },
  {
    key: 'trouble',
    title: t.inTrouble,
    numeric: true,
    sort: 'trouble',
    cell: ({ namespace, load }) =>
      load === undefined || load.inTrouble === 0 ? (
        ''
      ) : (
        <Link
          to="/inventory/$group/$plural"
          params={{ group: 'core', plural: 'pods' }}
          search={podsOf(namespace, 'failed,degraded') as never}
        >
          <StatusDot status="failed">{load.inTrouble.toLocaleString()}</StatusDot>
        </Link>
      ),
  },
  {
    key: 'cpu',
    title: t.cpu,
    numeric: true,
    sort: 'cpu',
    cell: ({ load }) => (load === undefined ? '' : Number(load.cpuCores.toFixed(2)).toLocaleString()),
  },
  {
    key: 'memory',
    title: t.memory,
    numeric: true,
    sort: 'memory',
    cell: ({ load }) => (load === undefined ? '' : bytesText(load.memoryBytes)),
  },
  { key: 'quota', title: t.quota, sort: 'quota', cell: ({ quotas }) => <Quotas quotas={quotas} /> },
  { key: 'created', title: t.created, cell: ({ namespace }) => <AgeText at={namespace.createdAt} /> },
];

function Quotas({ quotas }: Pick<NamespaceRow, 'quotas'>) {
  const [first, ...others] = quotas;
  if (first === undefined) return <span className="muted">{t.noQuota}</span>;
  return (
    <MeterText share={first.share}>
      <Link to={objectPath(first.quota)}>{first.quota.statusText}</Link>
      {others.length === 0 ? null : <span className="muted"> {t.quotaRest(others.length)}</span>}
    </MeterText>
  );
}
