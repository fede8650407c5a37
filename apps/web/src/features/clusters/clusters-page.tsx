import type { Cluster } from '@quarterdeck/contracts';
import {
  AgeText,
  type Column,
  DataTable,
  DateText,
  EmptyState,
  PageHeader,
  Skeleton,
  StatusDot,
} from '@quarterdeck/ui';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useFleet } from '../../platform/fleet.tsx';
import { useScope } from '../../platform/scope.ts';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { clusterStatus } from './cluster-status.ts';
import { t } from './clusters.messages.ts';

const whyOf = (row: Cluster) => (row.state === 'connected' ? '' : (row.stateReason ?? ''));

/** Trouble first, so that it is seen without scrolling; then by name. */
const ranks: Partial<Record<Cluster['state'], number>> = {
  connected: 9,
  paused: 8,
  removing: 7,
  pending: 6,
  degraded: 5,
};
function worstFirst(a: Cluster, b: Cluster): number {
  return (ranks[a.state] ?? 0) - (ranks[b.state] ?? 0) || a.slug.localeCompare(b.slug);
}

const orders: Record<string, (a: Cluster, b: Cluster) => number> = {
  name: (a, b) => a.slug.localeCompare(b.slug),
  state: worstFirst,
  nodes: (a, b) => (a.nodes ?? 0) - (b.nodes ?? 0),
  pods: (a, b) => (a.pods ?? 0) - (b.pods ?? 0),
  latency: (a, b) => (a.latencyMs ?? 0) - (b.latencyMs ?? 0),
};

function sorted(rows: readonly Cluster[], sort: string): Cluster[] {
  const descending = sort.startsWith('-');
  const order = orders[descending ? sort.slice(1) : sort] ?? worstFirst;
  return rows.toSorted((a, b) => (descending ? order(b, a) : order(a, b)));
}

const columns: Column<Cluster>[] = [
  {
    key: 'name',
    title: t.cluster,
    sort: 'name',
    cell: (row) => (
      <Link to="/clusters/$cluster" params={{ cluster: row.slug }}>
        <strong>{row.slug}</strong>
      </Link>
    ),
  },
  {
    key: 'state',
    title: t.state,
    sort: 'state',
    cell: (row) => <StatusDot status={clusterStatus(row).status}>{clusterStatus(row).word}</StatusDot>,
  },
  {
    key: 'why',
    title: t.why,
    wrap: true,
    cell: (row) => <span className="muted">{whyOf(row)}</span>,
  },
  {
    key: 'tier',
    title: t.tier,
    cell: (row) => (row.labels.tier === undefined ? '' : <TierBadge tier={row.labels.tier} />),
  },
  { key: 'region', title: t.region, cell: (row) => row.labels.region },
  { key: 'version', title: t.version, cell: (row) => row.version },
  { key: 'nodes', title: t.nodes, numeric: true, sort: 'nodes', cell: (row) => row.nodes },
  { key: 'pods', title: t.pods, numeric: true, sort: 'pods', cell: (row) => row.pods },
  {
    key: 'latency',
    title: t.latency,
    sort: 'latency',
    numeric: true,
    cell: (row) => (row.latencyMs === undefined ? '' : t.ms(row.latencyMs)),
  },
  { key: 'age', title: t.data, cell: (row) => <AgeText at={row.asOf} /> },
  {
    key: 'credential',
    title: t.credentialEnd,
    cell: (row) =>
      row.credentialExpiresAt === undefined ? (
        <span className="muted">{t.noEnd}</span>
      ) : (
        <DateText at={row.credentialExpiresAt} />
      ),
  },
];

/** Every registered cluster, live. */
export function ClustersPage() {
  const clusters = useFleet();
  const { scope, setScope } = useScope();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; sort?: string };
  const { q: filter = '', sort = 'state' } = search;
  const refine = (change: { q?: string; sort?: string }) =>
    void navigate({ to: '/clusters', search: { ...search, ...change } as never, replace: true });
  const setFilter = (q: string) => refine({ q });
  const words = filter.toLowerCase().split(/\s+/);
  const inScope = (clusters ?? []).filter(({ slug }) => scope.clusters.length === 0 || scope.clusters.includes(slug));
  const matching = inScope.filter((cluster) => {
    const text = [
      cluster.slug,
      cluster.displayName,
      cluster.state,
      cluster.version,
      ...Object.entries(cluster.labels).flat(),
    ]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const shown = sorted(matching, sort);
  const shownColumns = columns.filter(
    ({ key }) =>
      (key !== 'why' || shown.some((row) => whyOf(row) !== '')) &&
      (key !== 'region' || shown.some((row) => row.labels.region !== undefined)),
  );
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
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <span className="muted">{t.shown(shown.length, clusters?.length ?? 0)}</span>
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
            title={t.noMatch(filter)}
            action={
              <button type="button" className="button" onClick={() => setFilter('')}>
                {t.clear}
              </button>
            }
          />
        ) : null}
        {shown.length > 0 ? (
          <DataTable
            label={t.clusters}
            columns={shownColumns}
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
