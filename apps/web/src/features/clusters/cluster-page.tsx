import type { ClientOutput } from '@quarterdeck/contracts';
import { getCluster, listClusters, pauseCluster, resumeCluster } from '@quarterdeck/contracts/clusters';
import {
  ActionButton,
  AgeText,
  EmptyState,
  PageHeader,
  ProblemAlert,
  Skeleton,
  StatusDot,
  Tabs,
} from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { AuditLink } from '../../platform/audit-link.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { ClusterEvents } from './cluster-events.tsx';
import { ClusterFacts, ClusterStreams } from './cluster-facts.tsx';
import { ClusterSettings } from './cluster-settings.tsx';
import { clusterStatus } from './cluster-status.ts';
import { t } from './clusters.messages.ts';
import { KubeconfigDialog } from './kubeconfig-dialog.tsx';

type Detail = ClientOutput<typeof getCluster>;

/** One page for one cluster: state, sync per kind, what warns in it, settings. */
export function ClusterPage() {
  const { cluster: slug = '' } = useParams({ strict: false });
  const queries = useQueryClient();
  const key = ['clusters', 'detail', slug];
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const found = await api.call(listClusters, { query: { slug: slug as never } }, { signal });
      const id = found.items[0]?.id;
      return id === undefined ? null : api.call(getCluster, { params: { id } }, { signal });
    },
    refetchInterval: 3000,
  });
  if (query.isPending) return <Skeleton />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
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
  return <OneCluster cluster={query.data} onChanged={() => void queries.invalidateQueries({ queryKey: key })} />;
}

function OneCluster({ cluster, onChanged }: { cluster: Detail; onChanged: () => void }) {
  const navigate = useNavigate();
  const { tab = 'overview' } = useSearch({ strict: false }) as { tab?: string };
  const refusal = useRefusal('clusters:update');
  const isPaused = cluster.state === 'paused';
  const [takesKubeconfig, setTakesKubeconfig] = useState(false);
  const pause = useMutation({
    mutationFn: () => api.call(isPaused ? resumeCluster : pauseCluster, { params: { id: cluster.id } }),
    onSuccess: onChanged,
  });
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
            <ActionButton reason={refusal} pending={pause.isPending} onClick={() => pause.mutate()}>
              {isPaused ? t.resume : t.pause}
            </ActionButton>
          </>
        }
      />
      {takesKubeconfig ? <KubeconfigDialog cluster={cluster} onClose={() => setTakesKubeconfig(false)} /> : null}
      {pause.isError ? <ProblemAlert problem={problemOf(pause.error)} onRetry={() => pause.mutate()} /> : null}
      {cluster.readAt === undefined ? null : (
        <div className="notice stale" role="status">
          <p>
            {t.databaseAway} <AgeText at={cluster.readAt} />.
          </p>
        </div>
      )}
      {cluster.state === 'connected' ? null : (
        <div className="notice stale">
          <p>
            {cluster.stateReason ?? word} {isPaused ? t.pauseHint : null} {t.lastKnown} <AgeText at={cluster.asOf} />.
          </p>
        </div>
      )}
      <Tabs
        label={t.parts}
        current={tab}
        tabs={[
          { key: 'overview', title: t.overview },
          { key: 'events', title: t.events },
          { key: 'settings', title: t.settings },
        ]}
        onChange={(next) =>
          void navigate({
            to: '.',
            search: ((before: object) => ({ ...before, tab: next === 'overview' ? undefined : next })) as never,
          })
        }
      />
      {tab === 'overview' ? (
        <>
          <ClusterFacts cluster={cluster} />
          <ClusterStreams streams={cluster.streams} />
        </>
      ) : null}
      {tab === 'events' ? <ClusterEvents slug={cluster.slug} /> : null}
      {tab === 'settings' ? <ClusterSettings key={cluster.id} cluster={cluster} onChanged={onChanged} /> : null}
    </>
  );
}
