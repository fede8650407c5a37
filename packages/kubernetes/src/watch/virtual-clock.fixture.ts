import type { Clock } from './clock.ts';

/** A clock that moves only when told; everything due runs in order. */
export function createVirtualClock(random: () => number = () => 0.5) {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    random,
  };

  /** Lets promises and streams do what they can without time. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Jumps from timer to timer until the condition holds; fails when `maxMs` of its time have passed. */
  async function until(what: string, condition: () => boolean, maxMs = 3_600_000): Promise<void> {
    const end = now + maxMs;
    for (;;) {
      await settle();
      if (condition()) return;
      const next = [...timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) throw new Error(`after ${now} ms there is still not: ${what}`);
      timers.delete(next);
      now = Math.max(now, next.at);
      next.run();
    }
  }

  /** Lets this much time pass. */
  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    for (;;) {
      await settle();
      const next = [...timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.run();
    }
    now = end;
  }

  return { clock, until, advance, settle, pending: () => timers.size };
}
