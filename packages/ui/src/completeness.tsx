import { AgeText } from './age.tsx';
import { StatusDot } from './status.tsx';

export type Answer = { slug: string; state: string; asOf?: string | undefined; error?: string | undefined };

const words: Record<string, string> = {
  syncing: 'is being read',
  stale: 'is stale',
  capped: 'is cut short',
  denied: 'does not let us read',
  cut_off: 'is cut off',
};

/** Which clusters answered, and which are missing, since when and why. */
export function CompletenessBar({ clusters }: { clusters: readonly Answer[] | undefined }) {
  if (clusters === undefined || clusters.length === 0) return null;
  const missing = clusters.filter((cluster) => cluster.state !== 'live');
  if (missing.length === 0) {
    return (
      <span className="badge" title="Every cluster answered">
        {clusters.length}/{clusters.length} clusters live
      </span>
    );
  }
  return (
    <div className="notice stale" role="status">
      <div className="grow">
        <StatusDot status="stale">
          {clusters.length - missing.length} of {clusters.length} clusters answered
        </StatusDot>
        {missing.map((cluster) => (
          <p key={cluster.slug}>
            <strong>{cluster.slug}</strong> {words[cluster.state] ?? cluster.state}
            {cluster.error === undefined ? '' : `: ${cluster.error}`}
            {cluster.asOf === undefined ? null : (
              <>
                {' '}
                <span className="muted">
                  Showing data from <AgeText at={cluster.asOf} />.
                </span>
              </>
            )}
          </p>
        ))}
      </div>
    </div>
  );
}
