import type { Cluster } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, EmptyState, Skeleton, StatusDot } from '@quarterdeck/ui';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useLiveSet } from '../../platform/live.ts';
import { clusterStatus } from './cluster-status.ts';

const columns: Column<Cluster>[] = [
  {
    key: 'name',
    title: 'Cluster',
    cell: (row) => (
      <Link to="/clusters/$cluster" params={{ cluster: row.slug }}>
        <strong>{row.slug}</strong>
      </Link>
    ),
  },
  {
    key: 'state',
    title: 'State',
    cell: (row) => <StatusDot status={clusterStatus(row).status}>{clusterStatus(row).word}</StatusDot>,
  },
  {
    key: 'why',
    title: 'Why',
    wrap: true,
    cell: (row) => <span className="muted">{row.state === 'connected' ? '' : row.stateReason}</span>,
  },
  {
    key: 'tier',
    title: 'Tier',
    cell: (row) =>
      row.labels.tier === undefined ? '' : <span className={`badge ${row.labels.tier}`}>{row.labels.tier}</span>,
  },
  { key: 'region', title: 'Region', cell: (row) => row.labels.region },
  { key: 'version', title: 'Version', cell: (row) => row.version },
  { key: 'nodes', title: 'Nodes', numeric: true, cell: (row) => row.nodes },
  { key: 'pods', title: 'Pods', numeric: true, cell: (row) => row.pods },
  {
    key: 'latency',
    title: 'Latency',
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
  const [filter, setFilter] = useState('');
  const words = filter.toLowerCase().split(/\s+/);
  const shown = (clusters ?? []).filter((cluster) => {
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
            columns={columns}
            rows={shown}
            rowId={(row) => row.id}
            rowClass={(row) => (row.state === 'connected' ? '' : 'stale')}
            onOpen={(row) => void navigate({ to: '/clusters/$cluster', params: { cluster: row.slug } })}
          />
        ) : null}
      </div>
    </>
  );
}
