import { describe, expect, it } from 'vitest';
import { durationOf } from './duration.ts';

describe('how long a release took', () => {
  it('is told in seconds, then in minutes', () => {
    expect(durationOf('2026-11-25T12:00:00Z', '2026-11-25T12:00:48Z')).toBe('48 s');
    expect(durationOf('2026-11-25T12:00:00Z', '2026-11-25T12:03:12Z')).toBe('3 min 12 s');
    expect(durationOf('2026-11-25T12:00:01Z', '2026-11-25T12:00:00Z')).toBe('0 s');
  });
});
