import type { ReleasePreview } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';

type Finding = ReleasePreview['findings'][number];

const levels = { info: 'updating', warn: 'degraded', block: 'failed' } as const;
const notices = { info: 'notice', warn: 'notice degraded', block: 'notice failed' } as const;

/** What was found about a target before anything is written there, a note each: the object, the reason, the way out. */
export function FindingNotes({ findings }: { findings: readonly Finding[] }) {
  return findings.map((finding) => (
    <div
      key={`${finding.code} ${finding.object?.kind} ${finding.object?.name} ${finding.detail}`}
      className={notices[finding.level]}
    >
      <div className="breakable">
        <StatusDot status={levels[finding.level]}>{finding.code.replaceAll('_', ' ')}</StatusDot>
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
