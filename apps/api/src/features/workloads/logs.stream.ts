import { followPodLogs } from '@quarterdeck/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { AppError, notFound } from '../../platform/errors.ts';
import { type Admitted, mountStream } from '../../platform/events/mount-stream.ts';
import { defaultPace, type Pace, sendPaced } from '../../platform/events/paced-send.ts';
import type { Revocations } from '../../platform/events/revocations.ts';
import type { StreamLimits } from '../../platform/events/stream-limits.ts';
import type { Authorizer } from '../../platform/http/ports.ts';
import { invalidInput } from '../../platform/http/problems.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { LogLine, LogMarker, LogQuery, PodLogs } from './pod-logs.ts';

const pingMs = 15_000;

export type LogFollowDeps = {
  logs: Pick<PodLogs, 'follow'>;
  /** Whether there is such a cluster, reachable or not. */
  clusterExists(id: string): Promise<boolean>;
  authorizer: Authorizer;
  revocations: Pick<Revocations, 'guard'>;
  limits: StreamLimits;
  logger: Logger;
  /** How far behind a reader may be; default 64 KiB for a minute. */
  pace?: Pace;
};

/** `GET …/logs/follow`: a WebSocket of its own per followed container. */
export function mountLogFollow(api: FastifyInstance, deps: LogFollowDeps): void {
  mountStream<LogQuery>(api, followPodLogs, {
    limits: deps.limits,
    async admit(request, actor) {
      const admitted = readQuery(request);
      await deps.authorizer.check(actor, followPodLogs.permission, targetOf(admitted.asked));
      if (!(await deps.clusterExists(admitted.asked.clusterId))) throw notFound('This cluster');
      return admitted;
    },
    serve(socket, actor, query) {
      serve(socket, actor, query, deps).catch((error: unknown) => {
        const known = error instanceof AppError ? error : undefined;
        if (known === undefined) deps.logger.error({ err: error }, 'log follow failed');
        end(socket, { reason: known?.message ?? 'Following the log failed.', code: known?.code ?? 'internal' });
      });
    },
  });
}

function readQuery(request: FastifyRequest): Admitted<LogQuery> {
  const params = followPodLogs.params.safeParse(request.params);
  // An id that cannot exist is answered like one that does not.
  if (!params.success) throw notFound();
  const query = followPodLogs.query.safeParse(request.query);
  if (!query.success) throw invalidInput(query.error.issues, 'query');
  const { id: clusterId, namespace, pod } = params.data;
  return { asked: { clusterId, namespace, pod, ...query.data }, clusterId };
}

const targetOf = ({ clusterId, namespace }: LogQuery) => ({ clusterId, namespace });

async function serve(socket: WebSocket, actor: Actor, query: LogQuery, deps: LogFollowDeps): Promise<void> {
  const stop = new AbortController();
  socket.on('close', () => stop.abort());
  socket.on('error', () => socket.terminate());
  const release = deps.revocations.guard({
    actor,
    recheck: (now) => deps.authorizer.check(now, followPodLogs.permission, targetOf(query)),
    end({ code, reason }) {
      stop.abort();
      socket.close(code, reason);
    },
  });
  const ping = setInterval(() => socket.ping(), pingMs);
  try {
    for await (const part of deps.logs.follow(actor, query, stop.signal)) {
      const text = JSON.stringify(messageOf(part));
      if (!(await sendPaced(socket, text, stop.signal, deps.pace ?? defaultPace))) return;
    }
    end(socket, { reason: 'The container ended.' });
  } finally {
    release();
    clearInterval(ping);
    stop.abort();
  }
}

function messageOf(part: LogLine[] | LogMarker): object {
  if (Array.isArray(part)) return { type: 'lines', lines: part };
  return { type: 'marker', text: part.marker, at: new Date().toISOString() };
}

function end(socket: WebSocket, why: { reason: string; code?: string }): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(JSON.stringify({ type: 'end', ...why }));
  socket.close(1000);
}
