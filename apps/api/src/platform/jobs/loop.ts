import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../telemetry/logger.ts';

/** Work that is done again and again: at each wake-up, and at the latest after `everyMs`. */
export interface Loop {
  /** Runs soon; many calls while it runs are one more run. */
  wake(): void;
  /** Ends after the run under way. */
  stop(): Promise<void>;
}

/**
 * Starts a loop. A run that throws is logged and tried again after `everyMs`: a loop never dies of one bad turn.
 * Wake-ups come from NOTIFY, which can be lost, so the sweep by time is what makes it correct.
 */
export function startLoop(options: {
  name: string;
  everyMs: number;
  /** After a run, at least: those who wake it meanwhile are one more. */
  restMs?: number;
  run: (signal: AbortSignal) => Promise<void>;
  logger: Logger;
}): Loop {
  const stopping = new AbortController();
  let wakeUp: (() => void) | undefined;
  let woken = false;

  async function main(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      try {
        await options.run(stopping.signal);
      } catch (error) {
        if (stopping.signal.aborted) return;
        options.logger.warn({ err: error, loop: options.name }, 'loop turn failed');
        await wait(Math.min(1000, options.everyMs), undefined, { signal: stopping.signal }).catch(() => {});
      }
      if (options.restMs !== undefined && !stopping.signal.aborted)
        await wait(options.restMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (!woken && !stopping.signal.aborted) await sleep();
    }
  }

  function sleep(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, options.everyMs);
      function done(): void {
        clearTimeout(timer);
        wakeUp = undefined;
        resolve();
      }
      wakeUp = done;
    });
  }

  const running = main();
  return {
    wake() {
      woken = true;
      wakeUp?.();
    },
    async stop() {
      stopping.abort();
      wakeUp?.();
      await running;
    },
  };
}
