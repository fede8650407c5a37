import { type ReactNode, useState } from 'react';
import { AgeText, shortAge, useNow } from './age.tsx';
import { StatusDot } from './status.tsx';
import { t } from './ui.messages.ts';

export type Answer = {
  slug: string;
  state: string;
  asOf?: string | undefined;
  error?: string | undefined;
  /** How much of what the portal grants the cluster's own RBAC shows. */
  sight?: 'part' | 'none' | undefined;
  notice?: string | undefined;
};

/** The oldest data of an answer, as its time in ms. */
export function oldestOf(clusters: readonly { asOf?: string | undefined }[]): number | undefined {
  const times = clusters.flatMap(({ asOf }) => (asOf === undefined ? [] : [Date.parse(asOf)]));
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * Which clusters answered. All of them: a chip with the age of the oldest data. Else a bar that names who is missing,
 * since when and why, above what was answered.
 * @param onExclude leaves the missing clusters out of the view
 */
export function CompletenessBar(props: {
  clusters: readonly Answer[] | undefined;
  onRetry?: (() => void) | undefined;
  onExclude?: ((missing: readonly string[]) => void) | undefined;
  /** The chip in one place and the bar in another: nothing moves when a cluster goes. */
  only?: 'chip' | 'bar';
  /** The way to where it is explained that a cluster is missing, and mended. */
  way?: ((cluster: Answer) => ReactNode) | undefined;
}) {
  const { clusters, onRetry, onExclude } = props;
  const now = useNow();
  const [open, setOpen] = useState(false);
  if (clusters === undefined || clusters.length === 0) return null;
  const missing = clusters.filter((cluster) => cluster.state !== 'live');
  if (missing.length === 0) {
    if (props.only === 'bar') return null;
    const oldest = oldestOf(clusters);
    return (
      <>
        <span className="badge chip" title={t.allAnswered}>
          {t.fleetChip(clusters.length, oldest === undefined ? '' : shortAge(new Date(oldest), now))}
        </span>
        <PartChip clusters={clusters} />
      </>
    );
  }
  if (props.only === 'chip')
    return (
      <>
        <span className="badge chip warn">{t.answered(clusters.length - missing.length, clusters.length)}</span>
        <PartChip clusters={clusters} />
      </>
    );
  const [first, ...others] = missing;
  return (
    <div className="notice stale completeness" role="status">
      <div className="row wrap">
        <StatusDot status="stale">{t.answered(clusters.length - missing.length, clusters.length)}</StatusDot>
        {first === undefined || open ? null : <Missing cluster={first} way={props.way} />}
        {others.length === 0 || open ? null : <span className="muted">{t.oneMore(others.length)}</span>}
        <span className="grow" />
        <span className="row">
          {others.length === 0 ? null : (
            <button type="button" className="button small" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? t.hide : t.show}
            </button>
          )}
          {onExclude === undefined || missing.length === clusters.length ? null : (
            <button
              type="button"
              className="button small"
              onClick={() => onExclude(missing.map((cluster) => cluster.slug))}
            >
              {t.leaveOut}
            </button>
          )}
          {onRetry === undefined ? null : (
            <button type="button" className="button small" onClick={onRetry}>
              {t.tryAgain}
            </button>
          )}
        </span>
      </div>
      {open ? (
        <ul className="plain-list">
          {missing.map((cluster) => (
            <li key={cluster.slug}>
              <Missing cluster={cluster} way={props.way} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** Clusters that answered and whose own roles show the person only a part: nothing is wrong, and nothing is hidden of it. */
function PartChip({ clusters }: { clusters: readonly Answer[] }) {
  const partial = clusters.filter((cluster) => cluster.sight === 'part');
  const noticed = clusters.filter((cluster) => cluster.notice !== undefined);
  if (partial.length + noticed.length === 0) return null;
  const why = [
    ...(partial.length === 0 ? [] : [t.partWhy(partial.map((cluster) => cluster.slug).join(', '))]),
    ...noticed.map((cluster) => `${cluster.slug}: ${cluster.notice}`),
  ].join('\n');
  return (
    <span className="badge chip" title={why}>
      {t.partOf(new Set([...partial, ...noticed]).size)}
      <span className="visually-hidden">{`. ${why}`}</span>
    </span>
  );
}

function Missing({ cluster, way }: { cluster: Answer; way: ((cluster: Answer) => ReactNode) | undefined }) {
  const isHidden = cluster.sight === 'none' && cluster.state === 'denied';
  return (
    <span>
      <strong>{cluster.slug}</strong> {isHidden ? t.hidesAll : (t.answers[cluster.state] ?? cluster.state)}
      {cluster.error === undefined ? '.' : `: ${cluster.error}`}{' '}
      {cluster.asOf === undefined ? null : (
        <span className="muted">
          {t.dataFrom} <AgeText at={cluster.asOf} />.
        </span>
      )}{' '}
      {way?.(cluster)}
    </span>
  );
}
