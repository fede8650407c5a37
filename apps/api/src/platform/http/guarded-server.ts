import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
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
      else refuse(response, refusal);
    },
  );
  // Node cuts off at its own 2,000 otherwise and drops the rest silently, before anything could count them.
  server.maxHeadersCount = 0;
  server.setTimeout(times.idle);
  return server;
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket';
}

function refuse(response: ServerResponse, refusal: RawRefusal): void {
  const requestId = randomUUID();
  response.writeHead(refusal.status, {
    'content-type': 'application/problem+json',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'x-request-id': requestId,
    connection: 'close',
  });
  response.end(
    JSON.stringify({
      type: `urn:quarterdeck:problem:${refusal.code}`,
      title: refusal.title,
      status: refusal.status,
      code: refusal.code,
      detail: refusal.detail,
      requestId,
    }),
  );
}
