import { AgeText, EmptyState, PageHeader, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { AuditLink } from '../../platform/audit-link.tsx';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { t } from './cluster-page.messages.ts';
import { clusterStatus } from './cluster-status.ts';
import { clusterQuery } from './clusters.queries.ts';
import { DatabaseAway } from './database-away.tsx';
import { KubeconfigDialog } from './kubeconfig-dialog.tsx';
import { type ClusterDetail, Opened } from './opened-cluster.ts';

const parts = [
  { to: '/clusters/$cluster', title: t.tabs.overview },
  { to: '/clusters/$cluster/nodes', title: t.tabs.nodes },
  { to: '/clusters/$cluster/namespaces', title: t.tabs.namespaces },
  { to: '/clusters/$cluster/events', title: t.tabs.events },
  { to: '/clusters/$cluster/health', title: t.tabs.health },
  { to: '/clusters/$cluster/settings', title: t.tabs.settings },
] as const;

/** Head and parts of the page of one cluster; each part is a path of its own. */
export function ClusterPage() {
  const { cluster: slug = '' } = useParams({ strict: false });
  const queries = useQueryClient();
  const query = useQuery(clusterQuery(slug));
  if (query.isPending) return <Skeleton rows={12} />;
  if (query.data === undefined)
    return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data === null) {
    return (
      <EmptyState
        page
        title={t.missing(slug)}
        action={
          <Link to="/clusters" className="button">
            {t.all}
          </Link>
        }
      />
    );
  }
  const onChanged = () => void queries.invalidateQueries({ queryKey: clusterQuery(slug).queryKey });
  return (
    <Opened value={{ cluster: query.data, onChanged }}>
      <Head cluster={query.data} />
      <nav className="tabs" aria-label={t.parts(slug)}>
        {parts.map(({ to, title }) => (
          <Link
            key={to}
            to={to}
            params={{ cluster: slug }}
            activeOptions={{ exact: true, includeSearch: false }}
            activeProps={{ 'aria-current': 'page' }}
          >
            {title}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Opened>
  );
}

function Head({ cluster }: { cluster: ClusterDetail }) {
  const [takesKubeconfig, setTakesKubeconfig] = useState(false);
  const { status, word } = clusterStatus(cluster);
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="clusters" to="/clusters">
            {t.clusters}
          </Link>,
          cluster.slug,
        ]}
        title={cluster.displayName}
        status={
          <>
            <StatusDot status={status}>{word}</StatusDot>
            {cluster.labels.tier === undefined ? null : <TierBadge tier={cluster.labels.tier} />}
          </>
        }
        actions={
          <>
            <Link
              to="/inventory/$group/$plural"
              params={{ group: 'core', plural: 'pods' }}
              search={{ clusters: cluster.slug } as never}
              className="button"
            >
              {t.pods}
            </Link>
            <AuditLink cluster={cluster.slug} />
            <button type="button" className="button" onClick={() => setTakesKubeconfig(true)}>
              {t.useKubectl}
            </button>
          </>
        }
      />
      {takesKubeconfig ? <KubeconfigDialog cluster={cluster} onClose={() => setTakesKubeconfig(false)} /> : null}
      <DatabaseAway readAt={cluster.readAt} />
      {cluster.state === 'connected' ? null : (
        <div className="notice stale">
          <p>
            {cluster.stateReason ?? word} {cluster.state === 'paused' ? t.paused : null}{' '}
            {cluster.asOf === undefined ? (
              t.nothingRead
            ) : (
              <>
                {t.lastKnown} <AgeText at={cluster.asOf} />.
              </>
            )}
          </p>
        </div>
      )}
    </>
  );
}
