import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { authenticate } from '../access/authenticate.ts';
import type { Authorizer, Question, User } from '../access/rbac.ts';
import type { Tokens } from '../access/tokens.ts';
import { ApiError, badRequest, notFound, statusOf } from '../objects/api-error.ts';
import { decode, decodeApplied } from '../objects/check-shape.ts';
import type { KindRegistry } from '../objects/kind-registry.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import type { ServerIdentity } from './certificates.ts';
import { aggregatedType, discover, version } from './discovery.ts';
import { evict } from './evict.ts';
import { listObjects } from './lists.ts';
import { askedForm, metadataListOf, metadataOf } from './metadata-only.ts';
import { metricsKinds, metricsOf } from './metrics.ts';
import { isCutOff, onOutage } from './outage.ts';
import { patched } from './patches.ts';
import { questionOf, type Route, routeOf } from './route.ts';
import { scaled, scaleFrom } from './scale.ts';
import { sendLog } from './send-log.ts';
import { subresourcesOf } from './subresources.ts';
import { watchObjects } from './watches.ts';
import type { Place, Writes } from './writes.ts';

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
};

type Call = { method: string; query: URLSearchParams; user: User; request: IncomingMessage; response: ServerResponse };
type KindRoute = Extract<Route, { to: 'kind' }>;

const maxBody = 3 * 1024 * 1024;
const healthPaths = new Set(['/healthz', '/livez', '/readyz']);

/** The HTTPS side of one simulated cluster, on loopback. */
export async function startApiServer(deps: ApiServerDeps, port: number): Promise<ApiServer> {
  const { store, writes, tokens, authorizer, registry } = deps;
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
      if (method !== 'GET')
        throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
      return answer(response, 200, metricsOf(store, route.about, url.searchParams, deps.now()));
    }
    if (route.to === 'review') return answer(response, 201, review(route.resource, await readBody(request), user));
    if (route.subresource !== undefined) return subresource(route, call);
    if (method === 'GET') return read(route, call);
    return write(route, call);
  }

  function plain(path: string, { request, response }: Call): unknown {
    if (healthPaths.has(path)) {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
      return;
    }
    if (path === '/version') return answer(response, 200, version);
    const found = discover(path, request.headers.accept ?? '', served());
    if (found === undefined) throw unknownPath();
    const isAggregated = found.kind === 'APIGroupDiscoveryList';
    if (!isAggregated) return answer(response, 200, found);
    const etag = `"${createHash('sha512').update(JSON.stringify(found)).digest('hex').toUpperCase()}"`;
    const { 'if-none-match': known } = request.headers;
    response.setHeader('etag', etag).setHeader('vary', 'Accept');
    if (known === etag) response.writeHead(304).end();
    else answer(response, 200, found, aggregatedType);
  }

  function review(resource: string, body: Json, user: User): Json {
    const userInfo = { username: user.name, uid: user.uid, groups: user.groups, extra: user.extra };
    if (resource === 'selfsubjectreviews')
      return { ...body, metadata: { creationTimestamp: deps.now().toISOString() }, status: { userInfo } };
    const allowed = authorizer.allows(user, askedBy(objectOf(body.spec)));
    return { ...body, metadata: {}, status: { allowed } };
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
      if (sub === 'scale') return scaleOf({ kind, namespace, name }, found, call);
      if (sub === 'status' || sub === 'ephemeralcontainers') {
        if (method === 'GET') return answer(response, 200, found);
        return change({ kind, namespace, name }, call, sub);
      }
      if (sub === 'eviction' && method === 'POST') {
        evict(store, found, await readBody(call.request));
        return answer(response, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
      }
      throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
    }
    throw unknownPath();
  }

  async function scaleOf(place: Place, found: KubeObject, call: Call): Promise<unknown> {
    const { method, response } = call;
    if (method === 'GET') return answer(response, 200, scaleFrom(found));
    const { make, options } = await changeOf(place, call, () => scaleFrom(found));
    return answer(response, 200, scaleFrom(writes.patch(place, (before) => scaled(before, make(before)), options)));
  }

  /** How a PUT or PATCH changes an object, or what is shown `as` one. */
  async function changeOf(place: Place, call: Call, as?: (before: KubeObject) => Json) {
    const { method, query, request } = call;
    const options = writeOptions(call);
    const isStrict = query.get('fieldValidation') === 'Strict';
    const type = method === 'PUT' ? 'replace' : (request.headers['content-type'] ?? '').split(';')[0];
    const given = await readJson(request);
    // A patch with directives is none of the kind's own fields: what it makes is looked at instead.
    const isWhole = type === 'replace' || type === 'application/merge-patch+json';
    const body = isWhole && as === undefined ? decode(place.kind, objectOf(given), isStrict) : given;
    const make = (before: KubeObject): Json => {
      const made = patched(type ?? '', as?.(before) ?? before, body);
      return isWhole || as !== undefined ? made : decode(place.kind, made, isStrict);
    };
    return { options, make };
  }

  async function change(place: Place, call: Call, sub?: 'status' | 'ephemeralcontainers'): Promise<void> {
    const { make, options } = await changeOf(place, call);
    const isStatus = sub === 'status';
    const made = (before: KubeObject): Json => {
      const after = make(before);
      if (sub !== 'ephemeralcontainers') return after;
      // Nothing else of a pod may change this way.
      const ephemeralContainers = at(after, 'spec', 'ephemeralContainers');
      return { ...before, spec: { ...before.spec, ephemeralContainers } };
    };
    answer(call.response, 200, asWritten(writes.patch(place, made, { ...options, isStatus })));
  }

  function writeOptions({ query, request, user }: Call) {
    const manager = query.get('fieldManager') ?? '';
    const agent = (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
    return { manager: manager === '' ? agent : manager, dryRun: query.get('dryRun') === 'All', user };
  }

  function read({ kind, namespace, name }: KindRoute, { query, request, response }: Call): unknown {
    const isWatch = query.get('watch') === '1' || query.get('watch') === 'true';
    const asked = askedForm(request.headers.accept ?? '', name === undefined && !isWatch);
    if (name !== undefined) {
      const found = store.get(kind, namespace, name);
      if (found === undefined) throw notFound(kind, name);
      return answer(response, 200, asked === 'metadata' ? metadataOf(found) : found);
    }
    if (!isWatch) {
      const list = listObjects(store, { kind, namespace, query });
      return answer(response, 200, asked === 'metadata' ? metadataListOf(list) : list);
    }
    keepOpen(watchObjects(store, { kind, namespace, query, asked }, response), response);
  }

  async function write(route: KindRoute, call: Call): Promise<unknown> {
    const { method, query, request, response } = call;
    const { kind, namespace, name } = route;
    const options = writeOptions(call);
    if (name === undefined) {
      if (method === 'DELETE') return removeAll(route, call);
      if (method !== 'POST')
        throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
      const body = await readBody(request);
      const isStrict = query.get('fieldValidation') === 'Strict';
      const made = writes.create(kind, namespace, decode(kind, body, isStrict), options);
      return answer(response, 201, asWritten(made));
    }
    const place = { kind, namespace, name };
    if (method === 'DELETE') {
      const body = await readBody(request);
      // Beside a body, what the query says of a delete is ignored.
      const given = Object.keys(body).length > 0 ? body : { propagationPolicy: query.get('propagationPolicy') };
      return remove(place, given, options.dryRun && given !== body, response);
    }
    const type = (request.headers['content-type'] ?? '').split(';')[0];
    if (method !== 'PATCH' || type !== 'application/apply-patch+yaml') return change(place, call);
    const body = await readBody(request);
    decodeApplied(kind, body, name);
    const force = query.get('force') === 'true';
    const manager = query.get('fieldManager') ?? '';
    const { object, isNew } = writes.apply(place, body, { ...options, manager, force });
    return answer(response, isNew ? 201 : 200, asWritten(object));
  }

  /** Deletes what a list with the same selectors would show. */
  async function removeAll({ kind, namespace }: KindRoute, { query, request, response }: Call): Promise<void> {
    const body = await readBody(request);
    const list = listObjects(store, { kind, namespace, query });
    for (const { metadata } of list.items as KubeObject[]) {
      const place = { kind, namespace: metadata.namespace, name: metadata.name };
      if (store.get(kind, place.namespace, place.name) !== undefined)
        writes.delete(place, body, query.get('dryRun') === 'All');
    }
    answer(response, 200, list);
  }

  function remove(place: Place, body: Json, dryRun: boolean, response: ServerResponse): void {
    const removed = writes.delete(place, body, dryRun);
    // What takes its time to go is shown as it is; the rest is gone.
    if (
      place.kind === known.namespaces ||
      place.kind === known.pods ||
      removed.metadata.deletionTimestamp !== undefined
    ) {
      answer(response, 200, removed);
      return;
    }
    const { group, plural } = place.kind;
    const details = { name: place.name, ...(group === '' ? {} : { group }), kind: plural, uid: removed.metadata.uid };
    answer(response, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
  }

  const { certPem: cert, keyPem: key, caPem: ca } = deps.identity;
  const options = { cert, key, ca, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (request, response) => {
    if (isCutOff(store, request)) {
      request.socket.destroy();
      return;
    }
    handle(request, response).catch((error: unknown) => refuse(response, error));
  });
  const unlisten = onOutage(store, () => {
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
      for (const { stop } of [...open]) stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function unknownPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** A dry run leaves no version behind. */
function asWritten(object: KubeObject): Json {
  if (object.metadata.resourceVersion !== '') return object;
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function askedBy(spec: Json): Question {
  const path = at(spec, 'nonResourceAttributes', 'path');
  if (path !== undefined) return { verb: textOf(at(spec, 'nonResourceAttributes', 'verb')), path: textOf(path) };
  const asked = objectOf(spec.resourceAttributes);
  const optional = (field: string) => (textOf(asked[field]) === '' ? {} : { [field]: textOf(asked[field]) });
  return {
    verb: textOf(asked.verb),
    group: textOf(asked.group),
    resource: textOf(asked.resource),
    ...optional('namespace'),
    ...optional('name'),
    ...optional('subresource'),
  };
}

async function readBody(request: IncomingMessage): Promise<Json> {
  return objectOf(await readJson(request));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBody) throw new ApiError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw badRequest('the object provided is unrecognized (must be of type JSON)');
  }
}

function answer(response: ServerResponse, code: number, body: unknown, type = 'application/json'): void {
  response.writeHead(code, { 'content-type': type }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        );
  answer(response, known.code, statusOf(known));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
