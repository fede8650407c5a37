import type { AddressGuard } from '@quarterdeck/outbound';
import { Client, type Dispatcher, Pool } from 'undici';
import { type BreakerLimits, createBreaker } from './breaker.ts';
import {
  type ClusterClient,
  type ClusterEndpoint,
  ClusterError,
  type ClusterErrorCode,
  type ClusterRequest,
  type ClusterResponse,
  type ClusterStream,
  type Priority,
  type Retirable,
} from './cluster-client.ts';
import { addressOf, createConnectors } from './connector.ts';
import { createPassages, type Passages } from './create-passages.ts';
import { startDeadline } from './deadline.ts';
import { causeCode, toClusterError } from './failures.ts';
import { createGate, type Gate } from './gate.ts';
import { createSharedConnections } from './http2/shared-connections.ts';
import { identityHeaders } from './identity-headers.ts';
import { createOccupancy } from './occupancy.ts';
import { readBody } from './read-body.ts';
import { requestPath } from './request-path.ts';
import { parseWarnings } from './warnings.ts';

export type ClusterClientLimits = {
  /** Requests under way per pool. */
  pools: Record<Priority, number>;
  /** Streams open at once. */
  streams: number;
  queue: number;
  queueWaitMs: number;
  connectTimeoutMs: number;
  requestTimeoutMs: number;
  maxAnswerBytes: number;
  breaker: BreakerLimits;
};

export const defaultLimits: ClusterClientLimits = {
  pools: { interactive: 8, deploy: 8, background: 4, probe: 1 },
  streams: 500,
  queue: 100,
  queueWaitMs: 2000,
  connectTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  maxAnswerBytes: 32 * 1024 * 1024,
  breaker: { failures: 5, windowMs: 5000, retryMs: 10_000, silenceMs: 4000 },
};

export type ClusterClientOptions = {
  endpoint: ClusterEndpoint;
  guard: AddressGuard;
  limits?: Partial<ClusterClientLimits>;
  /** Milliseconds that never go back; `performance.now` unless told. */
  now?: () => number;
};

type Message = {
  method: ClusterRequest['method'];
  path: string;
  headers: Record<string, string | string[]>;
  body: string | Uint8Array | undefined;
};
type Sent = Pick<ClusterStream, 'headers' | 'body'> & { statusCode: number };
type Sender = { request(message: Message & { signal: AbortSignal }): Promise<Sent> };
const transportFailures = new Set<ClusterErrorCode>(['cluster_unreachable', 'cluster_timeout', 'tls_untrusted']);
type Lane<D = Dispatcher> = { gate: Gate; dispatcher: () => D };

/**
 * A client for one cluster with its own connector, TLS sessions, pools, queue and breaker, so that one cluster that
 * hangs takes nothing from another. Dials nothing until the first request.
 */
export function createClusterClient(options: ClusterClientOptions): ClusterClient & Passages & Retirable {
  const { endpoint, guard } = options;
  const { credential } = endpoint;
  const limits = { ...defaultLimits, ...options.limits };
  const breaker = createBreaker(limits.breaker, options.now ?? (() => performance.now()));
  const connectors = createConnectors({ endpoint, guard, connectTimeoutMs: limits.connectTimeoutMs });
  const { prefix } = addressOf(endpoint);
  const { origin, host } = new URL(endpoint.server);
  // Timeouts are ours, by signal: they cover queue, connect, headers and body in one.
  const connection = {
    connect: connectors.http1,
    pipelining: 1,
    keepAliveTimeout: 20_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const dispatchers = new Set<Dispatcher>();
  const lanes = new Map<Priority, Lane>();
  const streamClients = new Set<Client>();
  const shared = createSharedConnections(connectors.either, origin, limits.connectTimeoutMs);
  const streamGate = createGate({ concurrent: limits.streams, queue: 0, waitMs: 0 });
  const occupancy = createOccupancy();
  /** Why nothing new is taken. */
  let closed: ClusterError | undefined;

  function keep<D extends Dispatcher>(dispatcher: D): D {
    dispatchers.add(dispatcher);
    return dispatcher;
  }

  function laneOf(name: Priority): Lane {
    const existing = lanes.get(name);
    if (existing !== undefined) return existing;
    const concurrent = limits.pools[name];
    // The gate bounds them: one whose reader is slow stands beside it, on a connection that nobody else may wait for.
    const pool = keep(new Pool(origin, { ...connection, connections: name === 'interactive' ? null : concurrent }));
    const gate = createGate({ concurrent, queue: limits.queue, waitMs: limits.queueWaitMs });
    const lane = { gate, dispatcher: () => pool };
    lanes.set(name, lane);
    return lane;
  }

  /** A connection for one stream: undici's pool would dial again for each request that is given up midway. */
  function streamLane(): Lane & { end(): void } {
    let client: Client | undefined;
    return {
      gate: streamGate,
      dispatcher() {
        client = keep(new Client(origin, connection));
        streamClients.add(client);
        return client;
      },
      end() {
        if (client === undefined) return;
        dispatchers.delete(client);
        streamClients.delete(client);
        client.destroy().catch(() => {});
      },
    };
  }

  /** Among the other watches on a connection, where the cluster can; else on one of its own. */
  function watchLane(): Lane<Sender> & { end(): void } {
    const own = streamLane();
    return {
      ...own,
      dispatcher: () => ({
        request: async (message) => (await shared.get(message, message.signal)) ?? own.dispatcher().request(message),
      }),
    };
  }

  /** Everything that can be the caller's fault, before anything is sent. */
  function messageOf(request: ClusterRequest): Message {
    return {
      method: request.method,
      path: requestPath(prefix, request),
      headers: headersOf(request, endpoint),
      body: bodyOf(request),
    };
  }

  async function send(dispatcher: Sender, message: Message, signal: AbortSignal): Promise<Sent> {
    signal.throwIfAborted();
    try {
      return await dispatcher.request({ ...message, signal });
    } catch (error) {
      // A kept-alive connection that the server closed meanwhile; reading again changes nothing there.
      const stale = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(causeCode(error));
      if (message.method !== 'GET' || !stale || signal.aborted) throw error;
      return dispatcher.request({ ...message, signal });
    }
  }

  /** Takes a place in the lane. @throws ClusterError when it is full, the breaker open or the client closed */
  async function enter(lane: Lane<unknown>, signal: AbortSignal, priority?: Priority): Promise<() => void> {
    if (closed !== undefined) throw closed;
    if (priority !== 'probe' && !breaker.mayTry()) {
      throw new ClusterError('cluster_unreachable', `${host} did not answer lately; it is tried again every 10 s.`);
    }
    return lane.gate.enter(signal);
  }

  function countFailure({ code }: ClusterError): void {
    if (transportFailures.has(code)) breaker.failed();
  }

  /** Runs one exchange inside its lane: queue, breaker, deadline, error mapping. */
  async function exchange<T>(
    lane: Lane<Sender>,
    request: ClusterRequest,
    use: (sent: Sent, ongoing: { release: () => void; stopTimer: () => void }) => Promise<T>,
  ): Promise<T> {
    const message = messageOf(request);
    const deadline = startDeadline(request, limits.requestTimeoutMs, host);
    const isOver = occupancy.begin();
    let leave = () => {};
    const release = () => {
      deadline.end();
      leave();
      isOver();
    };
    try {
      leave = await enter(lane, deadline.signal, request.priority);
      const sent = await sendCounted(lane.dispatcher(), message, deadline.signal);
      if (sent.statusCode >= 300 && sent.statusCode < 400 && sent.statusCode !== 304) {
        sent.body.on('error', () => {}).destroy();
        throw new ClusterError('upstream_redirect', `${host} answered with a redirect, which is never followed.`);
      }
      return await use(sent, { release, stopTimer: deadline.stopTimer });
    } catch (error) {
      release();
      throw toClusterError(error, host);
    }
  }

  async function sendCounted(dispatcher: Sender, message: Message, signal: AbortSignal): Promise<Sent> {
    let counted = false;
    const timer = setTimeout(() => {
      counted = breaker.unanswered();
    }, limits.breaker.silenceMs);
    try {
      const sent = await orGiveUp(send(dispatcher, message, signal), signal);
      breaker.answered();
      return sent;
    } catch (error) {
      if (!counted) countFailure(toClusterError(error, host));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  const { destroyTunnels, ...passages } = createPassages({
    host,
    prefix,
    credentialHeaders: credentialHeaders(endpoint),
    async enter(name, signal) {
      const lane: Lane & { end?: () => void } = name === 'stream' ? streamLane() : laneOf(name);
      const vacate = occupancy.begin();
      let leave = await enter(lane, signal).catch((error: unknown) => {
        vacate();
        throw error;
      });
      let isOver = false;
      let isBeside = name === 'stream';
      return {
        dispatcher: lane.dispatcher(),
        leave() {
          isOver = true;
          leave();
          lane.end?.();
          vacate();
        },
        stepAside() {
          if (isBeside) return;
          isBeside = true;
          // Without room among the streams it stays where it is until its time runs out.
          streamGate.enter(signal).then(
            (leaveStreams) => {
              leave();
              leave = leaveStreams;
              if (isOver) leaveStreams();
            },
            () => {},
          );
        },
      };
    },
    answered: () => breaker.answered(),
    failed: countFailure,
  });

  async function close(): Promise<void> {
    const reason = closed ?? new ClusterError('aborted', `The connection to ${host} was closed here.`);
    closed = reason;
    destroyTunnels();
    shared.close(reason);
    await Promise.all([...dispatchers].map((dispatcher) => dispatcher.destroy(reason)));
  }

  return {
    ...passages,
    request: <T>(request: ClusterRequest) =>
      exchange<ClusterResponse<T>>(laneOf(request.priority ?? 'interactive'), request, async (sent, { release }) => {
        const body = (await readBody(sent.body, sent.headers, {
          maxBytes: limits.maxAnswerBytes,
          host,
          secret: sent.statusCode >= 400 && credential.kind === 'token' ? credential.token : undefined,
        })) as T;
        release();
        return {
          status: sent.statusCode,
          headers: sent.headers,
          body,
          warnings: parseWarnings(sent.headers.warning),
        };
      }),

    async stream(request) {
      // Watches are many and mostly silent; whatever else is followed is one person's, and comes as fast as it can.
      const lane = request.method === 'GET' && request.priority === 'background' ? watchLane() : streamLane();
      try {
        return await exchange(lane, request, async (sent, { release, stopTimer }) => {
          stopTimer();
          // Destroying the body without a listener would raise the abort as an uncaught error.
          sent.body.on('error', () => {});
          sent.body.once('close', () => {
            release();
            lane.end();
          });
          return { status: sent.statusCode, headers: sent.headers, body: sent.body };
        });
      } catch (error) {
        lane.end();
        throw error;
      }
    },

    close,

    retire({ streams, withinMs, reason }) {
      const over = new ClusterError('aborted', reason);
      closed ??= over;
      if (streams === 'end') {
        destroyTunnels();
        shared.close(over);
        for (const client of streamClients) client.destroy(over).catch(() => {});
      }
      const timer = setTimeout(() => void close(), withinMs);
      timer.unref();
      return new Promise((resolve) => {
        occupancy.whenEmpty(() => {
          clearTimeout(timer);
          resolve(close());
        });
      });
    },
  };
}

function headersOf(request: ClusterRequest, endpoint: ClusterEndpoint): Record<string, string | string[]> {
  return {
    accept: request.accept ?? 'application/json',
    ...(request.ifNoneMatch === undefined ? {} : { 'if-none-match': request.ifNoneMatch }),
    ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    ...credentialHeaders(endpoint),
    ...(request.identity === 'self' ? {} : identityHeaders(request.identity)),
  };
}

/** Who we are to the cluster, whoever is spoken for. */
function credentialHeaders({ credential }: ClusterEndpoint): Record<string, string> {
  return {
    'user-agent': 'quarterdeck',
    ...(credential.kind === 'token' ? { authorization: `Bearer ${credential.token}` } : {}),
  };
}

function bodyOf({ body }: ClusterRequest): string | Uint8Array | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body;
  return JSON.stringify(body);
}

/** undici drops a request that waits for its connection only when that is made or fails. Nobody here waits for that. */
function orGiveUp(sending: Promise<Sent>, signal: AbortSignal): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    sending
      .then((sent) => {
        if (signal.aborted) sent.body.on('error', () => {}).destroy();
        resolve(sent);
      }, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
