import { expect, it } from 'vitest';
import { createRate } from './rate.ts';

it('takes so many a second, and as many again in the next', () => {
  let now = 10_000;
  const rate = createRate(2, () => now);
  expect([rate.takes(), rate.takes(), rate.takes()]).toEqual([true, true, false]);
  now = 10_999;
  expect(rate.takes()).toBe(false);
  now = 11_000;
  expect(rate.takes()).toBe(true);
});
