import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ClusterError } from './cluster-client.ts';

/** A request as it goes on the wire. */
export type Passage = {
  method: string;
  /** Path and query, encoded. */
  path: string;
  headers: Record<string, string | string[]>;
  body?: Uint8Array | undefined;
};

/** Where an answer goes as it comes, byte for byte. */
export interface AnswerSink {
  /** The first bytes; `resume` goes on after `write` said stop. A `write` or the end follows within a turn. */
  begin(status: number, headers: IncomingHttpHeaders, resume: () => void): void;
  /**
   * In order, as one; none where nothing came with the headers. False: no more for now, and nothing more is read from
   * the cluster.
   */
  write(pieces: readonly Buffer[]): boolean;
  /** With what came together with the end. */
  end(last: readonly Buffer[]): void;
}

/** How a cluster answered a request to become a stream of both directions. */
export type UpgradeAnswer =
  | { kind: 'open'; socket: Duplex; protocol: string }
  | { kind: 'refused'; status: number; headers: IncomingHttpHeaders; body: Buffer };

/** Of an upgrade that was refused so much of the reason is read. */
const refusalBytes = 4096;
/** What Node buffers for one socket: with less a write is not worth it, and no reader is promised more. */
const enoughBytes = 65_536;
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Sends one request and hands its answer on unread. Aborting ends the connection to the cluster, before or after the
 * first byte.
 * @throws the reason of the signal, or what the transport failed with
 */
export function passOn(
  dispatcher: Dispatcher,
  { method, path, headers, body }: Passage,
  sink: AnswerSink,
  { host, signal }: { host: string; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = followSignal(signal, reject);
    const gathered = gather(sink);
    dispatcher.dispatch(
      { method: method as Dispatcher.HttpMethod, path, headers, body: body ?? null },
      {
        onRequestStart: leave.start,
        onResponseStart(controller, status, answered) {
          if (status < 200) return;
          const failure = failureOf(status, host);
          if (failure !== undefined) return controller.abort(failure);
          sink.begin(status, answered, () => controller.resume());
          gathered.begin(controller);
        },
        onResponseData: (_controller, chunk) => gathered.add(chunk),
        onResponseEnd() {
          leave.done();
          sink.end(gathered.take());
          resolve();
        },
        onResponseError(_controller, error) {
          leave.done();
          const last = gathered.take();
          if (last.length > 0) sink.write(last);
          reject(signal.aborted ? signal.reason : error);
        },
      },
    );
  });
}

/**
 * What one turn of the event loop read from the cluster goes on together at its end, or once there is as much as is
 * worth a write: an API server sends a list in pieces of an object, and each write of ours costs as much as it carries.
 */
function gather(sink: AnswerSink) {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let reading: Dispatcher.DispatchController | undefined;
  let turnEnd: NodeJS.Immediate | undefined;
  function take(): readonly Buffer[] {
    clearImmediate(turnEnd);
    turnEnd = undefined;
    const whole = pieces;
    pieces = [];
    bytes = 0;
    return whole;
  }
  function flush(): void {
    // Taken with the end meanwhile.
    if (turnEnd !== undefined && !sink.write(take())) reading?.pause();
  }
  return {
    /** The headers wait for what comes in their turn, and no longer. */
    begin(controller: Dispatcher.DispatchController): void {
      reading = controller;
      turnEnd = setImmediate(flush);
    },
    add(chunk: Buffer): void {
      pieces.push(chunk);
      const before = bytes;
      bytes += chunk.length;
      turnEnd ??= setImmediate(flush);
      // Once the parser is through with what was read: to stop it midway makes it put the rest back.
      if (bytes >= enoughBytes && before < enoughBytes) queueMicrotask(flush);
    },
    take,
  };
}

/**
 * Asks for a WebSocket with one of the protocols. Nothing of the client is sent before the cluster agreed; the frames
 * that follow are its own, and nobody here reads them.
 */
export function passUpgrade(
  dispatcher: Dispatcher,
  { path, headers }: Pick<Passage, 'path' | 'headers'>,
  protocols: readonly string[],
  { host, signal }: { host: string; signal: AbortSignal },
): Promise<UpgradeAnswer> {
  const key = randomBytes(16).toString('base64');
  return new Promise((resolve, reject) => {
    const leave = followSignal(signal, reject);
    const read: Buffer[] = [];
    let refused: { status: number; headers: IncomingHttpHeaders } | undefined;
    const settle = () => {
      leave.done();
      if (refused === undefined) return reject(new ClusterError('cluster_unreachable', `${host} closed the upgrade.`));
      resolve({ kind: 'refused', ...refused, body: Buffer.concat(read).subarray(0, refusalBytes) });
    };
    dispatcher.dispatch(
      {
        method: 'GET',
        path,
        upgrade: 'websocket',
        headers: {
          ...headers,
          'sec-websocket-version': '13',
          'sec-websocket-key': key,
          'sec-websocket-protocol': protocols.join(', '),
        },
      },
      {
        onRequestStart: leave.start,
        onRequestUpgrade(_controller, _status, answered, socket) {
          socket.on('error', () => {});
          leave.done();
          const protocol = String(answered['sec-websocket-protocol'] ?? '');
          if (answered['sec-websocket-accept'] === acceptOf(key) && protocols.includes(protocol)) {
            return resolve({ kind: 'open', socket, protocol });
          }
          socket.destroy();
          reject(new ClusterError('cluster_unreachable', `${host} agreed to an upgrade that nobody asked for.`));
        },
        onResponseStart(controller, status, answered) {
          if (status < 200) return;
          const failure = failureOf(status, host);
          if (failure !== undefined) return controller.abort(failure);
          refused = { status, headers: answered };
        },
        onResponseData(controller, chunk) {
          read.push(chunk);
          if (read.reduce((sum, { length }) => sum + length, 0) < refusalBytes) return;
          settle();
          controller.abort(new ClusterError('answer_too_large', `${host} gave a long reason.`));
        },
        onResponseEnd: settle,
        onResponseError(_controller, error) {
          leave.done();
          reject(signal.aborted ? signal.reason : error);
        },
      },
    );
  });
}

/** What a server must answer to the key of a client (RFC 6455). */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64');
}

/** Ends the request when the signal says so, also while it still waits for a connection. */
function followSignal(signal: AbortSignal, reject: (reason: unknown) => void) {
  let controller: Dispatcher.DispatchController | undefined;
  const abort = () => {
    if (controller === undefined) reject(signal.reason);
    else controller.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  return {
    start(started: Dispatcher.DispatchController) {
      controller = started;
      if (signal.aborted) started.abort(signal.reason);
    },
    done: () => signal.removeEventListener('abort', abort),
  };
}

/** Answers that are about us and the cluster, and not for the client. */
function failureOf(status: number, host: string): ClusterError | undefined {
  if (status === 401) {
    const detail = `${host} refuses the credential that is stored for it: it must be replaced.`;
    return new ClusterError('credential_rejected', detail);
  }
  if (status < 300 || status >= 400 || status === 304) return undefined;
  return new ClusterError('upstream_redirect', `${host} answered with a redirect, which is never followed.`);
}
