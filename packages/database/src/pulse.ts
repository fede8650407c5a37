import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseUnavailableError } from './errors.ts';

/** Tells a slow statement from a PostgreSQL that no longer answers, so that callers wait for the one and not the other. */
export interface Pulse {
  /** Runs the work; raises `DatabaseUnavailableError` as soon as PostgreSQL is seen to be gone, or is known to be. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** Work older than this makes us ask whether anybody is there. */
const patienceMs = 300;
/** Together with twice the patience less than 2 s: what a person waits for a refusal. */
const answerMs = 1200;
const tickMs = 100;
const retryMs = 250;

/** @param ask one question that a healthy PostgreSQL answers at once, on a connection of its own; asked again, the last one hangs */
export function createPulse(options: {
  ask: () => Promise<void>;
  /** PostgreSQL is gone; connections that wait for it are of no more use. */
  onLost: () => void;
}): Pulse {
  const inFlight = new Set<{ since: number; lost: (error: Error) => void }>();
  let lost: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  let asking = false;
  let closed = false;

  /** An answer in time. While our own event loop stands still nobody can answer, so that time does not count. */
  async function answers(): Promise<Error | undefined> {
    const asked = options.ask().then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    return Promise.race([asked, late()]);
  }

  /** Counts in steps: one step, however long the loop took for it, is at most one step of the patience. */
  async function late(): Promise<Error> {
    for (let waited = 0; waited < answerMs; waited += tickMs) await wait(tickMs, undefined, { ref: false });
    // What has arrived by now is read before we judge.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    return new Error(`no answer within ${answerMs} ms`);
  }

  async function tick(): Promise<void> {
    if (inFlight.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const oldest = Math.min(...[...inFlight].map(({ since }) => since));
    if (asking || lost !== undefined || performance.now() - oldest < patienceMs) return;
    asking = true;
    const problem = await answers();
    asking = false;
    if (problem !== undefined && !closed) declareLost(problem);
  }

  function declareLost(problem: Error): void {
    lost = problem;
    for (const work of inFlight) work.lost(new DatabaseUnavailableError(problem));
    options.onLost();
    void untilBack();
  }

  async function untilBack(): Promise<void> {
    while (!closed) {
      lost = await answers();
      if (lost === undefined) return;
      await wait(retryMs, undefined, { ref: false });
    }
  }

  return {
    async guard(work) {
      if (lost !== undefined) throw new DatabaseUnavailableError(lost);
      const gone = Promise.withResolvers<never>();
      // Nobody may be waiting for it any more when it comes.
      gone.promise.catch(() => {});
      const entry = { since: performance.now(), lost: gone.reject };
      inFlight.add(entry);
      timer ??= setInterval(() => void tick(), patienceMs).unref();
      try {
        return await Promise.race([work(), gone.promise]);
      } finally {
        inFlight.delete(entry);
      }
    },
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
