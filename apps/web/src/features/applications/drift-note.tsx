import type { Application } from '@quarterdeck/contracts';
import { AgeText, StatusDot } from '@quarterdeck/ui';
import { t } from './applications.messages.ts';

type Drift = NonNullable<Application['environments'][number]['targets'][number]['drift']>;

/** Whether a target is still as it was put, where that is not so or not known. */
export function DriftNote({ drift }: { drift: Drift | undefined }) {
  if (drift?.state === 'drifted')
    return (
      <StatusDot status="degraded">
        {t.drifted(drift.objects)}, {t.seen} <AgeText at={drift.since} />
      </StatusDot>
    );
  if (drift?.state !== 'not_compared') return null;
  return (
    <span className="muted" title={drift.reason}>
      {drift.comparedAt === undefined ? (
        t.neverCompared
      ) : (
        <>
          {t.notCompared} <AgeText at={drift.comparedAt} />
        </>
      )}
    </span>
  );
}
