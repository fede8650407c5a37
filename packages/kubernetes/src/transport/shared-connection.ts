import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { ClusterError } from './cluster-client.ts';

/** What is asked over a connection that others share. */
export type SharedRequest = { path: string; headers: Readonly<Record<string, string | readonly string[]>> };
export type SharedAnswer = {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: ClientHttp2Stream;
  /** Whether the body ended before its end, which is no error by itself. */
  isCut: () => boolean;
};

/** One connection by HTTP/2 and the streams on it. */
export interface SharedConnection {
  /** Takes no more streams than its server allows, and none once it is going away. */
  hasRoom(): boolean;
  /** It ended, and so did all of its streams. */
  isOver(): boolean;
  /** @throws the signal's reason, and what ended the connection */
  get(request: SharedRequest, signal: AbortSignal): Promise<SharedAnswer>;
  close(reason: Error): void;
}

/** Of servers that allow more. Go's default is 250, that of an API server 100. */
const mostStreams = 100;
/** A cluster far away sends so much ahead of our reading, in one stream and in all. */
const streamWindowBytes = 1024 * 1024;
const connectionWindowBytes = 4 * 1024 * 1024;
/** Without a byte for so long, the other side is asked for a sign of life, and has as long again to give it. */
const silenceMs = 15_000;

/**
 * Takes a dialled socket whose server chose HTTP/2; resolves once the server has said how many streams it takes.
 * @throws Error when the connection ends before that
 */
export async function shareConnection(socket: TLSSocket, origin: string): Promise<SharedConnection> {
  const { host } = new URL(origin);
  const streams = new Set<ClientHttp2Stream>();
  let isOpen = true;
  let end = () => {};

  /** Before anything else hears of it: HTTP/2 ends the streams of a connection that is gone as if they were complete. */
  function cut(reason: Error): void {
    isOpen = false;
    end();
    for (const stream of streams) stream.destroy(reason);
  }
  socket.prependListener('close', () =>
    cut(new ClusterError('cluster_unreachable', `The connection to ${host} was closed.`)),
  );

  const session: ClientHttp2Session = connectHttp2(origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: streamWindowBytes },
  });
  session.on('goaway', () => {
    isOpen = false;
  });
  session.on('error', cut);
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve());
    session.once('error', reject);
    session.once('close', () => reject(new Error('the connection was closed')));
  });
  session.setLocalWindowSize(connectionWindowBytes);

  let bytesRead = -1;
  let unanswered = 0;
  const timer = setInterval(() => {
    if (session.destroyed) return;
    const isSilent = socket.bytesRead === bytesRead;
    bytesRead = socket.bytesRead;
    if (!isSilent) unanswered = 0;
    else if (unanswered > 0) close(new ClusterError('cluster_timeout', `${host} gave no sign of life.`));
    else {
      unanswered += 1;
      session.ping(() => {});
    }
  }, silenceMs).unref();
  end = () => clearInterval(timer);

  function close(reason: Error): void {
    cut(reason);
    session.destroy();
    socket.destroy();
  }

  return {
    hasRoom() {
      const { maxConcurrentStreams = mostStreams } = session.remoteSettings;
      return isOpen && streams.size < Math.min(mostStreams, maxConcurrentStreams);
    },
    isOver: () => !isOpen && streams.size === 0,
    get({ path, headers }, signal) {
      return new Promise((resolve, reject) => {
        const stream = session.request({ ...headers, ':method': 'GET', ':path': path }, { endStream: true });
        streams.add(stream);
        const onAbort = () => stream.destroy(signal.reason);
        stream.on('error', reject);
        stream.once('response', (answer) => {
          const { ':status': statusCode = 0, ...given } = answer;
          const fields = Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith(':')));
          resolve({ statusCode, headers: fields, body: stream, isCut: () => stream.rstCode !== 0 });
        });
        stream.once('close', () => {
          streams.delete(stream);
          signal.removeEventListener('abort', onAbort);
          reject(new ClusterError('cluster_unreachable', `${host} ended the exchange without an answer.`));
        });
        signal.addEventListener('abort', onAbort, { once: true });
        if (signal.aborted) onAbort();
      });
    },
    close,
  };
}
