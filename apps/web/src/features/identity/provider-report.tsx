import type { ProviderCheck } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';
import { useEffect, useRef } from 'react';
import { t } from './people.messages.ts';

const statuses = { ok: 'healthy', warn: 'degraded', block: 'failed' } as const;

/** What a test saw, worst first, each trouble with its way out. */
export function TestReport({ report }: { report: { ok: boolean; checks: readonly ProviderCheck[] } }) {
  const order = { block: 0, warn: 1, ok: 2 } as const;
  const shown = useRef<HTMLDivElement>(null);
  // It comes below a long form: whoever asked for it sees it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each report anew
  useEffect(() => {
    shown.current?.scrollIntoView({ block: 'start' });
  }, [report]);
  const checks = report.checks.toSorted((a, b) => order[a.level] - order[b.level]);
  return (
    <div ref={shown} className="stack" role="status">
      <strong>{report.ok ? t.works : t.mend}</strong>
      <ul className="attention" aria-label={t.report}>
        {checks.map((check) => (
          <li key={check.id}>
            <StatusDot status={statuses[check.level]}>{t.levels[check.level]}</StatusDot>
            <div className="grow">
              <strong>{check.title}</strong> <span className="muted">{check.detail}</span>
              {check.remedy === undefined ? null : <p className="wrap-anywhere">{check.remedy}</p>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
