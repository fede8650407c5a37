const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A time in a sentence, for people in every zone: `2026-11-25 19:20 UTC, 12 min ago`; what is to come is `in 3 days`. */
export function toldTime(at: Date, now: Date): string {
  const gone = now.getTime() - at.getTime();
  const span = spanOf(Math.abs(gone));
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${gone < 0 ? `in ${span}` : `${span} ago`}`;
}

function spanOf(ms: number): string {
  if (ms < minuteMs) return `${Math.round(ms / 1000)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} days`;
}
