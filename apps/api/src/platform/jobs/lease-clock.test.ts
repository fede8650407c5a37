import { expect, it } from 'vitest';
import { startLease } from './lease-clock.ts';

it('F16 a lease is over by whichever clock went on, once its time has gone by', () => {
  const times = [1000, 50_000];
  const mayWrite = startLease(
    8,
    times.map((_, index) => () => times[index] ?? 0),
  );
  times[0] = 8999;
  expect(mayWrite()).toBe(true);
  // Frozen: the clock that never goes back went on.
  times[0] = 9000;
  expect(mayWrite()).toBe(false);
  // Asleep: the clock of the day went on.
  times[0] = 1000;
  times[1] = 110_000;
  expect(mayWrite()).toBe(false);
});
