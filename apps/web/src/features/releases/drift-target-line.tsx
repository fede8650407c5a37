import type { TargetDrift } from '@quarterdeck/contracts';
import { AgeText, type Status, StatusDot } from '@quarterdeck/ui';
import { t } from './drift.messages.ts';

const statuses: Record<TargetDrift['state'], Status> = {
  same: 'healthy',
  drifted: 'degraded',
  waiting: 'waiting',
  not_compared: 'stale',
  unsettled: 'updating',
};

function wordOf({ state, objects, release }: TargetDrift): string {
  switch (state) {
    case 'same':
      return t.asReleased(release?.number ?? 0);
    case 'drifted':
      return t.differs(objects.length);
    case 'waiting':
      return t.waiting;
    case 'unsettled':
      return t.unsettled;
    case 'not_compared':
      return t.notCompared;
  }
}

/** One target in a line: as released, different, or why nobody knows, with the age of what is known. */
export function DriftTargetLine({ target }: { target: TargetDrift }) {
  return (
    <li className="row wrap">
      <StatusDot status={statuses[target.state]}>
        <strong>{target.cluster}</strong>
      </StatusDot>
      <span>{wordOf(target)}</span>
      {target.state === 'not_compared' ? (
        <span className="muted">
          {target.comparedAt === undefined ? (
            t.neverCompared
          ) : (
            <>
              {t.lastCompared} <AgeText at={target.comparedAt} />
            </>
          )}
          {target.reason === undefined ? null : ` · ${target.reason}`}
        </span>
      ) : null}
    </li>
  );
}
