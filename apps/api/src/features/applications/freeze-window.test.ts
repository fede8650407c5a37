import { faultOfRule, recurrenceSchema } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { type FreezeWindow, frozenAt } from './freeze-window.ts';
import { comingUp } from './recurrence.ts';

const at = (text: string) => Date.parse(text);
const window = (starts: string, ends: string, zone: string, rule?: string, name = 'freeze'): FreezeWindow => ({
  name,
  recurrence: { starts, ends, zone, ...(rule === undefined ? {} : { rule }) },
  holdsRollbacks: false,
});
const until = (windows: FreezeWindow[], now: string) => {
  const frozen = frozenAt(windows, at(now));
  return frozen === undefined ? undefined : new Date(frozen.until).toISOString();
};
const berlin = 'Europe/Berlin';
const weekend = window('2026-11-06T18:00', '2026-11-07T08:00', berlin, 'FREQ=WEEKLY;BYDAY=FR');

describe('a freeze window', () => {
  it('that is held once holds from its first to its last moment', () => {
    const once = window('2026-12-20T00:00', '2027-01-03T00:00', berlin);
    expect(until([once], '2026-12-19T22:59:59Z')).toBeUndefined();
    expect(until([once], '2026-12-19T23:00:00Z')).toBe('2027-01-02T23:00:00.000Z');
    expect(until([once], '2027-01-02T23:00:00Z')).toBeUndefined();
    expect(until([once], '2027-12-25T00:00:00Z')).toBeUndefined();
  });

  it('of each week goes by the clock of its zone, over midnight too, and not before its first time', () => {
    expect(until([weekend], '2026-10-30T18:00:00Z')).toBeUndefined();
    expect(until([weekend], '2026-11-27T16:59:00Z')).toBeUndefined();
    expect(until([weekend], '2026-11-27T17:00:00Z')).toBe('2026-11-28T07:00:00.000Z');
    expect(until([weekend], '2026-11-28T06:59:30Z')).toBe('2026-11-28T07:00:00.000Z');
    expect(until([weekend], '2026-11-28T07:00:00Z')).toBeUndefined();
  });

  it('of the night in which the clock is put on or back ends by the new time', () => {
    const saturday = window('2026-01-03T22:00', '2026-01-04T06:00', berlin, 'FREQ=WEEKLY');
    expect(until([saturday], '2026-10-24T21:00:00Z')).toBe('2026-10-25T05:00:00.000Z');
    expect(until([saturday], '2026-03-28T22:00:00Z')).toBe('2026-03-29T04:00:00.000Z');
  });

  it('that begins at a time which the clock skips holds all the same, from when it was put on', () => {
    const skipped = window('2026-03-01T02:30', '2026-03-01T05:00', berlin, 'FREQ=DAILY');
    expect(until([skipped], '2026-03-29T01:29:00Z')).toBeUndefined();
    expect(until([skipped], '2026-03-29T01:30:00Z')).toBe('2026-03-29T03:00:00.000Z');
  });

  it('of each year, each last weekday of a month, or of a number of times, holds then', () => {
    const sale = window('2025-11-10T00:00', '2025-11-12T00:00', 'Asia/Shanghai', 'FREQ=YEARLY');
    expect(until([sale], '2027-11-10T12:00:00Z')).toBe('2027-11-11T16:00:00.000Z');
    const lastFriday = window('2026-01-30T00:00', '2026-01-31T00:00', 'UTC', 'FREQ=MONTHLY;BYDAY=-1FR');
    expect(until([lastFriday], '2026-11-27T12:00:00Z')).toBe('2026-11-28T00:00:00.000Z');
    expect(until([lastFriday], '2026-11-20T12:00:00Z')).toBeUndefined();
    const twice = window('2026-11-02T00:00', '2026-11-03T00:00', 'UTC', 'FREQ=WEEKLY;COUNT=2');
    expect(until([twice], '2026-11-09T12:00:00Z')).toBe('2026-11-10T00:00:00.000Z');
    expect(until([twice], '2026-11-16T12:00:00Z')).toBeUndefined();
  });

  it('gives way to the one that holds longer', () => {
    const allDay = window('2026-11-02T00:00', '2026-11-03T00:00', 'UTC', 'FREQ=DAILY', 'all day');
    expect(frozenAt([weekend, allDay], at('2026-11-27T18:00:00Z'))?.name).toBe('freeze');
    expect(frozenAt([weekend, allDay], at('2026-11-26T18:00:00Z'))?.name).toBe('all day');
  });
});

describe('what is coming up', () => {
  const now = at('2026-11-25T12:00:00Z');
  const times = (freeze: FreezeWindow) =>
    comingUp(freeze.recurrence, now).map(({ from }) => new Date(from).toISOString());

  it('is six weeks of it, or the one time after them', () => {
    expect(times(weekend)).toHaveLength(6);
    expect(times(window('2025-06-01T00:00', '2025-06-02T00:00', 'UTC', 'FREQ=YEARLY'))).toEqual([
      '2027-06-01T00:00:00.000Z',
    ]);
  });

  it('is nothing where it is over, or never comes', () => {
    expect(times(window('2026-11-01T00:00', '2026-11-02T00:00', 'UTC'))).toEqual([]);
    expect(times(window('2026-11-01T00:00', '2026-11-02T00:00', 'UTC', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'))).toEqual(
      [],
    );
  });
});

describe('a rule', () => {
  it.each([
    ['FREQ=WEEKLY;BYDAY=MO,FR'],
    ['FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=3'],
    ['FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=20;UNTIL=20301231'],
  ])('%s can be read', (rule) => expect(faultOfRule(rule)).toBeUndefined());

  it.each([
    ['', 'nothing'],
    ['BYDAY=MO', 'how often'],
    ['FREQ=SECONDLY', 'FREQ=SECONDLY is not understood'],
    ['FREQ=WEEKLY;BYDAY=XX', 'BYDAY=XX is not understood'],
    ['FREQ=WEEKLY;INTERVAL=0', 'INTERVAL=0'],
    ['FREQ=DAILY;FREQ=WEEKLY', 'once'],
    ['FREQ=DAILY;COUNT=2;UNTIL=20270101', 'not by both'],
    ['FREQ=DAILY\nDTSTART:20200101T000000Z', 'is not understood'],
    ['FREQ=DAILY;constructor=1', 'and not constructor'],
  ])('%j is refused in words', (rule, words) => expect(faultOfRule(rule)).toContain(words));

  it('stands in a recurrence with dates that are in the calendar, an end after the start, and a zone', () => {
    const fields = (change: object) =>
      recurrenceSchema
        .safeParse({ starts: '2026-12-20T00:00', ends: '2026-12-21T00:00', zone: 'UTC', ...change })
        .error?.issues.map(({ path }) => path.join('/'));
    expect(fields({})).toBeUndefined();
    expect(fields({ starts: '2026-02-30T00:00' })).toEqual(['starts']);
    expect(fields({ ends: '2026-12-20T00:00' })).toEqual(['ends']);
    expect(fields({ ends: '2029-12-20T00:00' })).toEqual(['ends']);
    expect(fields({ zone: 'Mars/Base' })).toEqual(['zone']);
    expect(fields({ rule: 'FREQ=HOURLY' })).toEqual(['rule']);
  });
});
