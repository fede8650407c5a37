import type { WatchedKind } from '../kinds/kind.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import type { Clock } from './clock.ts';
import type { Sink } from './sink.ts';

/** One connection's worth of work: a batcher, and a signal that the sink's failure aborts as well. */
export type Attempt = {
  batcher: Batcher;
  signal: AbortSignal;
  watchSeconds: number;
  end: () => void;
};

export function startAttempt(options: { kind: WatchedKind; sink: Sink; clock: Clock; signal: AbortSignal }): Attempt {
  const { kind, sink, clock, signal } = options;
  const controller = new AbortController();
  const onAbort = () => controller.abort();
  signal.addEventListener('abort', onAbort);
  const batcher = createBatcher({ kind, sink, clock, onFailure: onAbort });
  return {
    batcher,
    signal: controller.signal,
    // Scattered, so that the watches of a fleet do not end together.
    watchSeconds: Math.round(300 + 300 * clock.random()),
    end() {
      signal.removeEventListener('abort', onAbort);
      batcher.close();
    },
  };
}

/** Stores what is in hand, since the version has moved on with it. Gives the error that counts. */
export async function endAttempt(attempt: Attempt | undefined, caught: unknown): Promise<unknown> {
  if (attempt === undefined) return caught;
  try {
    await attempt.batcher.flush();
    return caught;
  } catch (error) {
    return error;
  } finally {
    attempt.end();
  }
}
