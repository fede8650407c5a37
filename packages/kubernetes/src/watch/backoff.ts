import type { Clock } from './clock.ts';

const firstMs = 800;
const capMs = 30_000;
const healthyMs = 120_000;

/** Waiting times between attempts: doubling, capped, scattered; back to the start after two healthy minutes. */
export function createBackoff(clock: Clock) {
  let attempts = 0;
  let healthySince: number | undefined;
  return {
    /** The attempt got through. */
    succeeded(): void {
      healthySince ??= clock.now();
    },
    /** What failed before says nothing of what failed now. */
    forget(): void {
      attempts = 0;
    },
    /** Milliseconds to wait after a failure. */
    failed(retryAfterMs = 0): number {
      if (healthySince !== undefined && clock.now() - healthySince >= healthyMs) attempts = 0;
      healthySince = undefined;
      const base = Math.min(capMs, firstMs * 2 ** Math.min(attempts, 10));
      attempts += 1;
      return Math.max(retryAfterMs, base * (0.5 + clock.random()));
    },
  };
}
