import type { ReleaseDetail } from '@quarterdeck/contracts';
import { durationText, StateBand, StatusDot, TimeAxis, TimeText, useNow } from '@quarterdeck/ui';
import { t } from './releases.messages.ts';
import { type Lane, timelineOf } from './timeline.ts';

/** When what happened: a lane for the release, each wave and each target over one axis, and the same as a table. */
export function ReleaseTimeline({ release }: { release: ReleaseDetail }) {
  const { span, lanes } = timelineOf(release, useNow());
  return (
    <section className="panel stack tight" aria-label={t.timeline}>
      <div className="spread wrap">
        <h2>{t.timeline}</h2>
        <ul className="row wrap plain-list lane-keys" aria-hidden="true">
          {t.lane.keys.map(([status, word]) => (
            <li key={word} className="row">
              <i className={`state-key ${status}`} /> {word}
            </li>
          ))}
        </ul>
      </div>
      <div className="lanes">
        {lanes.map((lane) => (
          <div key={lane.key} className={`lane of-${lane.kind}`}>
            <span className="lane-name" title={lane.label}>
              {lane.label}
            </span>
            <StateBand label={wordsOf(lane)} span={span} states={lane.states} marks={lane.marks} axis={false} />
          </div>
        ))}
        <div className="lane">
          <span />
          <TimeAxis span={span} />
        </div>
      </div>
      <details>
        <summary>{t.lane.asTable}</summary>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t.lane.what}</th>
              <th scope="col">{t.state}</th>
              <th scope="col">{t.lane.from}</th>
              <th scope="col">{t.took}</th>
            </tr>
          </thead>
          <tbody>
            {lanes.flatMap((lane) =>
              lane.states.map(({ from, to, status, word, stays }) => (
                <tr key={`${lane.key} ${from} ${word}`}>
                  <th scope="row">{lane.label}</th>
                  <td>
                    <StatusDot status={status}>{word}</StatusDot>
                  </td>
                  <td>
                    <TimeText at={new Date(from).toISOString()} to="seconds" />
                  </td>
                  <td>{stays === true ? t.lane.stays : durationText(to - from)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </details>
    </section>
  );
}

/** A lane in words, for whoever does not see it. */
function wordsOf({ label, states, marks }: Lane): string {
  const parts = [
    ...states.map(({ word, from, to, stays }) => (stays === true ? word : `${word} ${durationText(to - from)}`)),
    ...marks.map(({ word }) => word),
  ];
  return `${label}: ${parts.length === 0 ? t.lane.notBegun : parts.join(', ')}`;
}
