import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Download, Endpoint, HandlerInput, HandlerOutput } from '@quarterdeck/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import { AppError, notFound } from '../errors.ts';
import { type Actor, type Principal, principalId, viaOf } from '../principal.ts';
import { sendFailurePage } from './failure-page.ts';
import { acceptForms } from './form-body.ts';
import { withIdempotencyKey } from './idempotency-scope.ts';
import { JsonAnswer } from './json-answer.ts';
import type { Authorizer, CheckedTarget, IdempotencyKey, IdempotencyStore } from './ports.ts';
import { invalidInput, sendProblem, toAppError } from './problems.ts';
import { requireStepUp } from './step-up.ts';

/** What a handler knows of its request besides the validated input. */
export type RequestContext = {
  actor: Actor;
  principal: Principal;
  requestId: string;
  /** Aborted when the client goes or was answered, which it is when the time is up. */
  signal: AbortSignal;
  /** For cookies only; the answer is what the handler returns. */
  reply: FastifyReply;
  idempotencyKey: string | undefined;
};

export type TargetOf<E extends Endpoint> =
  | 'any'
  | 'fleet'
  | 'self'
  | ((input: HandlerInput<E>) => CheckedTarget | Promise<CheckedTarget>);

/** An endpoint with its handler: what a feature's routes file exports. */
export type BoundEndpoint = {
  endpoint: Endpoint;
  target: (input: HandlerInput<Endpoint>) => CheckedTarget | Promise<CheckedTarget>;
  handle: (input: HandlerInput<Endpoint>, context: RequestContext) => Promise<unknown>;
};

/**
 * Binds a handler to an endpoint. `target` says what the permission is checked against: there is no default, so no
 * endpoint is open by omission. Public endpoints take `'self'`, which is never asked.
 */
export function bind<E extends Endpoint>(
  endpoint: E,
  target: TargetOf<E>,
  handle: (input: HandlerInput<E>, context: RequestContext) => Promise<HandlerOutput<E> | JsonAnswer>,
): BoundEndpoint {
  const resolve = typeof target === 'function' ? target : () => target;
  return { endpoint, target: resolve, handle } as unknown as BoundEndpoint;
}

export type BindingPorts = { authorizer: Authorizer; idempotency: IdempotencyStore };

const anonymous: Principal = { kind: 'system', name: 'anonymous', permissions: [] };

/** Registers bound endpoints below the given instance (mounted at `/api/v1`). */
export function registerEndpoints(app: FastifyInstance, bound: readonly BoundEndpoint[], ports: BindingPorts): void {
  for (const binding of bound) {
    if (binding.endpoint.form !== true) registerEndpoint(app, binding, ports);
    else {
      // A scope of its own: nothing else takes forms.
      void app.register(async (scope) => {
        acceptForms(scope);
        registerEndpoint(scope, binding, ports);
      });
    }
  }
}

function registerEndpoint(app: FastifyInstance, binding: BoundEndpoint, ports: BindingPorts): void {
  const { endpoint } = binding;
  const schemas = {
    params: endpoint.params ?? z.object({}),
    query: endpoint.query ?? z.strictObject({}),
    body: endpoint.body,
  };
  app.route({
    method: endpoint.method,
    url: endpoint.path,
    handlerTimeout: endpoint.timeoutMs ?? 30_000,
    bodyLimit: endpoint.bodyLimitBytes ?? 1_048_576,
    config: { permission: endpoint.permission, anyOrigin: endpoint.anyOrigin === true },
    ...failurePageOf(endpoint),
    handler: async (request, reply) => {
      const context = contextOf(request, reply);
      const input = parseInput(schemas, request);
      if (endpoint.permission !== 'public') {
        await ports.authorizer.check(context.actor, endpoint.permission, await placeOf(binding, input));
        if (endpoint.stepUp === true) requireStepUp(context.principal);
      }
      if (endpoint.idempotent === true && context.idempotencyKey !== undefined) {
        return sendOnce(endpoint, binding, input, context, ports.idempotency);
      }
      return send(reply, endpoint, await binding.handle(input, context));
    },
  });
}

/** An id that nobody has is refused in the words of one that this person may not see. */
async function placeOf(binding: BoundEndpoint, input: HandlerInput<Endpoint>): Promise<CheckedTarget> {
  try {
    return await binding.target(input);
  } catch (error) {
    throw error instanceof AppError && error.code === 'not_found' ? notFound() : error;
  }
}

/** People who navigate get a page that leads on; programs that ask for JSON get the problem. */
function failurePageOf(endpoint: Endpoint): Pick<RouteOptions, 'errorHandler'> {
  const { redirects } = endpoint;
  if (redirects === undefined) return {};
  return {
    errorHandler(error, request, reply) {
      const failure = toAppError(error, request);
      if (!String(request.headers.accept ?? '').includes('text/html')) return sendProblem(reply, request.id, failure);
      return sendFailurePage(reply, redirects.failurePage, failure);
    },
  };
}

function contextOf(request: FastifyRequest, reply: FastifyReply): RequestContext {
  const principal = request.principal ?? anonymous;
  const actor: Actor = {
    principal,
    via: request.principal === undefined ? 'anonymous' : viaOf(request.principal),
    requestId: request.id,
    ip: request.ip,
    userAgent: String(request.headers['user-agent'] ?? '').slice(0, 300),
    ...traceIdOf(request.headers.traceparent),
  };
  return {
    actor,
    principal,
    requestId: request.id,
    signal: leavingOf(reply),
    reply,
    idempotencyKey: idempotencyKeyOf(request),
  };
}

/** Fastify's own signal is aborted as soon as the body of the request was read. */
function leavingOf(reply: FastifyReply): AbortSignal {
  const leaving = new AbortController();
  reply.raw.once('close', () => leaving.abort());
  return leaving.signal;
}

/** The caller's trace (W3C trace context), so that their tracing and our records can be joined. */
function traceIdOf(header: unknown): { traceId?: string } {
  const traceId =
    typeof header === 'string' ? /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header)?.[1] : undefined;
  return traceId === undefined ? {} : { traceId };
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{8,200}$/.test(header)) {
    throw new AppError('invalid_request', 400, 'Idempotency-Key has 8 to 200 printable characters without spaces.');
  }
  return header;
}

type Schemas = { params: z.ZodType; query: z.ZodType; body: z.ZodType | undefined };

function parseInput(schemas: Schemas, request: FastifyRequest): HandlerInput<Endpoint> {
  const params = schemas.params.safeParse(request.params);
  // An id that cannot exist is answered like one that does not.
  if (!params.success) throw notFound();
  const query = schemas.query.safeParse(request.query);
  if (!query.success) throw invalidInput(query.error.issues, 'query');
  if (schemas.body === undefined) {
    const body = request.body;
    if (body !== undefined && body !== null) throw new AppError('invalid_request', 400, 'This endpoint takes no body.');
    return { params: params.data, query: query.data, body: undefined } as HandlerInput<Endpoint>;
  }
  const body = schemas.body.safeParse(request.body ?? undefined);
  if (!body.success) throw invalidInput(body.error.issues, '');
  return { params: params.data, query: query.data, body: body.data } as HandlerInput<Endpoint>;
}

/** Parses the answer with its contract too: a field that the contract does not name does not leave. */
function answerOf(endpoint: Endpoint, output: unknown): { status: number; body: unknown } {
  const status = endpoint.status ?? (endpoint.response === undefined ? 204 : 200);
  if (endpoint.response === undefined) return { status, body: undefined };
  return { status, body: endpoint.response.parse(output) };
}

function send(reply: FastifyReply, endpoint: Endpoint, output: unknown): FastifyReply {
  if (endpoint.download !== undefined) return sendDownload(reply, output as Download);
  if (output instanceof JsonAnswer) {
    return reply
      .code(endpoint.status ?? 200)
      .type('application/json; charset=utf-8')
      .send(output.text);
  }
  const answer = answerOf(endpoint, output);
  if (endpoint.redirects !== undefined) return reply.redirect((answer.body as { location: string }).location, 303);
  reply.code(answer.status);
  return answer.body === undefined ? reply.send() : reply.send(answer.body);
}

function sendDownload(reply: FastifyReply, { contentType, fileName, body }: Download): FastifyReply {
  return reply
    .type(contentType)
    .header('content-disposition', `attachment; filename="${fileName.replaceAll(/[^A-Za-z0-9._-]/g, '_')}"`)
    .send(Readable.from(body));
}

async function sendOnce(
  endpoint: Endpoint,
  binding: BoundEndpoint,
  input: HandlerInput<Endpoint>,
  context: RequestContext,
  store: IdempotencyStore,
): Promise<FastifyReply> {
  const key: IdempotencyKey = {
    owner: principalId(context.principal),
    endpoint: endpoint.name,
    key: context.idempotencyKey ?? '',
    requestSha256: createHash('sha256')
      .update(JSON.stringify([input.params, input.query, input.body]))
      .digest('hex'),
  };
  const begun = await store.begin(key);
  if (begun.outcome === 'replay') return context.reply.code(begun.answer.status).send(begun.answer.body);
  if (begun.outcome === 'busy') {
    throw new AppError('conflict', 409, 'The same Idempotency-Key is being worked on. Ask again in a moment.', {
      retryAfterSeconds: 1,
    });
  }
  if (begun.outcome === 'differs') {
    throw new AppError(
      'idempotency_key_reused',
      422,
      'This Idempotency-Key was used for another request. Take a new one.',
    );
  }
  if (begun.outcome === 'answer-lost') {
    throw new AppError('conflict', 409, 'This request was carried out, but its answer was lost. Look up what it made.');
  }
  try {
    const answer = answerOf(endpoint, await withIdempotencyKey(key, () => binding.handle(input, context)));
    await store.finish(key, answer);
    return context.reply.code(answer.status).send(answer.body);
  } catch (error) {
    // The error tells the caller what happened; when this fails too, the key is free again by its age.
    await store.abandon(key).catch(() => {});
    throw error;
  }
}
