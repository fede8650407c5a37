import type { Recurrence } from '@quarterdeck/contracts';
import { occurrencesIn, type Span } from './recurrence.ts';

export type FreezeWindow = { name: string; recurrence: Recurrence; holdsRollbacks: boolean };
/** Until when nothing starts, and which window says so. Times in ms since 1970. */
export type Frozen = { until: number; name: string; holdsRollbacks: boolean };

/** The window that holds longest at `now`; windows that touch are asked again when the first one ends. */
export function frozenAt(windows: readonly FreezeWindow[], now: number): Frozen | undefined {
  const holding = windows.flatMap(({ name, recurrence, holdsRollbacks }) =>
    around(recurrence, now)
      .filter(({ from, to }) => from <= now && now < to)
      .map(({ to }) => ({ until: to, name, holdsRollbacks })),
  );
  return holding.toSorted((a, b) => b.until - a.until)[0];
}

const dayMs = 24 * 3600_000;
const mostKept = 1000;
/** What was reckoned, by the recurrence: releases ask for the same windows every few seconds. */
const reckoned = new Map<string, { span: Span; times: Span[] }>();

function around(recurrence: Recurrence, now: number): Span[] {
  const key = JSON.stringify(recurrence);
  const known = reckoned.get(key);
  if (known !== undefined && known.span.from <= now && now < known.span.to) return known.times;
  const span = { from: now, to: now + dayMs };
  const times = occurrencesIn(recurrence, span);
  if (reckoned.size >= mostKept) reckoned.clear();
  reckoned.set(key, { span, times });
  return times;
}
