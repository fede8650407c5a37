import { describe, expect, it } from 'vitest';
import { toldTime } from './told-time.ts';

const now = new Date('2026-11-25T19:20:30.500Z');

describe('a time in a sentence', () => {
  it.each([
    ['2026-11-25T19:20:00.500Z', '2026-11-25 19:20 UTC, 30 s ago'],
    ['2026-11-25T19:08:00Z', '2026-11-25 19:08 UTC, 12 min ago'],
    ['2026-11-24T10:00:00Z', '2026-11-24 10:00 UTC, 33 h ago'],
    ['2026-11-01T00:00:00Z', '2026-11-01 00:00 UTC, 24 days ago'],
    ['2026-12-02T19:20:31Z', '2026-12-02 19:20 UTC, in 7 days'],
  ])('%s is told as %s', (at, told) => {
    expect(toldTime(new Date(at), now)).toBe(told);
  });
});
