import type { VerificationReport } from '@quarterdeck/contracts';
import { CodeBlock, StatusDot } from '@quarterdeck/ui';
import { t } from './clusters.messages.ts';
import { changesIn, ManifestChanges } from './manifest-changes.tsx';

const levels = { ok: 'healthy', warn: 'degraded', block: 'failed' } as const;
const order = ['block', 'warn', 'ok'] as const;

/**
 * What a verification saw, worst first, each trouble with its way out, and the manifest we would apply.
 * @param stored of a cluster that is registered already
 */
export function Report({ report, stored = false }: { report: VerificationReport; stored?: boolean }) {
  const refused = report.candidates.filter((candidate) => candidate.refusal !== undefined);
  const count = (level: (typeof order)[number]) => report.checks.filter((check) => check.level === level).length;
  const verdict = count('block') > 0 || !report.acceptable ? 'block' : count('warn') > 0 ? 'warn' : 'ok';
  const checks = report.checks.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  return (
    <div className="stack">
      <p className="row wrap">
        <StatusDot status={levels[verdict]}>
          <strong>
            {verdict === 'ok'
              ? stored
                ? t.verdictAllWell
                : t.verdictOk
              : verdict === 'warn'
                ? (stored ? t.verdictStoredWarn : t.verdictWarn)(count('warn'))
                : t.verdictBlock(Math.max(1, count('block')))}
          </strong>
        </StatusDot>
        {report.version === undefined ? null : (
          <span className="muted">
            {t.answeredIn(report.version, report.latencyMs === undefined ? t.unknown : t.ms(report.latencyMs))}
          </span>
        )}
      </p>
      {refused.map((candidate) => (
        <div key={candidate.context} className="notice failed">
          <div>
            <strong>{t.contextNamed(candidate.context)}</strong>
            <p>{candidate.refusal?.detail}</p>
            {candidate.refusal?.remedy === undefined ? null : <p className="muted">{candidate.refusal.remedy}</p>}
          </div>
        </div>
      ))}
      <ul className="attention report" aria-label={t.report}>
        {checks.map((check) => (
          <li key={`${check.id} ${check.title}`}>
            <StatusDot status={levels[check.level]}>{t.levels[check.level]}</StatusDot>
            <div className="grow breakable">
              <strong>{check.title}</strong> <span className="muted">{check.detail}</span>
              {check.remedy === undefined ? null : (
                <div className="stack tight">
                  <p>{check.remedy.text}</p>
                  {check.remedy.command === undefined ? null : <CodeBlock code={check.remedy.command} />}
                  {check.remedy.yaml === undefined ? null : <CodeBlock code={check.remedy.yaml} />}
                </div>
              )}
            </div>
          </li>
        ))}
      </ul>
      <details>
        <summary>
          {t.manifest[report.bootstrap.mode]}
          {report.bootstrap.changes.length === 0 ? null : `: ${t.objectsToChange(changesIn(report.bootstrap.changes))}`}
        </summary>
        {report.bootstrap.changes.length === 0 ? null : <ManifestChanges changes={report.bootstrap.changes} />}
        <CodeBlock code={report.bootstrap.manifest} />
      </details>
    </div>
  );
}
