import { clockOf, dayOf } from './age.tsx';
import { placeOf, type Span, TimeAxis } from './time-axis.tsx';
import { t } from './ui.messages.ts';
import { useZone, type Zone } from './zone.ts';

/** A value of a slot of time; `undefined` where there is none: the line breaks there. */
export type PlotPoint = { at: number; value: number | undefined; max?: number | undefined; note?: string | undefined };

const height = 100;
const width = 1000;

/** A round number that nothing exceeds: the top of the axis. */
export function topOf(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((step) => step * power >= most) ?? 10) * power;
}

/** Runs of points that lie next to each other; a slot without a value ends one. */
export function runsOf(points: readonly PlotPoint[], slotMs: number): PlotPoint[][] {
  const runs: PlotPoint[][] = [];
  let last: PlotPoint | undefined;
  for (const point of points) {
    if (point.value === undefined) {
      last = undefined;
      continue;
    }
    if (last === undefined || point.at - last.at > slotMs * 1.5) runs.push([]);
    runs.at(-1)?.push(point);
    last = point;
  }
  return runs;
}

/** A line over time with its highest values shaded; breaks where nothing is known, and says the same as a table. */
export function TimePlot(props: {
  label: string;
  unit: string;
  span: Span;
  slotMs: number;
  points: readonly PlotPoint[];
}) {
  const { span, points, slotMs, unit } = props;
  const zone = useZone();
  const top = topOf(points.flatMap(({ value, max }) => [value ?? 0, max ?? 0]));
  const x = (at: number) => placeOf(at + slotMs / 2, span) * width;
  const y = (value: number) => height - (value / top) * height;
  return (
    <figure className="plot">
      <figcaption className="visually-hidden">{props.label}</figcaption>
      <div className="plot-area">
        <span className="plot-top muted">
          {top.toLocaleString()} {unit}
        </span>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={props.label}>
          <line x1="0" x2={width} y1={height / 2} y2={height / 2} className="plot-grid" />
          {runsOf(points, slotMs).map((run) => (
            <g key={run[0]?.at}>
              <polygon
                className="plot-shade"
                points={[
                  ...run.map(({ at, value = 0, max }) => `${x(at)},${y(max ?? value)}`),
                  ...run.toReversed().map(({ at, value = 0 }) => `${x(at)},${y(value)}`),
                ].join(' ')}
              />
              <polyline
                className="plot-line"
                points={run.map(({ at, value = 0 }) => `${x(at)},${y(value)}`).join(' ')}
              />
              {run.length === 1 && run[0] !== undefined ? (
                <circle className="plot-dot" cx={x(run[0].at)} cy={y(run[0].value ?? 0)} r="2" />
              ) : null}
            </g>
          ))}
        </svg>
        <Hovers
          span={span}
          slots={points.map((point) => ({ at: point.at, words: wordsOf(point, unit, zone) }))}
          slotMs={slotMs}
        />
      </div>
      <TimeAxis span={span} />
    </figure>
  );
}

function wordsOf({ at, value, max, note }: PlotPoint, unit: string, zone: Zone): string {
  const amount = (of: number) => `${Math.round(of).toLocaleString()} ${unit}`;
  return [
    `${dayOf(new Date(at), zone)} ${clockOf(new Date(at), zone)}`,
    value === undefined ? t.noValue : `${amount(value)}${max === undefined ? '' : `, ${t.atMost(amount(max))}`}`,
    note,
  ]
    .filter(Boolean)
    .join('\n');
}

/** What a slot holds, in words, wherever the pointer is above it. */
function Hovers(props: { span: Span; slotMs: number; slots: readonly { at: number; words: string }[] }) {
  const { span, slotMs } = props;
  return props.slots.map(({ at, words }) => {
    const left = placeOf(at, span);
    return (
      <span
        key={at}
        className="plot-slot"
        title={words}
        style={{ left: `${left * 100}%`, width: `${(placeOf(at + slotMs, span) - left) * 100}%` }}
      />
    );
  });
}

export type Bar = { at: number; low: number; high: number };

/** Two amounts a slot, one on the other: what warns below, the rest above it. */
export function TimeBars(props: {
  label: string;
  span: Span;
  slotMs: number;
  bars: readonly Bar[];
  names: { low: string; high: string };
}) {
  const { span, slotMs, bars, names } = props;
  const zone = useZone();
  const top = topOf(bars.map(({ low, high }) => low + high));
  const wide = (slotMs / (span.to - span.from)) * width;
  const gap = Math.min(2, wide / 4);
  return (
    <figure className="plot low">
      <figcaption className="row wrap muted">
        <span className="bar-key low" aria-hidden="true" /> {names.low}
        <span className="bar-key high" aria-hidden="true" /> {names.high}
      </figcaption>
      <div className="plot-area">
        <span className="plot-top muted">{top.toLocaleString()}</span>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={props.label}>
          {bars.map(({ at, low, high }) => {
            const left = placeOf(at, span) * width;
            const [a, b] = [(low / top) * height, (high / top) * height];
            const w = Math.max(1, placeOf(at + slotMs, span) * width - left - gap);
            return (
              <g key={at}>
                <rect className="bar low" x={left} y={height - a} width={w} height={a} />
                <rect className="bar high" x={left} y={height - a - b} width={w} height={b} />
              </g>
            );
          })}
        </svg>
        <Hovers
          span={span}
          slotMs={slotMs}
          slots={bars.map(({ at, low, high }) => ({
            at,
            words: `${dayOf(new Date(at), zone)} ${clockOf(new Date(at), zone)}\n${low.toLocaleString()} ${names.low}\n${high.toLocaleString()} ${names.high}`,
          }))}
        />
      </div>
      <TimeAxis span={span} />
    </figure>
  );
}
