import type { WebSocket } from 'ws';
import type { Json } from '../objects/types.ts';

/** Channels of `channel.k8s.io`: the first byte of every message. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Sends on one channel and waits until it is under way. @throws Error once the client is gone */
export function sendOn(socket: WebSocket, number: number, bytes: string | Uint8Array): Promise<void> {
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  return new Promise((resolve, reject) => {
    const message = Buffer.concat([Buffer.of(number), content]);
    socket.send(message, { binary: true }, (error) => (error ? reject(error) : resolve()));
  });
}

/** How a command ended, as the last message tells. */
export const succeeded: Json = { metadata: {}, status: 'Success' };

export function exited(code: number): Json {
  if (code === 0) return succeeded;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

/** The node could not do it. */
export function internalError(message: string): Json {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}
