import { describe, expect, it } from 'vitest';
import { ageOf, exactTime, shortAge } from './age.tsx';

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
