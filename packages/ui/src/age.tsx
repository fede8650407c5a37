import { useEffect, useState } from 'react';
import { t } from './ui.messages.ts';

const minute = 60_000;
const hour = 60 * minute;
const tickMs = 5000;

/** `4 min ago` up to 48 h, then the date. */
export function ageOf(at: Date, now: number): string {
  const ms = Math.max(0, now - at.getTime());
  if (ms < 5000) return t.now;
  if (ms < minute) return t.seconds(Math.round(ms / 1000));
  if (ms < hour) return t.minutes(Math.round(ms / minute));
  if (ms < 48 * hour) return t.hours(Math.round(ms / hour));
  return at.toLocaleDateString();
}

/** `2s`, `4min`, `3h`: for chips. */
export function shortAge(at: Date, now: number): string {
  const ms = Math.max(0, now - at.getTime());
  if (ms < minute) return `${Math.floor(ms / 1000)}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}min`;
  return `${Math.floor(ms / hour)}h`;
}

const two = (n: number, width = 2) => String(n).padStart(width, '0');

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
  if (at === undefined) return <span className="muted">{t.never}</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={exactTime(date)} className="age">
      {ageOf(date, now)}
    </time>
  );
}

/** A day, with the exact time on hover: for ends and dates ahead. */
export function DateText({ at }: { at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={exactTime(date)}>
      {date.toLocaleDateString()}
    </time>
  );
}
