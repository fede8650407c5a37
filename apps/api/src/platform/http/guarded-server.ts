import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { kubernetesStatus } from '@quarterdeck/kubernetes';
import { clusterPrefix } from './problems.ts';
import { type RawRefusal, refuseRawRequest } from './raw-request.ts';

/** Times of one connection, ms. */
export type EdgeTimes = {
  /** From the first byte to the end of the headers. */
  headers: number;
  /** From the first byte to the end of the body. */
  request: number;
  /** Between two requests of a connection. */
  keepAlive: number;
  /** Without a byte in either direction. */
  idle: number;
  /** How often the two above are looked at; Node's default of 30 s would let a slow sender stay three times too long. */
  check: number;
};

export const edgeTimes: EdgeTimes = {
  headers: 10_000,
  request: 30_000,
  keepAlive: 75_000,
  idle: 120_000,
  check: 1000,
};

/**
 * Node's server with the limits of the edge. What fails the raw check never reaches the router, as a request or as an
 * upgrade: a refused upgrade is answered like any other request.
 */
export function createGuardedServer(handler: RequestListener, times: EdgeTimes = edgeTimes): Server {
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: times.headers,
      requestTimeout: times.request,
      keepAliveTimeout: times.keepAlive,
      connectionsCheckingInterval: times.check,
      insecureHTTPParser: false,
      shouldUpgradeCallback: (request) => isWebSocket(request) && refuseRawRequest(request) === undefined,
    },
    (request, response) => {
      const refusal = refuseRawRequest(request);
      if (refusal === undefined) handler(request, response);
      else refuse(request, response, refusal);
    },
  );
  // Node cuts off at its own 2,000 otherwise and drops the rest silently, before anything could count them.
  server.maxHeadersCount = 0;
  server.setTimeout(times.idle);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    early.set(request, head);
    // While the server closes nobody else takes upgrades any more, nor hears of their errors.
    socket.on('error', () => socket.destroy());
    if (server.listenerCount('upgrade') === 1) socket.destroy();
  });
  return server;
}

const early = new WeakMap<IncomingMessage, Buffer>();

/** What a client sent behind a request to upgrade without waiting for the answer. */
export function sentEarly(request: IncomingMessage): Buffer {
  return early.get(request) ?? Buffer.alloc(0);
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket';
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: RawRefusal): void {
  const requestId = randomUUID();
  const isOfCluster = request.url?.startsWith(clusterPrefix) === true;
  response.writeHead(refusal.status, {
    'content-type': isOfCluster ? 'application/json' : 'application/problem+json',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'x-request-id': requestId,
    connection: 'close',
  });
  const problem = {
    type: `urn:quarterdeck:problem:${refusal.code}`,
    title: refusal.title,
    status: refusal.status,
    code: refusal.code,
    detail: refusal.detail,
    requestId,
  };
  response.end(JSON.stringify(isOfCluster ? kubernetesStatus(refusal.status, refusal.detail) : problem));
}
