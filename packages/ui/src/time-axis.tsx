import { clockOf, dayOf } from './age.tsx';
import { useZone } from './zone.ts';

/** What is plotted over: both ends in ms. */
export type Span = { from: number; to: number };

/** Where a time stands in a span, 0 to 1. */
export function placeOf(at: number, { from, to }: Span): number {
  return to === from ? 0 : Math.min(1, Math.max(0, (at - from) / (to - from)));
}

const minute = 60_000;
const hour = 60 * minute;
const steps = [
  ...[1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[minute, 2 * minute, 5 * minute, hour / 4, hour / 2],
  ...[hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour, 168 * hour],
];
const mostTicks = 9;

/** How exactly times of a span are written: what takes minutes is told apart by seconds. */
export function exactnessOf({ from, to }: Span): 'minutes' | 'seconds' {
  return to - from < hour / 4 ? 'seconds' : 'minutes';
}

/** Round times within a span, few enough to be read. */
export function ticksOf({ from, to }: Span): number[] {
  const step = steps.find((each) => (to - from) / each <= mostTicks) ?? 168 * hour;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step);
}

/** The times below a plot. */
export function TimeAxis({ span }: { span: Span }) {
  const zone = useZone();
  const ticks = ticksOf(span);
  const byDays = (ticks[1] ?? 0) - (ticks[0] ?? 0) > 12 * hour;
  const exactly = (ticks[1] ?? 0) - (ticks[0] ?? 0) < minute ? 'seconds' : 'minutes';
  return (
    <div className="time-axis" aria-hidden="true">
      {ticks.map((at) => {
        const clock = clockOf(new Date(at), zone, exactly);
        return (
          <span key={at} style={{ left: `${placeOf(at, span) * 100}%` }}>
            {byDays || clock === '00:00' ? dayOf(new Date(at), zone).slice(5) : clock}
          </span>
        );
      })}
    </div>
  );
}
