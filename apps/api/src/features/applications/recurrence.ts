import { msOfWallClock, type Recurrence } from '@quarterdeck/contracts';
import { RRuleTemporal } from 'rrule-temporal';

/** One time that something holds, ms since 1970. */
export type Span = { from: number; to: number };

const dayMs = 24 * 3600_000;
/** How far the clock on the wall can be from UTC. */
const zonesMs = 26 * 3600_000;
const minuteMs = 60_000;
/** Once is a rule as well. */
const once = 'FREQ=DAILY;COUNT=1';
/** More than any rule that the contract lets in needs to come to its next time, unless it has none. */
const maxIterations = 4000;

/**
 * The times that touch a span, first to last. Rules are reckoned by the clock on the wall alone, and what that gives is
 * looked up in the zone afterwards: a time that is skipped where the clock is put on begins when it has been.
 */
export function occurrencesIn(recurrence: Recurrence, span: Span): Span[] {
  const lasts = msOfWallClock(recurrence.ends) - msOfWallClock(recurrence.starts);
  const [from, to] = [new Date(span.from - lasts - zonesMs), new Date(span.to + zonesMs)];
  return ruleOf(recurrence)
    .between(from, to, true)
    .map((start) => spanOf(start, recurrence, lasts))
    .filter((occurrence) => occurrence.from < span.to && occurrence.to > span.from);
}

/**
 * When it holds from now on: all times of the next six weeks, or the one after them; none when it never will again.
 */
export function comingUp(recurrence: Recurrence, now: number): Span[] {
  const soon = occurrencesIn(recurrence, { from: now, to: now + 42 * dayMs });
  if (soon.length > 0) return soon;
  try {
    const next = ruleOf(recurrence).next(new Date(now + 41 * dayMs));
    const lasts = msOfWallClock(recurrence.ends) - msOfWallClock(recurrence.starts);
    return next === null ? [] : [spanOf(next, recurrence, lasts)];
  } catch {
    // A rule such as the 30th of February looks for its next time until it is stopped.
    return [];
  }
}

type Start = NonNullable<ReturnType<RRuleTemporal['next']>>;

function ruleOf({ starts, rule }: Recurrence): RRuleTemporal {
  const dtstart = `${starts.replaceAll(/[-:]/g, '')}00Z`;
  return new RRuleTemporal({ rruleString: `DTSTART:${dtstart}\nRRULE:${rule ?? once}`, maxIterations });
}

function spanOf(start: Start, { zone }: Recurrence, lastsMs: number): Span {
  const wall = start.toPlainDateTime();
  const end = wall.add({ minutes: lastsMs / minuteMs });
  return { from: wall.toZonedDateTime(zone).epochMilliseconds, to: end.toZonedDateTime(zone).epochMilliseconds };
}
