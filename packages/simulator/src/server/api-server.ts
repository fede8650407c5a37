import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { authenticate } from '../access/authenticate.ts';
import type { Authorizer } from '../access/rbac.ts';
import type { Tokens } from '../access/tokens.ts';
import { badRequest, notFound } from '../objects/api-error.ts';
import type { KindRegistry } from '../objects/kind-registry.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, objectOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { createTables } from '../printing/table.ts';
import { createPodStreams } from '../streams/pod-streams.ts';
import { askedForm, createForms } from './answer-form.ts';
import type { ServerIdentity } from './certificates.ts';
import { aggregatedType, discover, version } from './discovery.ts';
import { evict } from './evict.ts';
import {
  answer,
  type Call,
  type KindRoute,
  notAllowed,
  readBody,
  refuse,
  refuseUpgrade,
  unknownPath,
} from './exchange.ts';
import { listObjects } from './lists.ts';
import { metricsKinds, metricsOf } from './metrics.ts';
import { createObjectWrites } from './object-writes.ts';
import { openApi } from './openapi.ts';
import { isCutOff, onOutage } from './outage.ts';
import { review } from './reviews.ts';
import { questionOf, routeOf } from './route.ts';
import { sendLog } from './send-log.ts';
import { streamed, subresourcesOf } from './subresources.ts';
import { watchObjects } from './watches.ts';
import type { Writes } from './writes.ts';

export type ApiServer = { port: number; close(): Promise<void> };

export type ApiServerDeps = {
  store: ObjectStore;
  writes: Writes;
  tokens: Tokens;
  authorizer: Authorizer;
  registry: KindRegistry;
  identity: ServerIdentity;
  seed: string;
  now: () => Date;
  /** Whether a metrics server is installed. */
  hasMetrics: boolean;
  /** HTTP/2 is spoken besides HTTP/1.1. */
  speaksHttp2: boolean;
};

const healthPaths = new Set(['/healthz', '/livez', '/readyz']);

/** The HTTPS side of one simulated cluster, on loopback. */
export async function startApiServer(deps: ApiServerDeps, port: number): Promise<ApiServer> {
  const { store, tokens, authorizer, registry } = deps;
  const objectWrites = createObjectWrites(deps);
  const forms = createForms(createTables(deps));
  const streams = createPodStreams({ ...deps, caPem: deps.identity.caPem });
  const open = new Set<{ stop: () => void; response: ServerResponse }>();

  function keepOpen(stop: () => void, response: ServerResponse): void {
    const stream = { stop, response };
    open.add(stream);
    response.on('close', () => open.delete(stream));
  }

  const served = () => (deps.hasMetrics ? [...registry.all(), ...metricsKinds] : registry.all());

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'https://cluster');
    const method = request.method ?? 'GET';
    const user = authenticate(request, tokens, authorizer);
    const route = routeOf(url.pathname, registry);
    const call = { method, query: url.searchParams, user, request, response };
    authorizer.assert(user, questionOf(route, method, url.searchParams));
    if (route.to === 'plain') return plain(url.pathname, call);
    if (route.to === 'metrics' && !deps.hasMetrics) throw unknownPath();
    if (route.to === 'metrics') {
      if (method !== 'GET') throw notAllowed();
      return answer(response, 200, metricsOf(store, route.about, url.searchParams, deps.now()));
    }
    if (route.to === 'review')
      return answer(response, 201, review(deps, route.resource, await readBody(request), user));
    if (route.subresource !== undefined) return subresource(route, call);
    if (method === 'GET') return read(route, call);
    return objectWrites.write(route, call);
  }

  function plain(path: string, { request, response }: Call): unknown {
    if (healthPaths.has(path)) {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
      return;
    }
    if (path === '/version') return answer(response, 200, version);
    const described = openApi(path, registry.all(), (kind) => registry.schemaOf(kind));
    if (described !== undefined) return answer(response, 200, described);
    const found = discover(path, request.headers.accept ?? '', served());
    if (found === undefined) throw unknownPath();
    const isAggregated = found.kind === 'APIGroupDiscoveryList';
    if (!isAggregated) return answer(response, 200, found);
    const etag = `"${createHash('sha512').update(JSON.stringify(found)).digest('hex').toUpperCase()}"`;
    const { 'if-none-match': known } = request.headers;
    response.setHeader('etag', etag);
    response.setHeader('vary', 'Accept');
    if (known === etag) response.writeHead(304).end();
    else answer(response, 200, found, aggregatedType);
  }

  async function subresource(
    { kind, namespace, name = '', subresource: sub }: KindRoute,
    call: Call,
  ): Promise<unknown> {
    const { response, query, method } = call;
    const found = store.get(kind, namespace, name);
    if (kind === known.pods && sub === 'log' && method === 'GET') {
      if (found === undefined) throw notFound(kind, name);
      return keepOpen(sendLog({ seed: deps.seed, pod: found, query, now: deps.now }, response), response);
    }
    if (kind === known.serviceAccounts && sub === 'token' && method === 'POST') {
      if (found === undefined) throw notFound(kind, name);
      const { spec, ...body } = await readBody(call.request);
      const expirationSeconds = Number(at(spec, 'expirationSeconds') ?? 3600);
      const status = tokens.issue(found, expirationSeconds);
      return answer(response, 201, { ...body, spec: { ...objectOf(spec), expirationSeconds }, status });
    }
    if (subresourcesOf(kind).some((each) => each.name === sub)) {
      if (found === undefined) throw notFound(kind, name);
      if (streamed.some((each) => each === sub)) throw badRequest('Upgrade request required');
      if (sub === 'scale') return objectWrites.scale({ kind, namespace, name }, found, call);
      if (sub === 'status' || sub === 'ephemeralcontainers') {
        if (method === 'GET') return answer(response, 200, found);
        return objectWrites.change({ kind, namespace, name }, call, sub);
      }
      if (sub === 'eviction' && method === 'POST') {
        evict(store, found, await readBody(call.request));
        return answer(response, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
      }
      throw notAllowed();
    }
    throw unknownPath();
  }

  function read({ kind, namespace, name }: KindRoute, { query, request, response }: Call): unknown {
    const isWatch = query.get('watch') === '1' || query.get('watch') === 'true';
    const asked = askedForm(request.headers.accept ?? '', query, name === undefined && !isWatch);
    if (name !== undefined) {
      const found = store.get(kind, namespace, name);
      if (found === undefined) throw notFound(kind, name);
      return answer(response, 200, forms.object(kind, found, asked));
    }
    if (!isWatch) {
      const list = listObjects(store, { kind, namespace, query });
      return answer(response, 200, forms.list(kind, list, asked));
    }
    keepOpen(watchObjects(store, { kind, namespace, query, show: forms.watch(kind, asked) }, response), response);
  }

  /** Asks as any request does, then leaves HTTP. */
  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'https://cluster');
    const user = authenticate(request, tokens, authorizer);
    const route = routeOf(url.pathname, registry);
    authorizer.assert(user, questionOf(route, request.method ?? 'GET', url.searchParams));
    const sub = route.to === 'kind' && route.kind === known.pods ? route.subresource : undefined;
    const way = streamed.find((each) => each === sub);
    if (route.to !== 'kind' || way === undefined) throw unknownPath();
    const place = { namespace: route.namespace, name: route.name ?? '', sub: way };
    streams.accept(place, url.searchParams, request, socket, head);
  }

  const { certPem: cert, keyPem: key, caPem: ca } = deps.identity;
  const options = { cert, key, ca, requestCert: true, rejectUnauthorized: false };
  const sockets = new Set<Socket>();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    if (isCutOff(store, request)) {
      request.socket.destroy();
      return;
    }
    handle(request, response).catch((error: unknown) => refuse(response, error));
  };
  // Its requests by HTTP/2 have the forms of the older ones.
  const server = deps.speaksHttp2
    ? createSecureServer({ ...options, allowHTTP1: true }, listener as never)
    : createServer(options, listener);
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (isCutOff(store, request)) {
      socket.destroy();
      return;
    }
    try {
      upgrade(request, socket, head);
    } catch (error) {
      refuseUpgrade(request, socket, error);
    }
  });
  const unlisten = onOutage(store, () => {
    streams.cut();
    for (const { stop, response } of [...open]) {
      stop();
      response.destroy();
    }
  });
  const bound = await listen(server, port);
  return {
    port: bound,
    async close() {
      unlisten();
      streams.close();
      for (const { stop } of [...open]) stop();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Http2SecureServer | Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
