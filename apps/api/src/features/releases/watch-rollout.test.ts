import { expect, it } from 'vitest';
import { untilLook } from './watch-rollout.ts';

it('rollouts that began at any time look at the same moments', () => {
  const at = (nowMs: number, leastMs: number) => nowMs + untilLook(leastMs, 1000, nowMs);
  expect([10_001, 10_250, 10_499].map((now) => at(now, 500))).toEqual([11_000, 11_000, 11_000]);
  expect(at(10_700, 500), 'not before the time that it waits at least').toBe(12_000);
  expect(at(10_000, 30_000)).toBe(40_000);
});
