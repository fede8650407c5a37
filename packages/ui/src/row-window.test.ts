import { describe, expect, it } from 'vitest';
import { windowOf } from './row-window.ts';

describe('the rows worth drawing', () => {
  const list = { count: 100_000, rowHeight: 32, height: 640 };

  it('are those in view and a few around them, however long the list', () => {
    const drawn = windowOf({ ...list, scrolled: 320_000 });
    expect(drawn.first).toBe(10_000 - 12);
    expect(drawn.last).toBe(10_020 + 12);
  });

  it('leave the list as high as if all were drawn', () => {
    for (const scrolled of [0, 31, 1_600_000, 100_000 * 32]) {
      const { first, last, before, after } = windowOf({ ...list, scrolled });
      expect(before + (last - first) * 32 + after).toBe(100_000 * 32);
    }
  });

  it('exist even when a list got shorter than it was scrolled', () => {
    const drawn = windowOf({ count: 50, rowHeight: 32, height: 640, scrolled: 90_000 });
    expect(drawn).toEqual({ first: 38, last: 50, before: 38 * 32, after: 0 });
  });
});
