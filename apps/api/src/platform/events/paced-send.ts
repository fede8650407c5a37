import { setTimeout as wait } from 'node:timers/promises';
import type { WebSocket } from 'ws';

/** What a reader may leave unread, and for how long. */
export type Pace = { unsentBytes: number; stuckMs: number };

export const defaultPace: Pace = { unsentBytes: 65_536, stuckMs: 60_000 };

const lookMs = 50;
const closeMs = 1000;

/**
 * Sends once the reader has caught up: as long as it has not, whoever calls waits, and so reads nothing more from its
 * own source. A minute behind is the end. Gives whether it was sent.
 */
export async function sendPaced(socket: WebSocket, text: string, signal: AbortSignal, pace: Pace): Promise<boolean> {
  const deadline = performance.now() + pace.stuckMs;
  while (socket.bufferedAmount > pace.unsentBytes) {
    if (signal.aborted || socket.readyState !== socket.OPEN) return false;
    if (performance.now() > deadline) {
      cutSlow(socket);
      return false;
    }
    await wait(lookMs);
  }
  if (socket.readyState !== socket.OPEN) return false;
  socket.send(text);
  return true;
}

/** Ends a socket whose reader is too slow. Who reads nothing takes no close either, so a second later it is torn down. */
export function cutSlow(socket: WebSocket): void {
  socket.close(1013, 'too slow');
  setTimeout(() => socket.terminate(), closeMs).unref();
}
