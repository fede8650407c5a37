import { isEndless, isTunnel, type Passages } from '@quarterdeck/kubernetes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../platform/errors.ts';
import { edgeTimes } from '../../../platform/http/guarded-server.ts';
import { type Actor, principalId, viaOf } from '../../../platform/principal.ts';
import type { AdmittedRequest } from './admit.ts';
import { answerTo, refusalOf } from './answer.ts';
import { openTunnel } from './open-tunnel.ts';
import type { ProxyDeps } from './proxy-deps.ts';
import { wireOf } from './wire.ts';

const maxBodyBytes = 3 * 1024 * 1024;
const keepAliveMs = 30_000;

/**
 * `/k8s/clusters/{id}/…`: the Kubernetes API of a cluster, for kubectl and whatever else speaks it, under the caller's
 * own identity. The permission that the route declares is the least; each request names what it needs by its path.
 */
export function mountClusterProxy(app: FastifyInstance, given: Omit<ProxyDeps, 'open'>): void {
  const deps: ProxyDeps = { ...given, open: new Set() };
  // A server that stops would wait for watches and shells as long as they last.
  app.addHook('preClose', async () => {
    for (const end of deps.open) end();
  });
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: '/k8s/clusters/:id/*',
      exposeHeadRoute: false,
      bodyLimit: maxBodyBytes,
      config: { permission: 'clusters:read' },
      async preHandler(request, reply) {
        // A request to upgrade has no handler: what it becomes is decided here, before any 101.
        if (request.ws) await openTunnel(request, reply, actorOf(request), deps);
      },
      async handler(request, reply) {
        const body = Buffer.isBuffer(request.body) ? request.body : undefined;
        const actor = actorOf(request);
        const admitted = await deps.admission.admit(actor, {
          method: request.method,
          url: request.raw.url ?? '',
          body,
        });
        const client = await deps.connections.for(admitted.clusterId);
        if (isTunnel(admitted.target)) throw needsWebSocket();
        await pass(request, reply, { actor, admitted, client, body }, deps);
        return reply;
      },
    });
  });
}

async function pass(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    actor,
    admitted,
    client,
    body,
  }: { actor: Actor; admitted: AdmittedRequest; client: Passages; body: Buffer | undefined },
  deps: ProxyDeps,
): Promise<void> {
  const { clusterId, target, verb, query } = admitted;
  const endless = isEndless(target, verb, query);
  const release = endless ? deps.limits.take(principalId(actor.principal), clusterId) : () => {};
  const stop = new AbortController();
  const response = reply.raw;
  // After a whole answer there is nothing to give up.
  response.once('close', () => response.writableFinished || stop.abort());
  // Who went while it was found out who they are is not heard of any more.
  if (response.destroyed) stop.abort();
  let status: number | undefined;
  /** Ends it where it is: no client takes what it got for the whole. */
  const cut = () => {
    stop.abort();
    response.destroy();
  };
  const unguard = deps.revocations.guard({
    actor,
    recheck: (now) => deps.admission.recheck(now, admitted),
    end: cut,
  });
  if (endless) {
    deps.open.add(cut);
    keepOpen(request);
  }
  try {
    const close = await deps.records.open(actor, admitted);
    const sink = answerTo(response, {
      headers: reply.getHeaders(),
      begin(answered) {
        status = answered;
        reply.hijack();
      },
      cut,
      ...(deps.stuckMs === undefined ? {} : { stuckMs: deps.stuckMs }),
    });
    try {
      const wire = wireOf(request, admitted, deps.wireTimes);
      await client.forward({ ...wire, method: request.method, body, signal: stop.signal }, sink, { endless });
      void close?.({ status: status ?? 0 });
    } catch (error) {
      const refusal = refusalOf(error);
      void close?.(outcomeOf(status, refusal));
      // Once begun, nothing can be said any more; the client sees that it was cut.
      if (status === undefined) throw refusal;
      cut();
    }
  } finally {
    deps.open.delete(cut);
    unguard();
    release();
    if (endless && !request.raw.socket.destroyed) request.raw.socket.setTimeout(edgeTimes.idle);
  }
}

function outcomeOf(status: number | undefined, refusal: unknown): { status: number } | { code: string } {
  if (status !== undefined) return { status };
  return { code: refusal instanceof AppError ? refusal.code : 'internal' };
}

/** Nobody expects a byte within two minutes; whether the other side still is there, TCP finds out. */
function keepOpen(request: FastifyRequest): void {
  request.raw.socket.setTimeout(0);
  request.raw.socket.setKeepAlive(true, keepAliveMs);
}

/** Who sends a request, as records keep it. */
function actorOf(request: FastifyRequest): Actor {
  const { principal, id: requestId, ip } = request;
  if (principal === undefined) throw new AppError('unauthenticated', 401, 'Sign in first.');
  const userAgent = String(request.headers['user-agent'] ?? '').slice(0, 300);
  return { principal, via: viaOf(principal), requestId, ip, userAgent };
}

function needsWebSocket(): AppError {
  return new AppError(
    'websocket_needed',
    400,
    'exec, attach and port-forward are passed on over WebSocket alone: use kubectl 1.31 or newer, and do not set KUBECTL_REMOTE_COMMAND_WEBSOCKETS or KUBECTL_PORT_FORWARD_WEBSOCKETS to false.',
  );
}
