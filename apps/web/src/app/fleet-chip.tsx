import { AgeText, oldestOf, Popover, StatusDot, shortAge, useNow } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { clusterStatus } from '../features/clusters/index.ts';
import { useFleet } from '../platform/fleet.tsx';
import { useLiveState } from '../platform/live.ts';
import { t } from './shell.messages.ts';

/** How much of the fleet answers, and how old the oldest of it is; below, who does not and why. */
export function FleetChip() {
  const open = useLiveState();
  const fleet = useFleet();
  const now = useNow();
  if (fleet === undefined) return null;
  const watched = fleet.filter((cluster) => cluster.state !== 'paused');
  const away = watched.filter((cluster) => cluster.state !== 'connected');
  const live = watched.filter((cluster) => cluster.state === 'connected');
  const oldest = oldestOf(live);
  const age = oldest === undefined ? '' : shortAge(new Date(oldest), now);
  const status = !open ? 'stale' : fleet.length === 0 ? 'waiting' : away.length > 0 ? 'degraded' : 'healthy';
  return (
    <Popover
      label={t.fleetState}
      align="end"
      title={t.fleetState}
      className="chip-button"
      button={
        <StatusDot status={status}>
          {!open
            ? t.reconnecting(age)
            : fleet.length === 0
              ? t.noClusters
              : t.live(live.length, watched.length, away.length > 0 ? '' : age)}
        </StatusDot>
      }
    >
      {(close) => (
        <div className="stack tight">
          {away.length === 0 ? <p>{fleet.length === 0 ? t.noClusters : t.everyClusterLive}</p> : null}
          <ul className="plain-list">
            {away.map((cluster) => (
              <li key={cluster.id}>
                <StatusDot status={clusterStatus(cluster).status}>
                  <Link to="/clusters/$cluster" params={{ cluster: cluster.slug }} onClick={close}>
                    {cluster.slug}
                  </Link>
                </StatusDot>{' '}
                {cluster.stateReason ?? clusterStatus(cluster).word}{' '}
                <span className="muted">
                  <AgeText at={cluster.asOf} />
                </span>
              </li>
            ))}
          </ul>
          <Link to="/clusters" className="button small" onClick={close}>
            {t.clusters}
          </Link>
        </div>
      )}
    </Popover>
  );
}
