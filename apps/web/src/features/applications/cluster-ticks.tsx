import type { Cluster } from '@quarterdeck/contracts';
import { Skeleton } from '@quarterdeck/ui';
import { TierBadge } from '../../platform/tier-badge.tsx';

export type TickedCluster = Pick<Cluster, 'id' | 'slug' | 'labels' | 'state'>;

/** Clusters to choose some of, each with its tier, its region and what is not as it should be. */
export function ClusterTicks(props: {
  legend: string;
  help: string;
  error: string | undefined;
  /** Absent while they load. */
  clusters: readonly TickedCluster[] | undefined;
  isTicked: (cluster: TickedCluster) => boolean;
  onTick: (cluster: TickedCluster, isTicked: boolean) => void;
}) {
  const { clusters, error } = props;
  return (
    <fieldset className="ticks">
      <legend>{props.legend}</legend>
      {clusters === undefined ? <Skeleton rows={2} /> : null}
      {(clusters ?? []).map((cluster) => (
        <label key={cluster.id} className="option">
          <input
            type="checkbox"
            checked={props.isTicked(cluster)}
            onChange={(event) => props.onTick(cluster, event.target.checked)}
          />
          <strong>{cluster.slug}</strong>
          {cluster.labels.tier === undefined ? null : <TierBadge tier={cluster.labels.tier} />}
          <span className="muted">
            {[cluster.labels.region, cluster.state === 'connected' ? undefined : cluster.state]
              .filter((word) => word !== undefined)
              .join(' · ')}
          </span>
        </label>
      ))}
      <p className={error === undefined ? 'help muted' : 'error'}>{error ?? props.help}</p>
    </fieldset>
  );
}
