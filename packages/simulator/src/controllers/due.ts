import { attempt } from './attempt.ts';

/** Work that is due later, behind a single timer: an idle cluster has none running. */
export interface Due {
  /** Replaces what is planned under the same key. */
  at(key: string, delayMs: number, work: () => void): void;
  has(key: string): boolean;
  cancel(key: string): void;
  close(): void;
}

export function createDue(): Due {
  const planned = new Map<string, { at: number; work: () => void }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let armedFor = Number.POSITIVE_INFINITY;

  function arm(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of planned.values()) next = Math.min(next, at);
    if (next === armedFor && timer !== undefined) return;
    clearTimeout(timer);
    armedFor = next;
    timer = next === Number.POSITIVE_INFINITY ? undefined : setTimeout(run, Math.max(0, next - performance.now()));
  }

  function run(): void {
    timer = undefined;
    const now = performance.now();
    for (const [key, { at, work }] of [...planned]) {
      if (at > now + 1) continue;
      planned.delete(key);
      attempt(work);
    }
    arm();
  }

  return {
    at(key, delayMs, work) {
      const at = performance.now() + delayMs;
      planned.set(key, { at, work });
      if (at < armedFor || timer === undefined) arm();
    },
    has: (key) => planned.has(key),
    cancel: (key) => void planned.delete(key),
    close() {
      planned.clear();
      clearTimeout(timer);
    },
  };
}
