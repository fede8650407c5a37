import type { TemplateReport } from '@quarterdeck/contracts';
import { CodeDiff, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { problemOf } from '../../platform/api.ts';
import { t } from './templates.messages.ts';

/** Lint, golden tests and compatibility of a version, worst first; `onRenew` takes what is made now for a test. */
export function ChecksPanel(props: {
  report: UseQueryResult<TemplateReport>;
  isDraft: boolean;
  onRenew?: ((file: string, text: string) => void) | undefined;
}) {
  const { report } = props;
  if (report.isPending) return <Skeleton rows={6} />;
  if (report.isError) return <ProblemAlert problem={problemOf(report.error)} onRetry={() => void report.refetch()} />;
  const { data } = report;
  return (
    <div className={report.isPlaceholderData ? 'stack dimmed' : 'stack'} aria-busy={report.isFetching}>
      {props.isDraft ? (
        <StatusDot status={data.blockers.length === 0 ? 'healthy' : 'failed'}>
          {data.blockers.length === 0 ? t.publishable : t.blockers(data.blockers.length)}
        </StatusDot>
      ) : null}
      {data.problem === undefined ? (
        <>
          <LintList findings={data.lint} />
          <GoldenList tests={data.golden} onRenew={props.onRenew} />
          {props.isDraft ? <Compatibility report={data} /> : null}
        </>
      ) : (
        <div className="notice failed" role="alert">
          <div>
            <strong>{t.notLoading(data.problem.file)}</strong>
            <p>{data.problem.detail}</p>
          </div>
        </div>
      )}
    </div>
  );
}

function LintList({ findings }: { findings: TemplateReport['lint'] }) {
  const sorted = findings.toSorted((a, b) => Number(a.allowed !== undefined) - Number(b.allowed !== undefined));
  return (
    <section className="stack tight">
      <h2>{t.lint}</h2>
      {sorted.length === 0 ? <p className="muted">{t.lintClean}</p> : null}
      <ul className="findings">
        {sorted.map((finding) => (
          <li key={`${finding.rule} ${finding.object}`}>
            <span className={finding.allowed === undefined ? 'badge warn' : 'badge'}>{finding.rule}</span>{' '}
            {finding.object}: {finding.detail}{' '}
            {finding.allowed === undefined ? null : <span className="muted">{t.allowedBecause(finding.allowed)}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function GoldenList(props: {
  tests: TemplateReport['golden'];
  onRenew?: ((file: string, text: string) => void) | undefined;
}) {
  const sorted = props.tests.toSorted((a, b) => Number(a.ok) - Number(b.ok));
  return (
    <section className="stack tight">
      <h2>{t.golden}</h2>
      {sorted.length === 0 ? <p className="muted">{t.noGolden}</p> : null}
      {sorted.map((test) => (
        <div key={test.file} className="stack tight">
          <span className="row">
            <StatusDot status={test.ok ? 'healthy' : 'failed'}>
              {test.ok ? t.goldenOk : (test.problem ?? t.goldenDiffers)}
            </StatusDot>
            <code>{test.file}</code>
            {test.renewed === undefined || props.onRenew === undefined ? null : (
              <button
                type="button"
                className="button small"
                onClick={() => props.onRenew?.(test.file, test.renewed ?? '')}
              >
                {t.takeAsGolden}
              </button>
            )}
          </span>
          {test.ok || test.actual === undefined ? null : (
            <CodeDiff label={test.file} before={test.expected} after={test.actual} />
          )}
        </div>
      ))}
    </section>
  );
}

function Compatibility({ report }: { report: TemplateReport }) {
  const { compatibility } = report;
  return (
    <section className="stack tight">
      <h2>{t.compatibility}</h2>
      {compatibility === undefined ? <p className="muted">{t.firstVersion}</p> : null}
      {compatibility === undefined ? null : (
        <>
          <p>
            {t.against(compatibility.against)}: {t.needsStep(compatibility.needed)}.{' '}
            <span className={compatibility.fits ? 'muted' : 'error'}>{compatibility.fits ? t.fits : t.fitsNot}</span>
          </p>
          {compatibility.changes.length === 0 ? <p className="muted">{t.sameAsBefore}</p> : null}
          <ul className="findings">
            {compatibility.changes.map((change) => (
              <li key={`${change.place} ${change.detail}`}>
                <span className={change.level === 'major' ? 'badge warn' : 'badge'}>{change.level}</span>{' '}
                <code>{change.place}</code> {change.detail}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
