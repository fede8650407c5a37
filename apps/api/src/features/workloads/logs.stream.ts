import { followPodLogs } from '@quarterdeck/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { AppError } from '../../platform/errors.ts';
import type { Revocations } from '../../platform/events/revocations.ts';
import type { Authorizer } from '../../platform/http/ports.ts';
import { type Actor, viaOf } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { LogLine, PodLogs } from './pod-logs.ts';

const maxUnsentBytes = 65_536;
const stuckMs = 60_000;
const pingMs = 15_000;

/** `GET …/logs/follow`: a WebSocket of its own per followed container. */
export function mountLogFollow(
  api: FastifyInstance,
  deps: { logs: PodLogs; authorizer: Authorizer; revocations: Revocations; logger: Logger },
): void {
  api.get(
    followPodLogs.path,
    { websocket: true, config: { permission: followPodLogs.permission } },
    (socket, request) => {
      serve(socket, request, deps).catch((error: unknown) => {
        const known = error instanceof AppError ? error : undefined;
        if (known === undefined) deps.logger.error({ err: error }, 'log follow failed');
        end(socket, known?.message ?? 'Following the log failed.');
      });
    },
  );
}

async function serve(
  socket: WebSocket,
  request: FastifyRequest,
  deps: { logs: PodLogs; authorizer: Authorizer; revocations: Revocations },
): Promise<void> {
  const stop = new AbortController();
  socket.on('close', () => stop.abort());
  socket.on('error', () => socket.terminate());
  const params = followPodLogs.params.safeParse(request.params);
  const query = followPodLogs.query.safeParse(request.query);
  if (
    !params.success ||
    !query.success ||
    request.principal === undefined ||
    socket.protocol !== followPodLogs.subprotocol
  ) {
    socket.close(1002, 'invalid request');
    return;
  }
  const actor: Actor = {
    principal: request.principal,
    via: viaOf(request.principal),
    requestId: request.id,
    ip: request.ip,
  };
  const target = { clusterId: params.data.id, namespace: params.data.namespace };
  await deps.authorizer.check(actor, followPodLogs.permission, target);
  const release = deps.revocations.guard({
    actor,
    recheck: (now) => deps.authorizer.check(now, followPodLogs.permission, target),
    end({ code, reason }) {
      stop.abort();
      socket.close(code, reason);
    },
  });
  const ping = setInterval(() => socket.ping(), pingMs);
  try {
    for await (const lines of deps.logs.follow(
      actor,
      { clusterId: params.data.id, namespace: params.data.namespace, pod: params.data.pod, ...query.data },
      stop.signal,
    )) {
      if (!(await sendLines(socket, lines, stop.signal))) return;
    }
    end(socket, 'The container ended.');
  } finally {
    release();
    clearInterval(ping);
    stop.abort();
  }
}

/** Waits while the reader is behind, which in turn stops reading from the cluster; a minute without progress is the end. */
async function sendLines(socket: WebSocket, lines: LogLine[], signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + stuckMs;
  while (socket.bufferedAmount > maxUnsentBytes) {
    if (signal.aborted || performance.now() > deadline) {
      socket.close(1013, 'too slow');
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (socket.readyState !== socket.OPEN) return false;
  socket.send(JSON.stringify({ type: 'lines', lines }));
  return true;
}

function end(socket: WebSocket, reason: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(JSON.stringify({ type: 'end', reason }));
  socket.close(1000);
}
