import { describe, expect, it } from 'vitest';
import { freezeWords } from './freeze-words.ts';

const words = (starts: string, ends: string, rule?: string) =>
  freezeWords({ starts, ends, zone: 'Europe/Berlin', ...(rule === undefined ? {} : { rule }) });

describe('a freeze in words', () => {
  it.each([
    [['2026-12-20T00:00', '2027-01-03T08:00'], '20 Dec 2026 00:00 to 3 Jan 2027 08:00, Europe/Berlin'],
    [['2026-12-20T00:00', '2026-12-20T08:00'], '20 Dec 2026 00:00 to 08:00, Europe/Berlin'],
    [
      ['2026-11-06T18:00', '2026-11-07T08:00', 'FREQ=WEEKLY;BYDAY=FR'],
      '18:00 to 08:00 the next day every week on Fri, Europe/Berlin',
    ],
    [
      ['2026-11-06T18:00', '2026-11-09T08:00', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;UNTIL=20270131'],
      '18:00 to 08:00 3 days later every 2 weeks on Mon and Fri until 31 Jan 2027, Europe/Berlin',
    ],
    [
      ['2026-01-30T09:00', '2026-01-30T17:00', 'FREQ=MONTHLY;BYDAY=-1FR;COUNT=3'],
      '09:00 to 17:00 every month on the last Fri 3 times, Europe/Berlin',
    ],
    [
      ['2026-01-30T09:00', '2026-01-30T17:00', 'FREQ=MONTHLY;BYMONTHDAY=1,22,-2;BYMONTH=3,12'],
      '09:00 to 17:00 every month on the 1st, 22nd and 2nd to last in Mar and Dec, Europe/Berlin',
    ],
    [['2026-11-10T00:00', '2026-11-12T00:00', 'FREQ=YEARLY'], '10 Nov 00:00 to 12 Nov 00:00 every year, Europe/Berlin'],
    [
      ['2026-11-10T00:00', '2026-11-10T12:00', 'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1'],
      '00:00 to 12:00 by FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1, Europe/Berlin',
    ],
  ])('%j', ([starts, ends, rule], text) => expect(words(starts ?? '', ends ?? '', rule)).toBe(text));
});
