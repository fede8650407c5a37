import { describe, expect, it } from 'vitest';
import { nextTime } from './cron-schedule.ts';

const after = new Date('2026-11-25T17:08:30Z'); // a Wednesday

describe('the next time of a schedule', () => {
  it.each([
    ['* * * * *', '2026-11-25T17:09:00Z'],
    ['*/15 * * * *', '2026-11-25T17:15:00Z'],
    ['5 3 * * *', '2026-11-26T03:05:00Z'],
    ['0 9-17/4 * * 1-5', '2026-11-26T09:00:00Z'],
    ['30 2 1 * *', '2026-12-01T02:30:00Z'],
    ['0 0 * * 7', '2026-11-29T00:00:00Z'],
    ['0 0 13 * 5', '2026-11-27T00:00:00Z'],
    ['@hourly', '2026-11-25T18:00:00Z'],
  ])('of "%s" is %s', (schedule, time) => {
    expect(nextTime(schedule, after)).toEqual(new Date(time));
  });

  it.each(['', '* * * *', '61 * * * *', '*/0 * * * *', 'x * * * *', '0 0 31 2 *'])('of "%s" is none', (schedule) => {
    expect(nextTime(schedule, after)).toBeUndefined();
  });
});
