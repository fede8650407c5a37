import type { Cluster } from '@quarterdeck/contracts';
import { summarizeInventory } from '@quarterdeck/contracts/inventory';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../platform/api.ts';
import type { Scope } from '../platform/scope.ts';
import { t } from './home.messages.ts';

/** Counts by kind and health over the clusters of a scope. */
export function useSummary(clusters: string | undefined, enabled: boolean) {
  return useQuery({
    enabled,
    queryKey: ['inventory', 'summary', clusters],
    queryFn: ({ signal }) =>
      api.call(
        summarizeInventory,
        { query: clusters === undefined ? {} : { clusters: clusters as never } },
        { signal },
      ),
    refetchInterval: 5000,
  });
}

/** The fleet in four numbers, each a way in; `≥` where a cluster did not answer. */
export function FleetStrip(props: {
  fleet: readonly Cluster[] | undefined;
  summary: ReturnType<typeof useSummary>;
  scope: Scope;
}) {
  const { data } = props.summary;
  const fleet = (props.fleet ?? []).filter(
    ({ slug }) => props.scope.clusters.length === 0 || props.scope.clusters.includes(slug),
  );
  const connected = fleet.filter((cluster) => cluster.state === 'connected').length;
  const count = (plural: string, ...health: string[]) =>
    (data?.counts ?? [])
      .filter((entry) => entry.plural === plural && (health.length === 0 || health.includes(entry.health)))
      .reduce((sum, entry) => sum + entry.count, 0);
  const least = (data?.clusters ?? []).some((cluster) => cluster.state !== 'live') ? '≥ ' : '';
  const number = (value: number) => (data === undefined ? '…' : `${least}${value.toLocaleString()}`);
  // A node that takes no new pods is still ready.
  const notReady = count('nodes', 'failed', 'degraded', 'unknown');
  const failing = count('pods', 'failed');
  const short = count('deployments', 'failed', 'degraded');
  const tiles = [
    {
      to: '/clusters',
      title: t.clusters,
      value: props.fleet === undefined ? '…' : String(fleet.length),
      detail: t.connected(connected, fleet.length),
      bad: connected < fleet.length,
    },
    {
      to: '/nodes',
      title: t.nodes,
      value: number(count('nodes')),
      detail: t.ready(count('nodes') - notReady, count('nodes')),
      bad: notReady > 0,
    },
    {
      to: '/workloads',
      title: t.deployments,
      value: number(count('deployments')),
      detail: t.degraded(short),
      bad: short > 0,
    },
    {
      to: '/inventory/core/pods',
      title: t.pods,
      value: number(count('pods')),
      detail: t.failing(failing),
      bad: failing > 0,
    },
  ];
  return (
    <nav className="strip" aria-label={t.fleet}>
      {tiles.map((tile) => (
        <Link key={tile.to} to={tile.to} className="panel tile">
          <span className="muted">{tile.title}</span>
          <b>{tile.value}</b>
          <span className={tile.bad ? 'status failed' : 'muted'}>{data === undefined ? '' : tile.detail}</span>
        </Link>
      ))}
    </nav>
  );
}
