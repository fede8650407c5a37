const minuteMs = 60_000;
/** A schedule that names no time of the next year names none. */
const farthestDays = 366;

const short: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
};

/** The first time of a cron schedule (five fields, UTC) after a moment; `undefined` for a schedule that is none. */
export function nextTime(schedule: string, after: Date): Date | undefined {
  const fields = (short[schedule.trim()] ?? schedule).trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minutes, hours, days, months, weekdays] = [
    numbersOf(fields[0], 0, 59),
    numbersOf(fields[1], 0, 23),
    numbersOf(fields[2], 1, 31),
    numbersOf(fields[3], 1, 12),
    numbersOf(fields[4], 0, 7),
  ];
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  const isEither = fields[2] !== '*' && fields[4] !== '*';
  const time = new Date(Math.floor(after.getTime() / minuteMs) * minuteMs + minuteMs);
  const end = time.getTime() + farthestDays * 24 * 60 * minuteMs;
  while (time.getTime() < end) {
    const [byDay, byWeekday] = [days.has(time.getUTCDate()), weekdays.has(time.getUTCDay())];
    // Where both are named, one is enough.
    const isDay = months.has(time.getUTCMonth() + 1) && (isEither ? byDay || byWeekday : byDay && byWeekday);
    if (!isDay) time.setUTCHours(24, 0, 0, 0);
    else if (!hours.has(time.getUTCHours())) time.setUTCHours(time.getUTCHours() + 1, 0, 0, 0);
    else if (minutes.has(time.getUTCMinutes())) return time;
    else time.setUTCMinutes(time.getUTCMinutes() + 1);
  }
  return undefined;
}

/** A star, a number, a range, each with or without a step, and lists of them. */
function numbersOf(field: string | undefined, least: number, most: number): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of (field ?? '').split(',')) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return undefined;
    const [, from, to, step] = match;
    const start = from === undefined ? least : Number(from);
    const end = from === undefined ? most : to === undefined ? (step === undefined ? start : most) : Number(to);
    const by = step === undefined ? 1 : Number(step);
    if (start < least || end > most || by < 1) return undefined;
    for (let number = start; number <= end; number += by) numbers.add(number);
  }
  return numbers;
}
