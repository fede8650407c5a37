import { followFleetLogs, followPodLogs, followWorkloadLogs } from '@quarterdeck/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { AppError, notFound } from '../../platform/errors.ts';
import { mountStream } from '../../platform/events/mount-stream.ts';
import { defaultPace, type Pace, sendPaced } from '../../platform/events/paced-send.ts';
import type { Revocations } from '../../platform/events/revocations.ts';
import type { StreamLimits } from '../../platform/events/stream-limits.ts';
import type { Authorizer, CheckedTarget } from '../../platform/http/ports.ts';
import { invalidInput } from '../../platform/http/problems.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { WorkloadLogPart, WorkloadLogQuery, WorkloadLogs } from './logs/workload-logs.ts';
import type { LogLine, LogMarker, LogQuery, PodLogs } from './pod-logs.ts';
import { toLine } from './workload-logs.routes.ts';

const pingMs = 15_000;
const permission = followPodLogs.permission;

export type LogFollowDeps = {
  logs: Pick<PodLogs, 'follow'>;
  workloadLogs: Pick<WorkloadLogs, 'follow'>;
  /** Whether there is such a cluster, reachable or not. */
  clusterExists(id: string): Promise<boolean>;
  authorizer: Authorizer;
  revocations: Pick<Revocations, 'guard'>;
  limits: StreamLimits;
  logger: Logger;
  /** How far behind a reader may be; default 64 KiB for a minute. */
  pace?: Pace;
};

/** What a stream of logs gives its socket, and where from. */
type Following = {
  messages: AsyncIterable<object>;
  /** Where it reads by now: the right to all of it is asked again. */
  places(): CheckedTarget;
  /** Said when nothing more comes. */
  ending: string;
};

/** The `…/logs/follow` addresses: a WebSocket of its own per followed container, workload, or workload over clusters. */
export function mountLogFollow(api: FastifyInstance, deps: LogFollowDeps): void {
  const { limits, authorizer } = deps;
  const begin = (socket: WebSocket, actor: Actor, follow: (signal: AbortSignal) => Following) => {
    serve(socket, actor, follow, deps).catch((error: unknown) => {
      const known = error instanceof AppError ? error : undefined;
      if (known === undefined) deps.logger.error({ err: error }, 'log follow failed');
      end(socket, { reason: known?.message ?? 'Following the log failed.', code: known?.code ?? 'internal' });
    });
  };

  async function admitTo(actor: Actor, { clusterId, namespace }: { clusterId: string; namespace: string }) {
    await authorizer.check(actor, permission, { clusterId, namespace });
    if (!(await deps.clusterExists(clusterId))) throw notFound('This cluster');
  }

  mountStream<LogQuery>(api, followPodLogs, {
    limits,
    async admit(request, actor) {
      const { id: clusterId, ...rest } = readAddress(request, followPodLogs);
      await admitTo(actor, { clusterId, ...rest });
      return { asked: { clusterId, ...rest }, clusterId };
    },
    serve: (socket, actor, query) =>
      begin(socket, actor, (signal) => ({
        messages: mapped(deps.logs.follow(actor, query, signal), messageOfPod),
        places: () => ({ clusterId: query.clusterId, namespace: query.namespace }),
        ending: 'The container ended.',
      })),
  });

  const followMany = (socket: WebSocket, actor: Actor, query: WorkloadLogQuery) =>
    begin(socket, actor, (signal) => {
      const { clusterId, namespace } = query;
      let places: CheckedTarget = clusterId === undefined ? 'any' : { clusterId, namespace };
      const onPlaces = (found: readonly { clusterId?: string; namespace?: string }[]) => {
        if (found.length > 0) places = found;
      };
      return {
        messages: mapped(deps.workloadLogs.follow(actor, query, { signal, onPlaces }), messageOf),
        places: () => places,
        ending: 'Nothing more is followed.',
      };
    });

  // Their sources take places of the cluster one by one.
  mountStream<WorkloadLogQuery>(api, followWorkloadLogs, {
    limits,
    async admit(request, actor) {
      const { id: clusterId, ...rest } = readAddress(request, followWorkloadLogs);
      await admitTo(actor, { clusterId, ...rest });
      return { asked: { clusterId, ...rest } };
    },
    serve: followMany,
  });
  mountStream<WorkloadLogQuery>(api, followFleetLogs, {
    limits,
    async admit(request, actor) {
      const asked = readAddress(request, followFleetLogs);
      await authorizer.check(actor, permission, 'any');
      return { asked };
    },
    serve: followMany,
  });
}

/** Path and query of a request. @throws AppError 404 | 422 */
function readAddress<P extends z.ZodType, Q extends z.ZodType>(
  request: FastifyRequest,
  contract: { params: P; query: Q },
): z.output<P> & z.output<Q> {
  const params = contract.params.safeParse(request.params);
  // An id that cannot exist is answered like one that does not.
  if (!params.success) throw notFound();
  const query = contract.query.safeParse(request.query);
  if (!query.success) throw invalidInput(query.error.issues, 'query');
  return { ...(params.data as object), ...(query.data as object) } as z.output<P> & z.output<Q>;
}

async function serve(
  socket: WebSocket,
  actor: Actor,
  follow: (signal: AbortSignal) => Following,
  deps: LogFollowDeps,
): Promise<void> {
  const stop = new AbortController();
  socket.on('close', () => stop.abort());
  socket.on('error', () => socket.terminate());
  const following = follow(stop.signal);
  const release = deps.revocations.guard({
    actor,
    recheck: (now) => deps.authorizer.check(now, permission, following.places()),
    end({ code, reason }) {
      stop.abort();
      socket.close(code, reason);
    },
  });
  const ping = setInterval(() => socket.ping(), pingMs);
  try {
    for await (const message of following.messages) {
      const text = JSON.stringify(message);
      if (!(await sendPaced(socket, text, stop.signal, deps.pace ?? defaultPace))) return;
    }
    end(socket, { reason: following.ending });
  } finally {
    release();
    clearInterval(ping);
    stop.abort();
  }
}

async function* mapped<T>(parts: AsyncIterable<T>, toMessage: (part: T) => object): AsyncGenerator<object> {
  for await (const part of parts) yield toMessage(part);
}

const now = () => new Date().toISOString();

function messageOfPod(part: LogLine[] | LogMarker): object {
  if (Array.isArray(part)) return { type: 'lines', lines: part };
  const { marker: text, ...rest } = part;
  return { type: 'marker', text, ...rest, at: now() };
}

function messageOf(part: WorkloadLogPart): object {
  if (part.kind === 'lines') return { type: 'lines', lines: part.lines.map(toLine) };
  if (part.kind === 'note') {
    const { kind: _, note, ...rest } = part;
    return { type: 'marker', ...note, ...rest, at: now() };
  }
  const { kind: _, ...told } = part;
  return { type: 'sources', ...told };
}

function end(socket: WebSocket, why: { reason: string; code?: string }): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(JSON.stringify({ type: 'end', ...why }));
  socket.close(1000);
}
