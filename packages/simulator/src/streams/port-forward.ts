import { type Duplex, duplexPair } from 'node:stream';
import type { WebSocket } from 'ws';
import { badRequest } from '../objects/api-error.ts';
import { sendOn } from './channels.ts';

/** Opens a port of the pod; a text says why it cannot. */
export type OpenPort = (port: number) => Duplex | string;

/** The ports that a client asks for in its query. @throws ApiError 400 */
export function portsOf(query: URLSearchParams): number[] {
  const given = query.getAll('ports').flatMap((each) => each.split(','));
  if (given.length === 0) throw badRequest('query parameter "ports" is required');
  return given.map((text) => {
    const port = Number(text);
    if (!/^\d+$/.test(text) || port > 65_535) throw badRequest(`unable to parse "${text}" as a port`);
    if (port < 1) throw badRequest(`port "${text}" must be > 0`);
    return port;
  });
}

/**
 * Two channels a port, `2n` for data and `2n + 1` for what goes wrong; each begins with the port, low byte first.
 * @returns when every port is through
 */
export async function forwardPorts(socket: WebSocket, ports: readonly number[], open: OpenPort): Promise<void> {
  const connections = new Map<number, Duplex>();
  socket.on('message', (data) => {
    const message = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer);
    const connection = connections.get(message[0] ?? -1);
    if (connection === undefined || connection.destroyed) return;
    if (connection.write(message.subarray(1))) return;
    socket.pause();
    connection.once('drain', () => socket.resume());
  });
  const endAll = () => {
    for (const connection of connections.values()) connection.destroy();
  };
  socket.once('close', endAll);
  socket.on('error', endAll);
  await Promise.all(
    ports.map(async (port, index) => {
      const begin = Buffer.of(port & 255, port >> 8);
      await sendOn(socket, 2 * index, begin);
      await sendOn(socket, 2 * index + 1, begin);
      const connection = open(port);
      if (typeof connection === 'string') return sendOn(socket, 2 * index + 1, connection);
      connections.set(2 * index, connection);
      try {
        for await (const bytes of connection) await sendOn(socket, 2 * index, bytes as Buffer);
      } finally {
        connections.delete(2 * index);
      }
    }),
  ).catch(endAll);
  socket.close(1000);
}

/** A connection and its other end. */
export function connect(serve: (other: Duplex) => void): Duplex {
  const [ours, theirs] = duplexPair();
  theirs.on('error', () => ours.destroy());
  ours.on('error', () => theirs.destroy());
  ours.once('close', () => theirs.destroy());
  serve(theirs);
  return ours;
}
