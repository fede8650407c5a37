import type { Cluster } from '@quarterdeck/contracts';
import { AgeText, type Column, DateText, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { clusterStatus } from './cluster-status.ts';
import { t } from './clusters.messages.ts';

/** Why a cluster is not simply well. */
export const whyOf = (row: Cluster) => (row.state === 'connected' ? '' : (row.stateReason ?? ''));

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

/** In the order that `sort` names, `-` for descending; trouble first without one. */
export function sortedClusters(rows: readonly Cluster[], sort: string): Cluster[] {
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
  ...(['region', 'site', 'provider'] as const).map((key) => ({
    key,
    title: t.places[key],
    cell: (row: Cluster) => row.labels[key],
  })),
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
        <>
          <DateText at={row.credentialExpiresAt} /> {row.credentialRenews === true ? t.renews : null}
        </>
      ),
  },
];

/** What a row does not say by its name gives way to why clusters are away. */
const yielding = new Set(['site', 'provider', 'version', 'latency', 'credential']);

/** The columns of Clusters; where none is in trouble, without the reason. */
export function columnsOf(isTroubled: boolean): Column<Cluster>[] {
  return columns
    .filter(({ key }) => isTroubled || key !== 'why')
    .map((column) => (isTroubled && yielding.has(column.key) ? { ...column, yields: true } : column));
}
