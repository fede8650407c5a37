import type { Readable } from 'node:stream';
import type { Clock } from './clock.ts';
import { WatchRefusal } from './refusals.ts';

/** The body of a stream with limits on how long it may be silent and how long it may last. */
export interface TimedStream {
  readonly chunks: AsyncIterable<Buffer>;
  /** Longest wait for the next byte. It counts only while we read: a reader that is held up is not the cluster's silence. */
  limitSilence(ms: number): void;
  /** From now on. */
  limitTotal(ms: number, message: string): void;
  close(): void;
}

export function timeStream(body: Readable, clock: Clock, signal: AbortSignal): TimedStream {
  let silenceMs = 20_000;
  let cancelTotal = () => {};
  const fail = (message: string) => body.destroy(new WatchRefusal('too_slow', message));
  const onAbort = () => body.destroy();
  body.on('error', () => {});
  if (signal.aborted) body.destroy();
  signal.addEventListener('abort', onAbort);

  function close(): void {
    cancelTotal();
    signal.removeEventListener('abort', onAbort);
    body.destroy();
  }

  async function* read(): AsyncGenerator<Buffer, void, undefined> {
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const cancel = clock.after(silenceMs, () => fail(`The cluster sent nothing for ${silenceMs / 1000} s.`));
        const next = await iterator.next().finally(cancel);
        if (next.done === true) return;
        yield next.value as Buffer;
      }
    } finally {
      close();
    }
  }

  return {
    chunks: read(),
    limitSilence(ms) {
      silenceMs = ms;
    },
    limitTotal(ms, message) {
      cancelTotal();
      cancelTotal = clock.after(ms, () => fail(message));
    },
    close,
  };
}
