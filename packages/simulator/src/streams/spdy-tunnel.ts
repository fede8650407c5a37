import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { OpenPort } from './port-forward.ts';
import { createEmptyBlocks, createHeaderReader } from './spdy-headers.ts';

const frame = { synStream: 1, synReply: 2, reset: 3, ping: 6, goAway: 7 } as const;
const fin = 1;
const headSize = 8;
/** A frame that is longer is none that kubectl sends. */
const longest = 1_048_576;
const mostStreams = 200;

type Stream = { type: string; port: number; connection?: Duplex };

/**
 * Forwards ports as kubectl asks since 1.31: SPDY/3.1 frames inside the messages of a WebSocket. A forwarded connection
 * is two streams with the same `requestID`: `error`, over which we say what goes wrong, and `data`.
 * @returns when the client is gone
 */
export async function serveTunnel(socket: WebSocket, open: OpenPort): Promise<void> {
  const streams = new Map<number, Stream>();
  const errorStreams = new Map<string, number>();
  const headers = createHeaderReader();
  const emptyBlock = createEmptyBlocks();
  let waiting = Buffer.alloc(0);

  const send = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) =>
      socket.send(bytes, { binary: true }, (error) => (error ? reject(error) : resolve())),
    );

  function control(type: number, flags: number, content: Buffer): Promise<void> {
    const head = Buffer.alloc(headSize);
    head.writeUInt16BE(0x8003);
    head.writeUInt16BE(type, 2);
    head.writeUInt32BE(flags * 2 ** 24 + content.length, 4);
    return send(Buffer.concat([head, content]));
  }

  function data(id: number, content: Uint8Array, isLast: boolean): Promise<void> {
    const head = Buffer.alloc(headSize);
    head.writeUInt32BE(id);
    head.writeUInt32BE((isLast ? fin : 0) * 2 ** 24 + content.length, 4);
    return send(Buffer.concat([head, content]));
  }

  function idOf(id: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(id);
    return bytes;
  }

  async function begin(content: Buffer): Promise<void> {
    const id = content.readUInt32BE(0) & 0x7fff_ffff;
    const given = await headers.read(content.subarray(10));
    if (streams.size >= mostStreams) return control(frame.reset, 0, Buffer.concat([idOf(id), idOf(3)]));
    const stream: Stream = { type: given.get('streamtype') ?? '', port: Number(given.get('port')) };
    streams.set(id, stream);
    await control(frame.synReply, 0, Buffer.concat([idOf(id), emptyBlock()]));
    const request = given.get('requestid') ?? '';
    if (stream.type === 'error') errorStreams.set(request, id);
    else if (stream.type === 'data') void forward(id, stream, request).catch(() => end(id));
  }

  async function forward(id: number, stream: Stream, request: string): Promise<void> {
    const connection = open(stream.port);
    const errorId = errorStreams.get(request);
    errorStreams.delete(request);
    const close = async (why: string) => {
      if (errorId !== undefined) await data(errorId, Buffer.from(why), true);
      await data(id, Buffer.alloc(0), true);
      end(id);
      if (errorId !== undefined) streams.delete(errorId);
    };
    if (typeof connection === 'string') return close(connection);
    stream.connection = connection;
    for await (const bytes of connection) await data(id, bytes as Buffer, false);
    await close('');
  }

  function end(id: number): void {
    streams.get(id)?.connection?.destroy();
    streams.delete(id);
  }

  async function takeData(id: number, content: Buffer, flags: number): Promise<void> {
    const connection = streams.get(id)?.connection;
    if (connection === undefined || connection.destroyed) return;
    if (content.length > 0 && !connection.write(content))
      await new Promise<void>((resolve) => {
        connection.once('drain', resolve);
        connection.once('close', resolve);
      });
    if ((flags & fin) !== 0) connection.end();
  }

  async function take(head: Buffer, content: Buffer): Promise<void> {
    const flags = head[4] ?? 0;
    if (((head[0] ?? 0) & 0x80) === 0) return takeData(head.readUInt32BE(0), content, flags);
    const type = head.readUInt16BE(2);
    if (type === frame.synStream) return begin(content);
    if (type === frame.ping) return control(frame.ping, 0, content);
    if (type === frame.reset) end(content.readUInt32BE(0) & 0x7fff_ffff);
    if (type === frame.goAway) socket.close(1000);
  }

  /** Whole frames, one after the other; the client waits while one is worked on. */
  async function drain(): Promise<void> {
    while (waiting.length >= headSize) {
      const length = waiting.readUInt32BE(4) & 0xff_ffff;
      if (length > longest) throw new Error('a frame is too long');
      if (waiting.length < headSize + length) return;
      const head = waiting.subarray(0, headSize);
      const content = waiting.subarray(headSize, headSize + length);
      waiting = waiting.subarray(headSize + length);
      await take(head, content);
    }
  }

  let work = Promise.resolve();
  socket.on('message', (message) => {
    waiting = Buffer.concat([waiting, Buffer.isBuffer(message) ? message : Buffer.from(message as ArrayBuffer)]);
    socket.pause();
    work = work
      .then(drain)
      .then(() => socket.resume())
      // No frames, or the client is gone.
      .catch(() => socket.terminate());
  });
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.on('error', () => {});
  });
  headers.close();
  for (const id of [...streams.keys()]) end(id);
}
