import { clockOf, dayOf } from './age.tsx';
import type { Status } from './status.tsx';
import { exactnessOf, placeOf, type Span, TimeAxis } from './time-axis.tsx';
import { useZone } from './zone.ts';

/** Something that happened at one moment. */
export type StateMark = { at: number; word: string };

export type StateSpan = { from: number; to: number; status: Status; word: string; why?: string | undefined };

/** States on one line of time, each as wide as it lasted; what one of them was stands on hover and in the list below. */
export function StateBand(props: {
  label: string;
  span: Span;
  states: readonly StateSpan[];
  marks?: readonly StateMark[];
  /** Times below it; left out where another band stands below. */
  axis?: boolean;
}) {
  const { span, states } = props;
  const zone = useZone();
  const exactly = exactnessOf(span);
  const time = (at: number) => `${dayOf(new Date(at), zone)} ${clockOf(new Date(at), zone, exactly)}`;
  return (
    <div>
      <div className="state-band" role="img" aria-label={props.label}>
        {states.map((state) => {
          const left = placeOf(state.from, span);
          const words = [`${state.word}, ${time(state.from)} – ${time(state.to)}`, state.why]
            .filter(Boolean)
            .join('\n');
          return (
            <span
              key={`${state.from} ${state.word}`}
              className={`state-span ${state.status}`}
              style={{ left: `${left * 100}%`, width: `${(placeOf(state.to, span) - left) * 100}%` }}
              title={words}
            />
          );
        })}
        {(props.marks ?? []).map(({ at, word }) => (
          <span
            key={`${at} ${word}`}
            className="state-mark"
            style={{ left: `${placeOf(at, span) * 100}%` }}
            title={`${word}, ${time(at)}`}
          />
        ))}
      </div>
      {props.axis === false ? null : <TimeAxis span={span} />}
    </div>
  );
}
