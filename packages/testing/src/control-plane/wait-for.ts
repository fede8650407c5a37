import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is truthy and returns it. A probe that throws counts as "not yet". When time is up, the error
 * tells what the probe said last, its error as its cause.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 60_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    let said: string;
    try {
      const answer = await probe();
      if (answer) return answer;
      said = String(answer);
    } catch (error) {
      problem = error;
      said = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}; last: ${said}`, { cause: problem });
    }
    await delay(everyMs);
  }
}
