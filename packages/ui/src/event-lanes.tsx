import { Fragment, type ReactNode } from 'react';
import { clockOf, dayOf } from './age.tsx';
import { exactnessOf, placeOf, type Span, TimeAxis } from './time-axis.tsx';
import { useZone } from './zone.ts';

/** Something that happened once, or again and again between two times (ms). */
export type LaneEvent = { key: string; from: number; to: number; isWarning: boolean; words: string };

/**
 * A line of time for each of some things, with what happened to it: a point where it was last, a bar since it began.
 * What each was stands on hover, and in the list that belongs below.
 * @param marks moments that matter to all of them
 */
export function EventLanes(props: {
  label: string;
  span: Span;
  lanes: readonly { key: string; name: ReactNode; events: readonly LaneEvent[] }[];
  marks: readonly { at: number; words: string }[];
  words: { warning: string; other: string; mark: string };
}) {
  const { span, marks, words } = props;
  const zone = useZone();
  const exactly = exactnessOf(span);
  const time = (at: number) => `${dayOf(new Date(at), zone)} ${clockOf(new Date(at), zone, exactly)}`;
  const percent = (at: number) => `${placeOf(at, span) * 100}%`;
  return (
    <figure className="plot">
      <figcaption className="row wrap muted">
        <span className="lane-event warning key" aria-hidden="true" /> {words.warning}
        <span className="lane-event key" aria-hidden="true" /> {words.other}
        {marks.length === 0 ? null : (
          <>
            <span className="lane-mark key" aria-hidden="true" /> {words.mark}
          </>
        )}
      </figcaption>
      <div className="lanes event-lanes">
        {props.lanes.map((lane) => (
          <Fragment key={lane.key}>
            <span className="lane-name">{lane.name}</span>
            <div className="lane-line" aria-hidden="true">
              {marks.map(({ at, words: said }) => (
                <span
                  key={`${at} ${said}`}
                  className="lane-mark"
                  style={{ left: percent(at) }}
                  title={`${said}\n${time(at)}`}
                />
              ))}
              {lane.events.toReversed().map((event) => (
                <Fragment key={event.key}>
                  {event.from < event.to ? (
                    <span
                      className={`lane-span${event.isWarning ? ' warning' : ''}`}
                      style={{
                        left: percent(event.from),
                        width: `${(placeOf(event.to, span) - placeOf(event.from, span)) * 100}%`,
                      }}
                    />
                  ) : null}
                  <span
                    className={`lane-event${event.isWarning ? ' warning' : ''}`}
                    style={{ left: percent(event.to) }}
                    title={`${event.words}\n${time(event.to)}`}
                  />
                </Fragment>
              ))}
            </div>
          </Fragment>
        ))}
        <span />
        <TimeAxis span={span} />
      </div>
    </figure>
  );
}
