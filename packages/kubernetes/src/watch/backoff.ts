import type { Clock } from './sink.ts';

const firstMs = 800;
const capMs = 30_000;
const healthyMs = 120_000;

/** 0.8 s doubling to 30 s, times 0.5 to 1.5 by chance; starts over after two healthy minutes. */
export function createBackoff(clock: Clock) {
  let failures = 0;
  let healthySince: number | undefined;
  return {
    healthy(): void {
      healthySince ??= clock.now();
    },
    /** How long to wait before the next try; a server's own wish counts when it is longer. */
    next(retryAfterSeconds?: number): number {
      if (healthySince !== undefined && clock.now() - healthySince >= healthyMs) failures = 0;
      healthySince = undefined;
      const wait = Math.min(capMs, firstMs * 2 ** failures) * (0.5 + clock.random());
      failures += 1;
      return Math.max(wait, (retryAfterSeconds ?? 0) * 1000);
    },
  };
}
