import type { ReleasePreview } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';
import { fewOf } from '../../platform/attention.ts';
import { t } from './releases.messages.ts';

type Finding = ReleasePreview['findings'][number];

const levels = { warn: 'degraded', block: 'failed' } as const;
const notices = { info: 'notice', warn: 'notice degraded', block: 'notice failed' } as const;

/** What was found before anything is written, a note each: where, the object, the reason, the way out. */
export function FindingNotes({
  findings,
}: {
  /** `clusters`: where, unless the place of the notes says it. */
  findings: readonly { finding: Finding; clusters?: readonly string[] }[];
}) {
  return findings.map(({ finding, clusters = [] }) => (
    <div
      key={`${finding.code} ${finding.object?.kind} ${finding.object?.name} ${finding.detail} ${clusters.join()}`}
      className={notices[finding.level]}
    >
      <div className="breakable">
        <span className="row wrap">
          {finding.level === 'info' ? (
            <strong>{t.finding(finding.code)}</strong>
          ) : (
            <StatusDot status={levels[finding.level]}>{t.finding(finding.code)}</StatusDot>
          )}{' '}
          {clusters.length === 0 ? null : <span className="muted">{t.inClusters(fewOf(clusters))}</span>}
        </span>
        <p>
          {finding.object === undefined ? '' : `${finding.object.kind} ${finding.object.name}: `}
          {finding.detail}
        </p>
        {finding.field === undefined ? null : (
          <p>
            <code>{finding.field}</code>
          </p>
        )}
        {finding.remedy === undefined ? null : <p className="muted">{finding.remedy}</p>}
      </div>
    </div>
  ));
}
