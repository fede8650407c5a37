import { describe, expect, it } from 'vitest';
import { ageOf, clockOf, dayOf, durationText, exactTime, shortAge, untilOf } from './age.tsx';

describe('ages', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  it.each([
    ['2026-11-24T11:59:58Z', 'now', '2s'],
    ['2026-11-24T11:59:20Z', '40 s ago', '40s'],
    ['2026-11-24T11:56:00Z', '4 min ago', '4min'],
    ['2026-11-23T12:00:00Z', '24 h ago', '24h'],
  ])('%s is %s, in a chip %s', (at, words, chip) => {
    expect(ageOf(new Date(at), now)).toBe(words);
    expect(shortAge(new Date(at), now)).toBe(chip);
  });

  it('never say that something lies ahead, when a clock is a little wrong', () => {
    expect(ageOf(new Date('2026-11-24T12:00:09Z'), now)).toBe('now');
  });
});

describe('the exact time', () => {
  const at = new Date('2026-11-23T06:02:11.482Z');
  it('names the reader’s zone and UTC', () => {
    expect(exactTime(at, 480)).toBe('2026-11-23 14:02:11.482 +08:00, 06:02:11Z');
    expect(exactTime(at, -210)).toBe('2026-11-23 02:32:11.482 -03:30, 06:02:11Z');
  });
});

describe('days and clocks', () => {
  const at = new Date('2026-11-23T23:02:11.482Z');

  it('are written the same whatever the browser is set to', () => {
    expect(dayOf(at, 'utc')).toBe('2026-11-23');
    expect(clockOf(at, 'utc')).toBe('23:02');
    expect(clockOf(at, 'utc', 'ms')).toBe('23:02:11.482');
    expect(ageOf(at, at.getTime() + 72 * 3_600_000, 'utc')).toBe('2026-11-23');
  });

  it.each([
    [90_000, 'in 2 min'],
    [3_600_000 * 5, 'in 5 h'],
    [3_600_000 * 24 * 30, '2026-12-23'],
    [-120_000, '2 min ago'],
  ])('that lie %d ms ahead are %s', (ahead, words) => {
    expect(untilOf(new Date(at.getTime() + ahead), at.getTime(), 'utc')).toBe(words);
  });
});

describe('how long something took', () => {
  it.each([
    [400, '0 s'],
    [-1000, '0 s'],
    [48_000, '48 s'],
    [192_000, '3 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [7_200_000, '2 h'],
  ])('%d ms are %s', (ms, words) => expect(durationText(ms)).toBe(words));
});
