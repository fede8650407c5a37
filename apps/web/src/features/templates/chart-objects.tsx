import type { ChartImport } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';
import { t } from './templates.messages.ts';

type ChartObject = ChartImport['objects'][number];

const order = { refused: 0, taken: 1, left_out: 2 } as const;
const status = { refused: 'failed', taken: 'healthy', left_out: 'waiting' } as const;

/** What becomes of each object of a chart, what is refused first; who does without one ticks it. */
export function ChartObjects(props: {
  preview: ChartImport;
  leaveOut: readonly string[];
  onLeaveOut: (keys: string[]) => void;
}) {
  const { leaveOut } = props;
  const objects = props.preview.objects.toSorted((a, b) => rank(a) - rank(b));
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{t.leaveOut}</th>
          <th>{t.chartObject}</th>
          <th>{t.whatBecomes}</th>
        </tr>
      </thead>
      <tbody>
        {objects.map((object) => (
          <tr key={`${object.source} ${object.key}`}>
            <td>
              {object.kind === '?' || (object.state === 'left_out' && !leaveOut.includes(object.key)) ? null : (
                <input
                  type="checkbox"
                  aria-label={t.leaveOutOne(object.kind, object.name)}
                  checked={leaveOut.includes(object.key)}
                  onChange={({ target }) =>
                    props.onLeaveOut(
                      target.checked ? [...leaveOut, object.key] : leaveOut.filter((key) => key !== object.key),
                    )
                  }
                />
              )}
            </td>
            <td className="wrap">
              <strong>{object.kind}</strong> <code className="breakable">{object.name}</code>
              <div className="muted breakable">{object.source}</div>
            </td>
            <td className="wrap">
              <StatusDot
                status={object.state === 'taken' && object.lint.length > 0 ? 'degraded' : status[object.state]}
              >
                {t.chartStates[object.state]}
              </StatusDot>
              {object.detail === undefined ? null : <p>{object.detail}</p>}
              <Lint findings={object.lint} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rank({ state, lint }: ChartObject): number {
  return order[state] * 2 + (lint.length > 0 ? 0 : 1);
}

function Lint({ findings }: { findings: ChartObject['lint'] }) {
  if (findings.length === 0) return null;
  return (
    <details>
      <summary>{t.lintFindings(findings.length)}</summary>
      <ul className="findings">
        {findings.map(({ rule, detail }) => (
          <li key={`${rule} ${detail}`}>
            <span className="badge warn">{rule}</span> {detail}
          </li>
        ))}
      </ul>
    </details>
  );
}
