import type { Status } from './status.tsx';
import { t } from './ui.messages.ts';

export type PodCell = { key: string; status: Status; label: string; old?: boolean };

const most = 60;
const glyphs: Record<Status, string> = {
  healthy: '✓',
  updating: '…',
  degraded: '!',
  failed: '✕',
  unknown: '?',
  waiting: '·',
  stale: '?',
};
const order: readonly Status[] = ['failed', 'degraded', 'stale', 'unknown', 'updating', 'waiting', 'healthy'];

/** Pods as cells with a sign each, trouble first; over 60, counts. */
export function PodMatrix({ pods, onOpen }: { pods: readonly PodCell[]; onOpen: (key: string) => void }) {
  if (pods.length > most) {
    const counts = order.flatMap((status) => {
      const count = pods.filter((pod) => pod.status === status).length;
      return count === 0 ? [] : [{ status, count }];
    });
    return (
      <div className="pods">
        {counts.map(({ status, count }) => (
          <span key={status} className={`pod count status ${status}`}>
            <span aria-hidden="true">{glyphs[status]}</span> {count}
            <span className="visually-hidden">{t.statuses[status]}</span>
          </span>
        ))}
      </div>
    );
  }
  const sorted = pods.toSorted(
    (a, b) => order.indexOf(a.status) - order.indexOf(b.status) || a.key.localeCompare(b.key),
  );
  return (
    <div className="pods">
      {sorted.map((pod) => (
        <button
          key={pod.key}
          type="button"
          className={`pod status ${pod.status} ${pod.old === true ? 'old' : ''}`}
          title={pod.label}
          aria-label={pod.label}
          onClick={() => onOpen(pod.key)}
        >
          <span aria-hidden="true">{glyphs[pod.status]}</span>
        </button>
      ))}
    </div>
  );
}
