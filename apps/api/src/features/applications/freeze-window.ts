import type { Recurrence } from '@quarterdeck/contracts';

export type FreezeWindow = { name: string; recurrence: Recurrence; holdsRollbacks: boolean };
/** Until when nothing starts, and which window says so. Times in ms since 1970. */
export type Frozen = { until: number; name: string; holdsRollbacks: boolean };

const minuteMs = 60_000;
const dayMinutes = 24 * 60;

/** The window that holds longest at `now`; windows that touch are asked again when the first one ends. */
export function frozenAt(windows: readonly FreezeWindow[], now: number): Frozen | undefined {
  const holding = windows.flatMap(({ name, recurrence, holdsRollbacks }) => {
    const until = endOf(recurrence, now);
    return until === undefined ? [] : [{ until, name, holdsRollbacks }];
  });
  return holding.toSorted((a, b) => b.until - a.until)[0];
}

function endOf(recurrence: Recurrence, now: number): number | undefined {
  if (recurrence.kind === 'once') {
    const [from, to] = [Date.parse(recurrence.from), Date.parse(recurrence.to)];
    return from <= now && now < to ? to : undefined;
  }
  const { day, minute } = localTime(now, recurrence.zone);
  const from = minuteOf(recurrence.from);
  const to = minuteOf(recurrence.to);
  const spansMidnight = to <= from;
  const began = recurrence.days.includes(day) && minute >= from;
  if (began && (spansMidnight || minute < to))
    return instantOf(now, recurrence.zone, to + (spansMidnight ? dayMinutes : 0) - minute, to);
  const yesterday = day === 1 ? 7 : day - 1;
  if (spansMidnight && recurrence.days.includes(yesterday) && minute < to)
    return instantOf(now, recurrence.zone, to - minute, to);
  return undefined;
}

/** `minutes` on from now by the wall clock there: where the clock is put on or back on the way, that is not as many. */
function instantOf(now: number, zone: string, minutes: number, wanted: number): number {
  const guess = now - (now % minuteMs) + minutes * minuteMs;
  const off = wanted - localTime(guess, zone).minute;
  const shift = off > dayMinutes / 2 ? off - dayMinutes : off < -dayMinutes / 2 ? off + dayMinutes : off;
  return guess + shift * minuteMs;
}

function minuteOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

const days: Record<string, number> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };
const formats = new Map<string, Intl.DateTimeFormat>();

/** Weekday (Monday is 1) and minute of the day in a zone. */
function localTime(at: number, zone: string): { day: number; minute: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: days[parts.weekday ?? ''] ?? 1, minute: Number(parts.hour) * 60 + Number(parts.minute) };
}
