import type { Cluster } from '@quarterdeck/contracts';
import { listObjects, summarizeInventory } from '@quarterdeck/contracts/inventory';
import { listReleases } from '@quarterdeck/contracts/releases';
import { AgeText, CompletenessBar, EmptyState, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { clusterStatus } from '../features/clusters/index.ts';
import { releasePath, releaseStatus } from '../features/releases/index.ts';
import { api, problemOf } from '../platform/api.ts';
import { useLiveSet } from '../platform/live.ts';

/** What needs somebody, worst on top; then the fleet and what runs now. */
export function HomePage() {
  const clusters = useLiveSet<Cluster>('clusters.index', {});
  const failing = useQuery({
    queryKey: ['inventory', 'failing'],
    queryFn: ({ signal }) =>
      api.call(
        listObjects,
        { query: { plural: 'deployments', health: 'failed,degraded' as never, sort: 'status', limit: 20 } },
        { signal },
      ),
    refetchInterval: 5000,
  });
  const pods = useQuery({
    queryKey: ['inventory', 'failing-pods'],
    queryFn: ({ signal }) =>
      api.call(
        listObjects,
        { query: { plural: 'pods', health: 'failed' as never, sort: 'status', limit: 20 } },
        { signal },
      ),
    refetchInterval: 5000,
  });
  const summary = useQuery({
    queryKey: ['inventory', 'summary'],
    queryFn: ({ signal }) => api.call(summarizeInventory, {}, { signal }),
    refetchInterval: 5000,
  });
  const releases = useQuery({
    queryKey: ['releases', 'recent'],
    queryFn: ({ signal }) => api.call(listReleases, { query: { limit: 8 } }, { signal }),
    refetchInterval: 3000,
  });
  if (clusters?.length === 0) {
    return (
      <EmptyState
        page
        title="No cluster is registered yet"
        action={
          <Link to="/clusters/register" className="button primary">
            Register your first cluster
          </Link>
        }
      >
        Quarterdeck shows and deploys to the clusters you register here.
      </EmptyState>
    );
  }
  const away = (clusters ?? []).filter((cluster) => cluster.state !== 'connected' && cluster.state !== 'paused');
  const troubles = away.length + (failing.data?.total ?? 0) + (pods.data?.total ?? 0);
  const count = (plural: string, health?: string) =>
    (summary.data?.counts ?? [])
      .filter((entry) => entry.plural === plural && (health === undefined || entry.health === health))
      .reduce((sum, entry) => sum + entry.count, 0);
  return (
    <>
      <h1>Home</h1>
      <CompletenessBar clusters={summary.data?.clusters} />
      <div className="strip panel">
        {[
          ['Clusters', clusters?.length ?? 0],
          ['Nodes', count('nodes')],
          ['Pods', count('pods')],
          ['Failing pods', count('pods', 'failed')],
          ['Deployments', count('deployments')],
        ].map(([label, value]) => (
          <span key={label}>
            <b>{value}</b>
            <span className="muted">{label}</span>
          </span>
        ))}
      </div>
      <section className="panel">
        <header>
          <h2>Needs attention</h2>
        </header>
        {failing.isError ? (
          <ProblemAlert problem={problemOf(failing.error)} onRetry={() => void failing.refetch()} />
        ) : null}
        {clusters === undefined || failing.isPending ? <Skeleton rows={4} /> : null}
        {clusters !== undefined && failing.data !== undefined && troubles === 0 ? (
          <p>
            <StatusDot status="healthy">Nothing needs you.</StatusDot>{' '}
            <span className="muted">{clusters.length} clusters checked.</span>
          </p>
        ) : null}
        <ul className="attention">
          {away.map((cluster) => (
            <li key={cluster.id}>
              <StatusDot status={clusterStatus(cluster).status}>{clusterStatus(cluster).word}</StatusDot>
              <Link to="/clusters/$cluster" params={{ cluster: cluster.slug }}>
                {cluster.slug}
              </Link>
              <span className="muted">{cluster.stateReason}</span>
              <AgeText at={cluster.stateSince} />
            </li>
          ))}
          {[...(failing.data?.items ?? []), ...(pods.data?.items ?? [])].map((row) => (
            <li key={row.id}>
              <StatusDot status={row.health}>{row.statusText}</StatusDot>
              <Link
                to="/inventory/$group/$plural"
                params={{ group: row.plural === 'pods' ? 'core' : 'apps', plural: row.plural }}
                search={{ clusters: row.cluster, q: row.name } as never}
              >
                {row.name}
              </Link>
              <span className="muted">
                {row.kind} in {row.namespace} · {row.cluster}
              </span>
              <span className="muted">
                {typeof row.facts.message === 'string' ? row.facts.message.slice(0, 140) : ''}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section className="panel">
        <header>
          <h2>Releases</h2>
          <Link to="/applications" className="button">
            Deploy
          </Link>
        </header>
        {releases.data?.items.length === 0 ? (
          <p className="muted">Nothing was deployed yet. Create an application to deploy your first service.</p>
        ) : null}
        <ul className="attention">
          {(releases.data?.items ?? []).map((release) => (
            <li key={release.id}>
              <StatusDot status={releaseStatus(release).status}>{releaseStatus(release).word}</StatusDot>
              <Link to={releasePath(release)}>
                {release.application} {release.environment} #{release.number}
              </Link>
              <span className="muted">
                {Object.values(release.images)[0]?.reference ?? release.kind} by {release.createdBy}
              </span>
              <AgeText at={release.createdAt} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
