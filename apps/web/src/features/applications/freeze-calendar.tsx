import type { Freeze } from '@quarterdeck/contracts';
import { StateBand, useNow } from '@quarterdeck/ui';
import { t } from './delivery.messages.ts';
import { freezeWords } from './freeze-words.ts';

const weeks = 6;
const dayMs = 24 * 3600_000;
const minuteMs = 60_000;

/** The next six weeks on one line of time, a line for each freeze; what each is stands in the table as well. */
export function FreezeCalendar({ windows }: { windows: readonly Freeze[] }) {
  const from = Math.floor(useNow() / minuteMs) * minuteMs;
  const span = { from, to: from + weeks * 7 * dayMs };
  const shown = windows.filter(({ next }) => next.some((time) => Date.parse(time.from) < span.to));
  if (shown.length === 0) return null;
  return (
    <div className="panel stack tight">
      <h3>{t.nextWeeks(weeks)}</h3>
      {shown.map((freeze, index) => (
        <div key={freeze.id} className="freeze-line">
          <span className="clip" title={freezeWords(freeze.recurrence)}>
            {freeze.name}
          </span>
          <StateBand
            label={t.bandOf(freeze.name, freeze.next.length)}
            span={span}
            axis={index === shown.length - 1}
            states={freeze.next.map((time) => ({
              from: Math.max(Date.parse(time.from), span.from),
              to: Math.min(Date.parse(time.to), span.to),
              status: 'degraded',
              word: freeze.name,
            }))}
          />
        </div>
      ))}
    </div>
  );
}
