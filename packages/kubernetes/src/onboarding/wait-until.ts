import { setTimeout as wait } from 'node:timers/promises';

/** Asks until there is an answer, or `undefined` when the time is up: for what controllers of the cluster do later. */
export async function waitUntil<T>(
  ask: () => Promise<T | undefined>,
  timeoutMs: number,
  everyMs = 200,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() >= deadline) return answer;
    await wait(everyMs);
  }
}
