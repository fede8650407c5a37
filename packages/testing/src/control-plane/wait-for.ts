import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is truthy and returns it. A probe that throws counts as "not yet";
 * its last error is told when time is up.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    try {
      const answer = await probe();
      if (answer) return answer;
    } catch (error) {
      problem = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: problem });
    }
    await delay(everyMs);
  }
}
