import type { VerificationReport } from '@quarterdeck/contracts';
import { CodeBlock, CopyButton, StatusDot } from '@quarterdeck/ui';

const levels = { ok: 'healthy', warn: 'degraded', block: 'failed' } as const;
const words = { ok: 'ok', warn: 'warning', block: 'must be mended' } as const;

/** What a verification saw, each trouble with its way out, and the manifest we would apply. */
export function Report({ report }: { report: VerificationReport }) {
  const refused = report.candidates.filter((candidate) => candidate.refusal !== undefined);
  return (
    <div className="stack">
      {refused.map((candidate) => (
        <div key={candidate.context} className="notice failed">
          <div>
            <strong>Context {candidate.context}</strong>
            <p>{candidate.refusal?.detail}</p>
            {candidate.refusal?.remedy === undefined ? null : <p className="muted">{candidate.refusal.remedy}</p>}
          </div>
        </div>
      ))}
      <ul className="attention" aria-label="Verification report">
        {report.checks.map((check) => (
          <li key={`${check.id} ${check.title}`}>
            <StatusDot status={levels[check.level]}>{words[check.level]}</StatusDot>
            <div className="grow">
              <strong>{check.title}</strong> <span className="muted">{check.detail}</span>
              {check.remedy === undefined ? null : (
                <div className="stack">
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
          The manifest{' '}
          {report.bootstrap.mode === 'apply'
            ? 'that will be applied'
            : report.bootstrap.mode === 'manual'
              ? 'to apply'
              : 'in the cluster'}
          : {report.bootstrap.changes.filter((change) => change.change !== 'unchanged').length} objects to create or
          change
        </summary>
        <ul>
          {report.bootstrap.changes.map((change) => (
            <li key={`${change.kind} ${change.namespace ?? ''} ${change.name}`}>
              {change.change} {change.kind} <code>{change.name}</code>
            </li>
          ))}
        </ul>
        <pre className="code">{report.bootstrap.manifest}</pre>
        <CopyButton text={report.bootstrap.manifest} label="Copy manifest" />
      </details>
    </div>
  );
}
