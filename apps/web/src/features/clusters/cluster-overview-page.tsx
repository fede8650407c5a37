import { AgeText, EmptyState, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ClusterFacts } from './cluster-facts.tsx';
import { t } from './cluster-page.messages.ts';
import { useOpenedCluster } from './opened-cluster.ts';

/**
 * A cluster at a glance: what is not well first, then how full it is, then what it is.
 * @param children what is told from its rows
 */
export function ClusterOverviewPage({ children }: { children: ReactNode }) {
  const { cluster } = useOpenedCluster();
  const late = cluster.streams.filter(({ state }) => state === 'stale' || state === 'capped');
  const refused = cluster.streams.filter(({ state }) => state === 'forbidden');
  const isUnread = cluster.asOf === undefined && cluster.state !== 'connected';
  const syncing = cluster.streams.filter(({ state }) => state === 'syncing');
  return (
    <>
      {syncing.length === 0 || cluster.state !== 'connected' ? null : (
        <p className="notice">
          <StatusDot status="updating">{t.beingRead(syncing.length)}</StatusDot>
        </p>
      )}
      {late.length === 0 || cluster.state !== 'connected' ? null : (
        <p className="notice">
          <StatusDot status="degraded">{t.unwatched(late.length)}</StatusDot>
          <span className="muted">
            {late
              .slice(0, 4)
              .map(({ kind, state }) => `${kind} ${state}`)
              .join(', ')}
            , <AgeText at={cluster.asOf} />
          </span>
          <Link to="/clusters/$cluster/health" params={{ cluster: cluster.slug }}>
            {t.toHealth}
          </Link>
        </p>
      )}
      {refused.length === 0 || cluster.state !== 'connected' ? null : (
        <p className="muted">
          {t.notOurs(refused.length)}{' '}
          <Link to="/clusters/$cluster/health" params={{ cluster: cluster.slug }}>
            {t.toHealth}
          </Link>
        </p>
      )}
      {isUnread ? <NeverReached slug={cluster.slug} isPaused={cluster.state === 'paused'} /> : children}
      <ClusterFacts cluster={cluster} />
    </>
  );
}

/** Without a row there is no capacity and nothing in trouble to tell: what happens next, and what one can do. */
function NeverReached({ slug, isPaused }: { slug: string; isPaused: boolean }) {
  return (
    <div className="panel">
      <EmptyState
        title={t.neverRead(slug)}
        action={
          <Link to="/clusters/$cluster/settings" params={{ cluster: slug }} className="button primary">
            {t.toVerify}
          </Link>
        }
      >
        {isPaused ? t.neverReadPaused : t.neverReadHint}
      </EmptyState>
    </div>
  );
}
