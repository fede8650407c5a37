import type { TLSSocket } from 'node:tls';
import { ClusterError } from '../cluster-client.ts';
import { bodyWindowBytes, ExchangeBody } from './exchange-body.ts';
import {
  createFrameReader,
  errorCodes,
  type Frame,
  flags,
  frame,
  frameHeadBytes,
  frameTypes,
  numberFrame,
  ProtocolBreach,
  preface,
  settings,
  settingsFrame,
  unpad,
} from './frames.ts';
import { createHeaderDecoder, type HeaderFields } from './headers.ts';
import { goAwayFrame, requestFrames, type SharedRequest } from './request-frames.ts';

export type SharedAnswer = { statusCode: number; headers: HeaderFields; body: ExchangeBody };

/** The server did not begin with it: it may be asked again over another connection. */
export class NotBegun extends ClusterError {}

/** One connection by HTTP/2 and the answers that come over it. It only asks: nothing but headers is ever sent. */
export interface SharedConnection {
  /** Takes no more answers than its server allows, and none once it is going away. */
  hasRoom(): boolean;
  /** It ended, and so did all that came over it. */
  isOver(): boolean;
  /** @throws the signal's reason, what ended the connection, NotBegun */
  get(request: SharedRequest, signal: AbortSignal): Promise<SharedAnswer>;
  close(reason: Error): void;
}

type Exchange = {
  id: number;
  /** Once the headers are there. */
  body?: ExchangeBody;
  answered: (answer: SharedAnswer) => void;
  /** Before the headers to who asked, since then to who reads. */
  fail: (reason: Error) => void;
};

/** Of servers that allow more. Go's default is 250, that of an API server 100. */
const mostExchanges = 100;
const connectionWindowBytes = 16 * bodyWindowBytes;
/** The standard's own, before it is widened. */
const firstWindowBytes = 65_535;
const mostHeaderBytes = 64 * 1024;
/** Of our own frames that the server does not take; it is asked with some hundred bytes at a time. */
const mostUnsentBytes = 1024 * 1024;
/** Without a byte for so long, the other side is asked for a sign of life, and has as long again to give it. */
const silenceMs = 10_000;

/**
 * Takes a dialled socket whose server chose HTTP/2; resolves once the server has said how many answers it gives at once.
 * @throws ClusterError when the connection ends before that
 */
export function shareConnection(socket: TLSSocket, origin: string, settingsMs: number): Promise<SharedConnection> {
  const { host } = new URL(origin);
  const exchanges = new Map<number, Exchange>();
  const decoder = createHeaderDecoder();
  let isOpen = true;
  let lastId = -1;
  let allowed = mostExchanges;
  /** Received over the connection, and not allowed again. */
  let used = 0;
  /** Headers that go on in another frame. */
  let begun: { streamId: number; endsStream: boolean; blocks: Buffer[]; bytes: number } | undefined;
  let started = () => {};
  let ended: (reason: Error) => void = () => {};

  function send(bytes: Buffer): void {
    if (socket.destroyed) return;
    socket.write(bytes);
    if (socket.writableLength > mostUnsentBytes) close(unreachable('does not read what it is asked'));
  }

  function unreachable(why: string, cause?: unknown): ClusterError {
    return new ClusterError('cluster_unreachable', `${host} ${why}.`, { cause });
  }

  function close(reason: Error): void {
    isOpen = false;
    clearInterval(timer);
    ended(reason);
    const open = [...exchanges.values()];
    exchanges.clear();
    for (const { fail } of open) fail(reason);
    socket.destroy();
  }

  function take(given: Frame, payload: Buffer, isLast: boolean): void {
    if (socket.destroyed) return;
    if (begun !== undefined && given.type !== frameTypes.continuation)
      throw new ProtocolBreach(errorCodes.protocol, 'headers that are not finished');
    taking[given.type]?.(given, payload, isLast);
  }

  /** @returns nothing for what was given up here, which the server may not know yet. @throws ProtocolBreach */
  function exchangeOf({ streamId: id }: Frame): Exchange | undefined {
    if (id % 2 === 0 || id > lastId) throw new ProtocolBreach(errorCodes.protocol, 'an answer to what was not asked');
    return exchanges.get(id);
  }

  /** The connection's window is given back as bytes arrive: whoever reads slowly holds up none but itself. */
  function takeData(given: Frame, payload: Buffer, isLast: boolean): void {
    used += payload.length;
    if (used >= connectionWindowBytes / 2) {
      send(numberFrame(frameTypes.windowUpdate, 0, used));
      used = 0;
    }
    const exchange = exchangeOf(given);
    if (exchange === undefined) return;
    const { body } = exchange;
    if (body === undefined) throw new ProtocolBreach(errorCodes.protocol, 'a body without headers');
    const content = unpad(given, payload);
    if (!body.receive(content)) throw new ProtocolBreach(errorCodes.flowControl, 'more than was allowed');
    if (content.length < payload.length) body.receivePadding(payload.length - content.length);
    if (isLast && (given.flags & flags.endStream) !== 0) finish(exchange);
  }

  function beginHeaders(given: Frame, payload: Buffer): void {
    begun = { streamId: given.streamId, endsStream: (given.flags & flags.endStream) !== 0, blocks: [], bytes: 0 };
    takeHeaders(given, unpad(given, payload));
  }

  function takeHeaders(given: Frame, block: Buffer): void {
    if (begun?.streamId !== given.streamId) throw new ProtocolBreach(errorCodes.protocol, 'a part of other headers');
    begun.blocks.push(block);
    // Parts that hold nothing cost memory as well.
    begun.bytes += frameHeadBytes + block.length;
    if (begun.bytes > mostHeaderBytes) throw new ProtocolBreach(errorCodes.calm, 'headers that are too large');
    if ((given.flags & flags.endHeaders) === 0) return;
    const { blocks, endsStream } = begun;
    begun = undefined;
    const { ':status': status, ...headers } = decoder.decode(Buffer.concat(blocks));
    const exchange = exchangeOf(given);
    if (exchange === undefined) return;
    const statusCode = Number(status);
    // What comes after the body says nothing that a watch needs; what comes ahead of the answer is none.
    if (exchange.body === undefined && !(statusCode >= 100 && statusCode < 200)) {
      if (!Number.isInteger(statusCode)) throw new ProtocolBreach(errorCodes.protocol, 'an answer without a status');
      exchange.body = bodyOf(exchange);
      exchange.answered({ statusCode, headers, body: exchange.body });
    }
    if (endsStream) finish(exchange);
  }

  function bodyOf({ id }: Exchange): ExchangeBody {
    return new ExchangeBody(
      (bytes) => {
        if (exchanges.has(id)) send(numberFrame(frameTypes.windowUpdate, id, bytes));
      },
      () => giveUp(id),
    );
  }

  function finish({ id, body, fail }: Exchange): void {
    exchanges.delete(id);
    if (body === undefined) fail(unreachable('ended the exchange without an answer'));
    else body.push(null);
  }

  function giveUp(id: number): void {
    if (exchanges.delete(id)) send(numberFrame(frameTypes.rstStream, id, errorCodes.cancel));
  }

  function takeReset(given: Frame, payload: Buffer): void {
    const exchange = exchangeOf(given);
    if (exchange === undefined) return;
    exchanges.delete(exchange.id);
    const isRefused = payload.readUInt32BE(0) === errorCodes.refusedStream && exchange.body === undefined;
    exchange.fail(isRefused ? notBegun() : unreachable('broke its answer off'));
  }

  const notBegun = () => new NotBegun('cluster_unreachable', `${host} took no more requests over this connection.`);

  function takeSettings(given: Frame, payload: Buffer): void {
    if ((given.flags & flags.ack) !== 0) return;
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== settings.maxConcurrentStreams) continue;
      allowed = Math.min(mostExchanges, payload.readUInt32BE(at + 2));
    }
    send(frame(frameTypes.settings, flags.ack, 0));
    started();
  }

  /** What is under way goes on to its end; new ones go elsewhere, and so do those it has not begun with. */
  function takeGoAway(_given: Frame, payload: Buffer): void {
    isOpen = false;
    const last = payload.readUInt32BE(0) & 0x7fff_ffff;
    for (const exchange of [...exchanges.values()]) {
      if (exchange.id <= last) continue;
      exchanges.delete(exchange.id);
      exchange.fail(notBegun());
    }
  }

  /** The rest says nothing to who only asks: priorities, windows for what is never sent, what later standards add. */
  const taking: Readonly<Record<number, typeof takeData>> = {
    [frameTypes.data]: takeData,
    [frameTypes.headers]: beginHeaders,
    [frameTypes.continuation]: takeHeaders,
    [frameTypes.rstStream]: takeReset,
    [frameTypes.settings]: takeSettings,
    [frameTypes.goAway]: takeGoAway,
    [frameTypes.ping](given, payload) {
      if ((given.flags & flags.ack) === 0) send(frame(frameTypes.ping, flags.ack, 0, payload));
    },
    [frameTypes.pushPromise]() {
      throw new ProtocolBreach(errorCodes.protocol, 'a push that was declined');
    },
  };
  const read = createFrameReader(take);
  let bytesRead = -1;
  let silences = 0;
  let idles = 0;
  const timer = setInterval(() => {
    const isSilent = socket.bytesRead === bytesRead;
    bytesRead = socket.bytesRead;
    silences = isSilent ? silences + 1 : 0;
    idles = exchanges.size === 0 ? idles + 1 : 0;
    if (idles > 1) close(unreachable('was not asked any more'));
    else if (silences > 1) setImmediate(judgeSilence);
    else if (isSilent) send(frame(frameTypes.ping, 0, 0, Buffer.alloc(8)));
  }, silenceMs).unref();

  /** After the socket had its turn: where this process itself stood still, the sign of life waits there unread. */
  function judgeSilence(): void {
    if (socket.bytesRead === bytesRead) close(new ClusterError('cluster_timeout', `${host} gave no sign of life.`));
  }

  socket.on('data', (bytes: Buffer) => {
    try {
      read(bytes);
    } catch (error) {
      const breach =
        error instanceof ProtocolBreach ? error : new ProtocolBreach(errorCodes.compression, String(error));
      send(goAwayFrame(breach.code));
      close(unreachable(`does not keep to HTTP/2: ${breach.message}`, breach));
    }
  });
  socket.on('error', (error) => close(unreachable('closed the connection', error)));
  socket.once('end', () => close(unreachable('closed the connection')));
  socket.once('close', () => close(unreachable('closed the connection')));
  send(
    Buffer.concat([
      preface,
      settingsFrame([
        [settings.enablePush, 0],
        [settings.initialWindowSize, bodyWindowBytes],
        [settings.maxHeaderListSize, mostHeaderBytes],
      ]),
      numberFrame(frameTypes.windowUpdate, 0, connectionWindowBytes - firstWindowBytes),
    ]),
  );

  const connection: SharedConnection = {
    hasRoom: () => isOpen && exchanges.size < allowed && lastId < 0x7fff_fffd,
    isOver: () => !isOpen && exchanges.size === 0,
    get(request, signal) {
      return new Promise((resolve, reject) => {
        const id = lastId + 2;
        const bytes = requestFrames(id, request, host);
        lastId = id;
        const onAbort = () => {
          giveUp(id);
          exchange.fail(signal.reason as Error);
        };
        const exchange: Exchange = {
          id,
          answered(answer) {
            answer.body.once('close', () => signal.removeEventListener('abort', onAbort));
            resolve(answer);
          },
          fail(reason) {
            if (exchange.body !== undefined) {
              exchange.body.destroy(reason);
              return;
            }
            signal.removeEventListener('abort', onAbort);
            reject(reason);
          },
        };
        exchanges.set(id, exchange);
        signal.addEventListener('abort', onAbort, { once: true });
        send(bytes);
      });
    },
    close,
  };

  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => close(new ClusterError('cluster_timeout', `${host} chose HTTP/2 and said nothing.`)),
      settingsMs,
    );
    started = () => {
      clearTimeout(late);
      resolve(connection);
    };
    ended = (reason) => {
      clearTimeout(late);
      reject(reason);
    };
    if (!isOpen) ended(unreachable('closed the connection'));
  });
}
