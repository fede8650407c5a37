import { StatusDot } from '@quarterdeck/ui';
import type { ReactNode } from 'react';
import type { Cause } from '../../platform/pod-cause.ts';
import { t } from './workloads.messages.ts';

/** Why it does not run, what was seen, what to do next. */
export function CauseNotice({ cause, children }: { cause: Cause; children?: ReactNode }) {
  return (
    <section className="notice failed" aria-label={t.cause}>
      <div className="stack tight grow">
        <StatusDot status="failed">
          <strong>{cause.summary}</strong>
        </StatusDot>
        {cause.evidence === '' ? null : (
          <p className="muted breakable">
            {t.evidence}: <code>{cause.evidence}</code>
          </p>
        )}
        {cause.nextStep === undefined ? null : (
          <p>
            {t.next}: {cause.nextStep}
          </p>
        )}
        {children}
      </div>
    </section>
  );
}
