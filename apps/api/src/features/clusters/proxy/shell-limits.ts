import type { Duplex } from 'node:stream';
import { shellIdleMs, shellMostMs } from '@quarterdeck/contracts';
import { createFrameReader, frameOf } from './frames.ts';

/** How long a shell may stand unused, and how long it may be open at all, ms. */
export type ShellTimes = { idleMs: number; mostMs: number };
export const defaultShellTimes: ShellTimes = { idleMs: shellIdleMs, mostMs: shellMostMs };

export type ShellEnd = 'idle' | 'too long';

const channels = { input: 0, status: 3, resize: 4 } as const;
const opcodes = { binary: 2, close: 8 } as const;
/** What flows without a pause between two frames for so long is cut without a word. */
const lastWordMs = 5000;

/**
 * Ends a shell that nobody types into, or that was open for too long, with a reason that terminals print. To type or to
 * resize the window is to use it; what the container writes is not, and pings are not. Listen before the sockets are
 * joined.
 * @param end called once, after the reason is on its way
 * @returns what stops watching
 */
export function limitShell(
  { client, upstream }: { client: Duplex; upstream: Duplex },
  { idleMs, mostMs }: ShellTimes,
  end: (why: ShellEnd) => void,
): () => void {
  const openedAt = performance.now();
  let usedAt = openedAt;
  const typed = createFrameReader(({ isControl, channel, length }) => {
    if (!isControl && length > 1 && (channel === channels.input || channel === channels.resize))
      usedAt = performance.now();
  });
  const written = createFrameReader(() => {});
  const onTyped = (chunk: Buffer) => typed.read(chunk);
  const onWritten = (chunk: Buffer) => written.read(chunk);
  client.on('data', onTyped);
  upstream.on('data', onWritten);
  let timer = setTimeout(look, Math.min(idleMs, mostMs));

  function look(): void {
    const now = performance.now();
    const left = Math.min(usedAt + idleMs, openedAt + mostMs) - now;
    if (left > 0) {
      timer = setTimeout(look, left);
      return;
    }
    const why = now - usedAt >= idleMs ? 'idle' : 'too long';
    if (written.atBoundary) {
      say(why);
      return;
    }
    const cut = setTimeout(() => end(why), lastWordMs);
    // The frame under way ends first: behind it is room for the last word.
    upstream.on('data', function wait() {
      if (!written.atBoundary) return;
      upstream.off('data', wait);
      clearTimeout(cut);
      say(why);
    });
  }

  function say(why: ShellEnd): void {
    const message =
      why === 'idle'
        ? `Nothing was typed for ${Math.round(idleMs / 60_000)} minutes, so the shell was closed.`
        : `A shell stays open for ${Math.round(mostMs / 3_600_000)} hours at most. Open a new one.`;
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Timeout', message };
    // What the container still writes has no place behind the close.
    upstream.unpipe(client);
    client.write(frameOf(opcodes.binary, Buffer.concat([Buffer.from([channels.status]), json(status)])));
    client.end(frameOf(opcodes.close, Buffer.concat([Buffer.from([0x03, 0xe8]), Buffer.from(message)])));
    end(why);
  }

  return () => {
    clearTimeout(timer);
    client.off('data', onTyped);
    upstream.off('data', onWritten);
  };
}

const json = (value: object) => Buffer.from(JSON.stringify(value));
