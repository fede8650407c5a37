import { StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { type GridRow, type Target, versionOf } from './application-grid.ts';
import { t } from './applications.messages.ts';
import { targetStatus } from './target-status.ts';

/** What runs of a row in one cluster: health, release, version, and what is not as it should be. */
export function GridCell({ row, cluster, isAway }: { row: GridRow; cluster: string; isAway: boolean }) {
  const targets = row.targets.get(cluster);
  if (targets === undefined) return null;
  return (
    <span className="row">
      {targets.map((target) => (
        <InCluster key={target.id} row={row} target={target} isAway={isAway} />
      ))}
    </span>
  );
}

function InCluster({ row, target, isAway }: { row: GridRow; target: Target; isAway: boolean }) {
  const { status, word } = targetStatus(target.health);
  const isKnown = target.health !== 'not_deployed';
  const isStale = isAway && isKnown;
  const version = versionOf(target.image);
  const told = target.state === 'paused' ? t.stoodDown : isStale ? t.was(word) : word;
  const { ahead, debt, drift } = target;
  return (
    <span
      className={isStale ? 'row muted' : 'row'}
      title={[told, target.image, target.healthReason].filter(Boolean).join(' · ')}
    >
      <StatusDot status={target.state === 'paused' ? 'waiting' : isStale ? 'stale' : status}>
        <span className={isKnown && target.state !== 'paused' ? 'visually-hidden' : ''}>{told}</span>
      </StatusDot>
      {target.currentReleaseNumber === undefined ? null : (
        <Link
          to="/applications/$project/$app/$env/releases/$number"
          params={{
            project: row.application.project,
            app: row.application.slug,
            env: row.environment.name,
            number: String(target.currentReleaseNumber),
          }}
        >
          #{target.currentReleaseNumber}
        </Link>
      )}
      {version === undefined ? null : <code>{version}</code>}
      {drift?.state === 'drifted' && !isStale ? (
        <span className="badge warn" title={t.drifted(drift.objects)}>
          {t.driftBadge(drift.objects)}
        </span>
      ) : null}
      {target.state === 'leaving' ? (
        <span className="badge warn" title={t.leaving}>
          {t.leavingBadge}
        </span>
      ) : null}
      {debt === undefined ? null : (
        <span className="badge warn" title={t.owed[debt.reason](debt.releaseNumber)}>
          {t.owedBadge(debt.releaseNumber)}
        </span>
      )}
      {ahead === undefined ? null : (
        <span
          className={ahead.state === 'waiting' ? 'badge' : 'badge warn'}
          title={ahead.reason ?? t.ahead[ahead.state]}
        >
          {t.aheadBadge(ahead.releaseNumber, ahead.state)}
        </span>
      )}
    </span>
  );
}

/** Clusters that are no columns: how many targets there are, and how many of them fail. */
export function RestCell({ row, rest }: { row: GridRow; rest: ReadonlySet<string> }) {
  const targets = [...row.targets].filter(([cluster]) => rest.has(cluster)).flatMap(([, each]) => each);
  if (targets.length === 0) return null;
  const failed = targets.filter(({ health }) => health === 'failed').length;
  const healthy = targets.filter(({ health }) => health === 'healthy').length;
  return (
    <StatusDot status={failed > 0 ? 'failed' : healthy === targets.length ? 'healthy' : 'unknown'}>
      {failed > 0 ? t.failedOf(failed, targets.length) : t.healthyOf(healthy, targets.length)}
    </StatusDot>
  );
}
