import { useEffect, useState } from 'react';
import { t } from './ui.messages.ts';
import { offsetOf, useZone, type Zone } from './zone.ts';

const minute = 60_000;
const hour = 60 * minute;
const tickMs = 5000;
/** Past this an age says less than the day. */
const relativeMs = 48 * hour;

/** `4 min ago` up to 48 h, then the day. */
export function ageOf(at: Date, now: number, zone: Zone = 'local'): string {
  const ms = Math.max(0, now - at.getTime());
  if (ms < 5000) return t.now;
  if (ms < minute) return t.seconds(Math.round(ms / 1000));
  if (ms < hour) return t.minutes(Math.round(ms / minute));
  if (ms < relativeMs) return t.hours(Math.round(ms / hour));
  return dayOf(at, zone);
}

/** What lies ahead: `in 4 h` up to 48 h, then the day; what has passed as an age. */
export function untilOf(at: Date, now: number, zone: Zone = 'local'): string {
  const ms = at.getTime() - now;
  if (ms <= 0) return ageOf(at, now, zone);
  if (ms < hour) return t.inMinutes(Math.max(1, Math.round(ms / minute)));
  if (ms < relativeMs) return t.inHours(Math.round(ms / hour));
  return dayOf(at, zone);
}

/** `2s`, `4min`, `3h`: for chips. */
export function shortAge(at: Date, now: number): string {
  const ms = Math.max(0, now - at.getTime());
  if (ms < minute) return `${Math.floor(ms / 1000)}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}min`;
  return `${Math.floor(ms / hour)}h`;
}

/** `2 h 5 min`, `40 s`: the two largest units. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

const two = (n: number, width = 2) => String(n).padStart(width, '0');

/** The clock of a zone as an ISO text. */
const isoIn = (at: Date, zone: Zone) => new Date(at.getTime() + offsetOf(at, zone) * minute).toISOString();

/** `2026-11-23`, the same in every browser. */
export function dayOf(at: Date, zone: Zone): string {
  return isoIn(at, zone).slice(0, 10);
}

/** `14:02:11.482`, down to what is asked for. */
export function clockOf(at: Date, zone: Zone, to: 'minutes' | 'seconds' | 'ms' = 'minutes'): string {
  return isoIn(at, zone).slice(11, { minutes: 16, seconds: 19, ms: 23 }[to]);
}

/**
 * The exact time in the reader's zone and in UTC: `2026-11-23 14:02:11.482 +08:00, 06:02:11Z`.
 * @param offsetMinutes east of UTC; the reader's own unless given
 */
export function exactTime(at: Date, offsetMinutes: number = -at.getTimezoneOffset()): string {
  const local = new Date(at.getTime() + offsetMinutes * minute);
  const iso = local.toISOString();
  const sign = offsetMinutes < 0 ? '-' : '+';
  const away = Math.abs(offsetMinutes);
  const zone = `${sign}${two(Math.floor(away / 60))}:${two(away % 60)}`;
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)} ${zone}, ${at.toISOString().slice(11, 19)}Z`;
}

/** The time of the clock, told every five seconds. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** An age that stays right while it is on screen; the exact times on hover. */
export function AgeText({ at }: { at: string | undefined }) {
  const now = useNow();
  const zone = useZone();
  if (at === undefined) return <span className="muted">{t.never}</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={exactTime(date)} className="age">
      {ageOf(date, now, zone)}
    </time>
  );
}

/** An end or another date ahead, as near as one needs it; the exact times on hover. */
export function DateText({ at }: { at: string }) {
  const now = useNow();
  const zone = useZone();
  const date = new Date(at);
  return (
    <time dateTime={at} title={exactTime(date)} className="age">
      {untilOf(date, now, zone)}
    </time>
  );
}

/**
 * A day and a minute, `2026-11-23 14:02`: where one must know when, not how long ago.
 * @param props.to how exactly: seconds for what follows closely
 */
export function TimeText({ at, to = 'minutes' }: { at: string; to?: 'minutes' | 'seconds' }) {
  const zone = useZone();
  const date = new Date(at);
  return (
    <time dateTime={at} title={exactTime(date)} className="age">
      {dayOf(date, zone)} {clockOf(date, zone, to)}
      {zone === 'utc' ? 'Z' : ''}
    </time>
  );
}
