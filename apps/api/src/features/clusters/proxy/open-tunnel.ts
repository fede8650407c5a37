import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { acceptOf, isTunnel, type UpgradeAnswer } from '@quarterdeck/kubernetes';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../platform/errors.ts';
import { sentEarly } from '../../../platform/http/guarded-server.ts';
import { type Actor, principalId } from '../../../platform/principal.ts';
import type { AdmittedRequest } from './admit.ts';
import { refusalOf, stuckMs } from './answer.ts';
import type { ProxyDeps } from './proxy-deps.ts';
import type { Closing } from './record.ts';
import { sendRefused } from './send-refused.ts';
import { defaultShellTimes, limitShell, type ShellEnd } from './shell-limits.ts';
import { joinSockets } from './tunnel.ts';
import { wireOf } from './wire.ts';

/** What the API server speaks over WebSocket to these subresources; frames are its own business. */
const knownProtocols: Readonly<Record<string, readonly string[]>> = {
  exec: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
  attach: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
  portforward: ['SPDY/3.1+portforward.k8s.io'],
};
const keepAliveMs = 30_000;

/**
 * A shell or a tunnel into a pod. Session, origin, permission, caps and the record come before anything is sent, the
 * 101 of the cluster before anything of the client goes on; a refusal is a short answer, and both sockets are destroyed.
 * @throws AppError while it is still a request like any other
 */
export async function openTunnel(
  request: FastifyRequest,
  reply: FastifyReply,
  actor: Actor,
  deps: ProxyDeps,
): Promise<void> {
  const client = request.raw.socket;
  client.on('error', () => client.destroy());
  const admitted = await deps.admission.admit(actor, { method: request.method, url: request.raw.url ?? '' });
  const protocols = protocolsOf(request, admitted);
  if (sentEarly(request.raw).length > 0) {
    throw new AppError('invalid_request', 400, 'Nothing may be sent behind a request to upgrade before its answer.');
  }
  const connection = await deps.connections.for(admitted.clusterId);
  const release = deps.limits.take(principalId(actor.principal), admitted.clusterId);
  const stop = new AbortController();
  client.once('close', () => stop.abort());
  if (client.destroyed) stop.abort();
  const cut = () => {
    client.destroy();
  };
  const unguard = deps.revocations.guard({
    actor,
    recheck: (now) => deps.admission.recheck(now, admitted),
    end: cut,
  });
  deps.open.add(cut);
  const free = () => {
    deps.open.delete(cut);
    unguard();
    release();
  };
  let close: Closing | undefined;
  try {
    close = await deps.records.open(actor, admitted);
    const wire = wireOf(request, admitted);
    const { traceparent } = wire.headers;
    const headers: Record<string, string> = traceparent === undefined ? {} : { traceparent };
    const answer = await connection.upgrade({ ...wire, headers, signal: stop.signal }, protocols);
    if (answer.kind === 'refused') {
      free();
      void close?.({ status: answer.status });
      return sendRefused(reply, client, answer);
    }
    reply.hijack();
    const isLimited = actor.via === 'session' && isShell(admitted);
    void carry(request, client, { answer, close, isLimited }, deps).finally(free);
  } catch (error) {
    free();
    const refusal = refusalOf(error);
    void close?.({ code: refusal instanceof AppError ? refusal.code : 'internal' });
    throw refusal;
  }
}

/** @throws AppError for what is no shell and no tunnel, and for a protocol that nobody here knows */
function protocolsOf({ headers }: FastifyRequest, { target }: AdmittedRequest): string[] {
  if (!isTunnel(target)) {
    throw new AppError('invalid_request', 400, 'Only exec, attach and port-forward are passed on over WebSocket.');
  }
  const known = knownProtocols[target.subresource] ?? [];
  const offered = offeredBy(headers).filter((protocol) => known.includes(protocol));
  if (offered.length > 0 && headers['sec-websocket-version'] === '13' && key(headers) !== undefined) return offered;
  throw new AppError('invalid_request', 400, `Offer one of these WebSocket subprotocols: ${known.join(', ')}.`);
}

function offeredBy(headers: IncomingHttpHeaders): string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
}

function key(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['sec-websocket-key'];
  return given !== undefined && /^[A-Za-z0-9+/]{22}==$/.test(given) ? given : undefined;
}

/** People leave terminals in browsers; what kubectl runs ends with its command, or with its token. */
const isShell = ({ target }: AdmittedRequest) => isTunnel(target) && target.subresource !== 'portforward';

async function carry(
  { headers }: FastifyRequest,
  client: Socket,
  opened: { answer: Extract<UpgradeAnswer, { kind: 'open' }>; close: Closing | undefined; isLimited: boolean },
  deps: ProxyDeps,
): Promise<void> {
  const { socket, protocol } = opened.answer;
  const startedAt = performance.now();
  const before = { in: client.bytesRead, out: client.bytesWritten };
  client.setTimeout(0);
  client.setKeepAlive(true, keepAliveMs);
  client.setNoDelay(true);
  client.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptOf(key(headers) ?? '')}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
      '\r\n',
    ].join('\r\n'),
  );
  let ended: ShellEnd | undefined;
  const unlimit = opened.isLimited
    ? limitShell({ client, upstream: socket }, deps.shellTimes ?? defaultShellTimes, (why) => {
        ended = why;
        socket.destroy();
      })
    : undefined;
  const { reason } = await joinSockets(client, socket, { stuckMs: deps.stuckMs ?? stuckMs });
  unlimit?.();
  await opened.close?.(reason === 'too slow' ? { code: 'too_slow' } : { status: 101 }, [
    ...(ended === undefined ? [] : [{ path: 'ended', after: ended }]),
    { path: 'bytesIn', after: client.bytesRead - before.in },
    { path: 'bytesOut', after: client.bytesWritten - before.out },
    { path: 'durationSeconds', after: Math.round((performance.now() - startedAt) / 1000) },
  ]);
}
