import { useEffect, useState } from 'react';

const minute = 60_000;
const hour = 60 * minute;

/** `4 min ago` up to 48 h, then the date. */
export function ageOf(at: Date, now: number): string {
  const ms = Math.max(0, now - at.getTime());
  if (ms < 5000) return 'now';
  if (ms < minute) return `${Math.round(ms / 1000)} s ago`;
  if (ms < hour) return `${Math.round(ms / minute)} min ago`;
  if (ms < 48 * hour) return `${Math.round(ms / hour)} h ago`;
  return at.toLocaleDateString();
}

/** An age that stays right while it is on screen; the exact times on hover, in the reader's zone and in UTC. */
export function AgeText({ at }: { at: string | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  if (at === undefined) return <span className="muted">never</span>;
  const date = new Date(at);
  const local = date.toLocaleString(undefined, { timeZoneName: 'shortOffset' });
  return (
    <time dateTime={at} title={`${local}, ${date.toISOString()}`}>
      {ageOf(date, now)}
    </time>
  );
}
