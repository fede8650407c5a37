import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import cookie from '@fastify/cookie';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { AppError } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createGuardedServer, edgeTimes } from './guarded-server.ts';
import { parseJsonBody } from './json-body.ts';
import { checkOrigin } from './origin.ts';
import type { Authenticator } from './ports.ts';
import { sendRefusal, toAppError } from './problems.ts';
import { setSecurityHeaders } from './security-headers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication hook; `undefined` for nobody. */
    principal: Principal | undefined;
    /** When that was, on `performance.now()`. */
    authenticatedAt: number;
  }
  interface FastifyContextConfig {
    /** The permission a route declares, or `public`. A route below `/api/v1` without one does not answer. */
    permission?: string;
    /** Browsers post CSP reports without an origin of ours; the route reads no cookie. */
    anyOrigin?: boolean;
  }
}

export type HttpServerOptions = {
  logger: Logger;
  /** First is the canonical one; in loopback mode `localhost` and `127.0.0.1` both count. */
  publicOrigins: readonly string[];
  trustedProxies: readonly string[];
  authenticator: Authenticator;
  /** Longest time to find out who asks, ms; default 5,000. */
  authenticationMs?: number;
  /** How long the answer holds while a body is on its way, ms; default 1,000. */
  freshMs?: number;
};

const authenticationMs = 5000;
const freshMs = 1000;
const jsonType = /^application\/json(; ?charset=utf-8)?$/i;

/**
 * Fastify with the edge rules of every answer: raw-path refusal, header and time limits, JSON only, exact origin on
 * what changes something, authentication, security headers, problem documents. Deny by default: below `/api/v1` only
 * routes that declare `public` answer without a session.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    exposeHeadRoutes: true,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 300 },
    keepAliveTimeout: edgeTimes.keepAlive,
    serverFactory: (handler) => createGuardedServer(handler as RequestListener),
  }) as unknown as FastifyInstance;

  app.decorateRequest('principal', undefined);
  app.decorateRequest('authenticatedAt', 0);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(jsonType, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : parseJsonBody(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  await app.register(cookie);
  await app.register(websocket, {
    options: {
      maxPayload: 65_536,
      perMessageDeflate: false,
      handleProtocols: (protocols: Set<string>) => {
        for (const protocol of protocols) if (protocol.startsWith('quarterdeck.')) return protocol;
        return false;
      },
    },
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    setSecurityHeaders(reply);
    // Outside the API a route is open unless it says who may see it: pages and assets show nothing by themselves.
    if (!request.url.startsWith('/api/') && request.routeOptions.config.permission === undefined) return;
    reply.header('cache-control', 'no-store');
    if (request.headers.authorization !== undefined && request.headers.cookie !== undefined) {
      throw new AppError('invalid_request', 400, 'Send a session cookie or a bearer token, not both.');
    }
    // A browser never adds a bearer token by itself, so a request that has one needs no origin of ours.
    const needsOrigin = request.headers.authorization === undefined && request.routeOptions.config.anyOrigin !== true;
    if (needsOrigin) checkOrigin(request, options.publicOrigins);
    const permission = request.routeOptions.config.permission;
    if (permission === 'public') return;
    await identify(options, request);
    if (permission === undefined && !request.is404) {
      throw new AppError('forbidden', 403, 'This route declares no permission.');
    }
  });

  // Whoever sends a body slowly would act as who they were when it began: signed in, enabled, in a group.
  app.addHook('preHandler', async (request) => {
    if (request.principal === undefined) return;
    if (performance.now() - request.authenticatedAt >= (options.freshMs ?? freshMs)) await identify(options, request);
  });

  app.addHook('onResponse', async (request, reply) => {
    if (request.url.startsWith('/assets/') || request.url === '/healthz' || request.url === '/readyz') return;
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        requestId: request.id,
      },
      'request',
    );
  });

  app.setErrorHandler((error, request, reply) => sendRefusal(request, reply, toAppError(error, request)));

  const known = rememberRoutes(app);
  app.setNotFoundHandler((request, reply) => {
    const allowed = known.methodsOf(request.url.split('?', 1)[0] ?? '/');
    if (allowed.length > 0 && !allowed.includes(request.method)) {
      reply.header('allow', allowed.join(', '));
      return sendRefusal(
        request,
        reply,
        new AppError('method_not_allowed', 405, `Allowed here: ${allowed.join(', ')}.`),
      );
    }
    return sendRefusal(request, reply, new AppError('not_found', 404, 'There is nothing at this address.'));
  });
  return app;
}

/** @throws AppError 401 when it is nobody */
async function identify(options: HttpServerOptions, request: FastifyRequest): Promise<void> {
  request.principal = await authenticated(options, request);
  request.authenticatedAt = performance.now();
  if (request.principal !== undefined) return;
  throw new AppError('unauthenticated', 401, 'Sign in first: there is no session, or it has ended.');
}

/**
 * Who asks, or nobody. An authenticator that fails or hangs lets no handler run: it is 503, never a way in.
 * @throws AppError `unavailable`, or what the authenticator refuses with
 */
async function authenticated(options: HttpServerOptions, request: FastifyRequest): Promise<Principal | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(cannotTell()), options.authenticationMs ?? authenticationMs);
    });
    return await Promise.race([options.authenticator.authenticate(request), late]);
  } catch (error) {
    const isExpected =
      error instanceof AppError || (error instanceof Error && error.name === 'DatabaseUnavailableError');
    if (isExpected) throw error;
    request.log.error({ err: error }, 'authentication failed');
    throw cannotTell(error);
  } finally {
    clearTimeout(timer);
  }
}

function cannotTell(cause?: unknown): AppError {
  return new AppError('unavailable', 503, 'Who you are cannot be found out at the moment. Try again.', {
    retryAfterSeconds: 5,
    cause,
  });
}

/** Fastify answers 404 for a known path with another method; people and programs deserve 405. */
function rememberRoutes(app: FastifyInstance): { methodsOf(path: string): string[] } {
  const routes: { pattern: RegExp; method: string }[] = [];
  app.addHook('onRoute', (route) => {
    if (route.url === '*' || route.url.includes('*')) return;
    const pattern = new RegExp(
      `^${route.url
        .split('/')
        .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')))
        .join('/')}$`,
    );
    for (const method of [route.method].flat()) routes.push({ pattern, method });
  });
  return {
    methodsOf: (path) =>
      [...new Set(routes.filter((route) => route.pattern.test(path)).map((route) => route.method))].sort(),
  };
}
