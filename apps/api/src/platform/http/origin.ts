import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Cross-site request forgery: an unsafe request or a WebSocket must come from our own pages. `Origin` equals a public
 * origin exactly, `Sec-Fetch-Site` is `same-origin` where the browser sends it.
 * @throws AppError `origin_refused`
 */
export function checkOrigin(request: FastifyRequest, publicOrigins: readonly string[]): void {
  const isWebSocket = request.headers.upgrade !== undefined;
  if (safeMethods.has(request.method) && !isWebSocket) return;
  const origin = request.headers.origin;
  const site = request.headers['sec-fetch-site'];
  if (origin === undefined || !publicOrigins.includes(origin) || (site !== undefined && site !== 'same-origin')) {
    throw new AppError(
      'origin_refused',
      403,
      `Requests that change something must come from ${publicOrigins[0] ?? 'the portal'} (header Origin).`,
    );
  }
}
