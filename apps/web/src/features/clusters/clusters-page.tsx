import type { Cluster } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, EmptyState, Skeleton, StatusDot } from '@quarterdeck/ui';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useLiveSet } from '../../platform/live.ts';
import { clusterStatus } from './cluster-status.ts';

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
    title: 'Cluster',
    sort: 'name',
    cell: (row) => (
      <Link to="/clusters/$cluster" params={{ cluster: row.slug }}>
        <strong>{row.slug}</strong>
      </Link>
    ),
  },
  {
    key: 'state',
    title: 'State',
    sort: 'state',
    cell: (row) => <StatusDot status={clusterStatus(row).status}>{clusterStatus(row).word}</StatusDot>,
  },
  {
    key: 'why',
    title: 'Why',
    wrap: true,
    cell: (row) => <span className="muted">{whyOf(row)}</span>,
  },
  {
    key: 'tier',
    title: 'Tier',
    cell: (row) =>
      row.labels.tier === undefined ? '' : <span className={`badge ${row.labels.tier}`}>{row.labels.tier}</span>,
  },
  { key: 'region', title: 'Region', cell: (row) => row.labels.region },
  { key: 'version', title: 'Version', cell: (row) => row.version },
  { key: 'nodes', title: 'Nodes', numeric: true, sort: 'nodes', cell: (row) => row.nodes },
  { key: 'pods', title: 'Pods', numeric: true, sort: 'pods', cell: (row) => row.pods },
  {
    key: 'latency',
    title: 'Latency',
    sort: 'latency',
    numeric: true,
    cell: (row) => (row.latencyMs === undefined ? '' : `${Math.round(row.latencyMs)} ms`),
  },
  { key: 'age', title: 'Data', cell: (row) => <AgeText at={row.asOf} /> },
  {
    key: 'credential',
    title: 'Credential ends',
    cell: (row) =>
      row.credentialExpiresAt === undefined ? (
        <span className="muted">no end</span>
      ) : (
        new Date(row.credentialExpiresAt).toLocaleDateString()
      ),
  },
];

/** Every registered cluster, live. */
export function ClustersPage() {
  const clusters = useLiveSet<Cluster>('clusters.index', {});
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; sort?: string };
  const { q: filter = '', sort = 'state' } = search;
  const refine = (change: { q?: string; sort?: string }) =>
    void navigate({ to: '/clusters', search: { ...search, ...change } as never, replace: true });
  const setFilter = (q: string) => refine({ q });
  const words = filter.toLowerCase().split(/\s+/);
  const matching = (clusters ?? []).filter((cluster) => {
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
      <div className="page-header">
        <h1>Clusters</h1>
        <Link to="/clusters/register" className="button primary">
          Register a cluster
        </Link>
      </div>
      <div className="filters">
        <input
          data-filter
          aria-label="Filter clusters"
          placeholder="Filter by name, state, label"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <span className="muted">
          {shown.length} of {clusters?.length ?? 0}
        </span>
      </div>
      <div className="panel flush">
        {clusters === undefined ? <Skeleton /> : null}
        {clusters?.length === 0 ? (
          <EmptyState
            title="No cluster is registered yet"
            action={
              <Link to="/clusters/register" className="button primary">
                Register your first cluster
              </Link>
            }
          >
            Paste a kubeconfig; the report says what is missing before anything is saved.
          </EmptyState>
        ) : null}
        {clusters !== undefined && clusters.length > 0 && shown.length === 0 ? (
          <EmptyState
            title={`No cluster matches “${filter}”`}
            action={
              <button type="button" className="button" onClick={() => setFilter('')}>
                Clear filter
              </button>
            }
          />
        ) : null}
        {shown.length > 0 ? (
          <DataTable
            label="Clusters"
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
