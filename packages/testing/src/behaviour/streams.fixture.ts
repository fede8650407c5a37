import { WebSocket } from 'ws';
import type { TestCluster } from './types.ts';

/** A stream of a pod as a client sees it, channel by channel. */
export type Channels = {
  /** The subprotocol that the server chose. */
  protocol: string;
  /** What came on a channel so far. */
  said(channel: number): Buffer;
  send(channel: number, bytes: string | Uint8Array): void;
  /** Resolves with the code of the closing. */
  closed: Promise<number>;
  close(): void;
};

/** A refusal before the connection left HTTP. */
export class UpgradeRefused extends Error {
  readonly status: number;
  readonly body: { reason?: string; message?: string };
  constructor(status: number, body: { reason?: string; message?: string }) {
    super(`${status}: ${body.message}`);
    this.status = status;
    this.body = body;
  }
}

/** @throws UpgradeRefused */
export function openChannels(
  { server, caPem: ca, adminToken }: TestCluster,
  path: string,
  protocols: string[],
  token = adminToken,
): Promise<Channels> {
  const address = new URL(path, server.replace('https', 'wss'));
  const socket = new WebSocket(address, protocols, { ca, headers: { authorization: `Bearer ${token}` } });
  const said = new Map<number, Buffer[]>();
  socket.on('message', (data) => {
    const bytes = Buffer.from(data as Buffer);
    const channel = bytes[0] ?? 0;
    said.set(channel, [...(said.get(channel) ?? []), bytes.subarray(1)]);
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('unexpected-response', (_, response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => {
        const isJson = text.startsWith('{');
        reject(new UpgradeRefused(response.statusCode ?? 0, isJson ? JSON.parse(text) : { message: text }));
      });
    });
    socket.once('open', () =>
      resolve({
        protocol: socket.protocol,
        said: (channel) => Buffer.concat(said.get(channel) ?? []),
        send: (channel, bytes) => socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(bytes)])),
        closed,
        close: () => socket.close(),
      }),
    );
  });
}
