import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterRequest, ClusterStream, Identity } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import { type Connections, mapClusterError, overloadOf, personIdentity } from '../clusters/index.ts';
import { defaultContainerOf, type Pod, waitingFor } from './pod-containers.ts';

export type LogLine = { at?: string; container: string; text: string };

export type LogQuery = {
  clusterId: string;
  namespace: string;
  pod: string;
  container?: string | undefined;
  tailLines: number;
  previous: boolean;
  sinceTime?: string | undefined;
};

/** A word in between: why no line comes. */
export type LogMarker = { marker: string };

/** How long a follower waits for a container to start, and how often it looks. */
export type StartPatience = { waitMs: number; pauseMs: number };

const defaultPatience: StartPatience = { waitMs: 120_000, pauseMs: 1000 };

/** Longest line that is kept; the rest of it is cut off. */
const maxLine = 16_384;
const maxAnswerLines = 5000;

export interface PodLogs {
  /** @throws AppError `pod_not_found` | `logs_unavailable` | `cluster_forbidden` | `cluster_unreachable` … */
  read(actor: Actor, query: LogQuery): Promise<{ lines: LogLine[]; truncated: boolean }>;
  /**
   * History, then each line as it is written, in batches; ends when the container does or the signal aborts. A container
   * that has not started is waited for, two minutes at most, with a marker that says so.
   */
  follow(actor: Actor, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine[] | LogMarker>;
}

/**
 * Logs are read as the person who asks: the cluster's own RBAC decides a second time. Each reading is in the trail
 * before its first line leaves.
 */
export function createPodLogs(deps: {
  access: Access;
  audit: Audit;
  connections: Connections;
  patience?: StartPatience;
}): PodLogs {
  const { access, audit, connections, patience = defaultPatience } = deps;

  async function record(actor: Actor, query: LogQuery, follow: boolean): Promise<void> {
    const { clusterId: cluster, namespace, pod, container, tailLines, previous, sinceTime } = query;
    const owner = await access.projects.ownerOf(cluster, namespace);
    const asked = Object.entries({ container, tailLines, previous, sinceTime, follow });
    await audit.record(actor, [
      {
        action: 'workloads:logs',
        target: {
          kind: 'pod',
          name: pod,
          cluster,
          namespace,
          ...(owner === undefined ? {} : { project: owner.projectId, environment: owner.environmentId }),
        },
        changes: asked.filter(([, after]) => after !== undefined).map(([path, after]) => ({ path, after })),
      },
    ]);
  }

  async function prepare(principal: Principal, query: LogQuery) {
    const client = await connections.for(query.clusterId);
    const identity = await personIdentity(access, principal, query.clusterId, query.namespace);
    const path = `/api/v1/namespaces/${encodeURIComponent(query.namespace)}/pods/${encodeURIComponent(query.pod)}`;
    const readPod = async (): Promise<Pod> => {
      const response = await client
        .request<Pod>({ method: 'GET', path, identity, priority: 'interactive' })
        .catch(mapClusterError);
      if (response.status !== 200) throw overloadOf(response) ?? refusalOf(response.status, response.body);
      return response.body;
    };
    const container = query.container ?? defaultContainerOf(await readPod());
    return { client, identity, path, container, readPod };
  }

  function request(
    identity: Identity,
    path: string,
    container: string,
    query: LogQuery,
    follow: boolean,
  ): ClusterRequest {
    return {
      method: 'GET',
      path: `${path}/log`,
      identity,
      priority: 'interactive',
      accept: '*/*',
      query: {
        container,
        timestamps: true,
        tailLines: query.tailLines,
        previous: query.previous,
        ...(query.sinceTime === undefined ? {} : { sinceTime: query.sinceTime }),
        ...(follow ? { follow: true } : {}),
      },
    };
  }

  /** The followed log once it can be read. @throws AppError `logs_unavailable` the container does not start */
  async function* open(
    { client, identity, path, container, readPod }: Awaited<ReturnType<typeof prepare>>,
    query: LogQuery,
    signal: AbortSignal,
  ): AsyncGenerator<LogMarker, ClusterStream> {
    const deadline = performance.now() + patience.waitMs;
    let said: string | undefined;
    for (;;) {
      const stream = await client
        .stream({ ...request(identity, path, container, query, true), signal })
        .catch(mapClusterError);
      if (stream.status === 200) return stream;
      stream.body.destroy();
      const isEarly = stream.status === 400 && !query.previous;
      const reason = isEarly ? waitingFor(await readPod(), container) : undefined;
      if (reason === undefined) throw overloadOf(stream) ?? refusalOf(stream.status, undefined);
      if (performance.now() > deadline) {
        throw new AppError('logs_unavailable', 409, `The container ${container} has not started: ${reason}.`);
      }
      if (reason !== said) yield { marker: `The container ${container} has not started yet: ${reason}.` };
      said = reason;
      // Whoever left is noticed by the next request.
      await wait(patience.pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  return {
    async read(actor, query) {
      await record(actor, query, false);
      const { client, identity, path, container } = await prepare(actor.principal, query);
      const response = await client
        .request<unknown>(request(identity, path, container, query, false))
        .catch(mapClusterError);
      if (response.status !== 200) throw overloadOf(response) ?? refusalOf(response.status, response.body);
      const text =
        typeof response.body === 'string'
          ? response.body
          : response.body === undefined
            ? ''
            : JSON.stringify(response.body);
      const lines = text.split('\n').filter((line) => line !== '');
      return {
        lines: lines.slice(-maxAnswerLines).map((line) => toLine(line, container)),
        truncated: lines.length >= query.tailLines,
      };
    },

    async *follow(actor, query, signal) {
      await record(actor, query, true);
      const prepared = await prepare(actor.principal, query);
      const { container } = prepared;
      const stream = yield* open(prepared, query, signal);
      let rest = '';
      const decoder = new TextDecoder();
      try {
        for await (const chunk of stream.body) {
          const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
          rest = (parts.pop() ?? '').slice(0, maxLine);
          const lines = parts.filter((line) => line !== '').map((line) => toLine(line, container));
          if (lines.length > 0) yield lines;
        }
      } finally {
        stream.body.destroy();
      }
    },
  };
}

const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s;

function toLine(line: string, container: string): LogLine {
  const match = stamped.exec(line);
  const text = (match?.[2] ?? line).slice(0, maxLine);
  const at = match?.[1];
  if (at === undefined) return { container, text };
  // Kubernetes gives nanoseconds; the API speaks milliseconds.
  return { at: new Date(at).toISOString(), container, text };
}

function refusalOf(status: number, body: unknown): AppError {
  const said = typeof body === 'object' && body !== null && 'message' in body ? String(body.message).slice(0, 200) : '';
  if (status === 404) return new AppError('pod_not_found', 404, 'This pod does not exist any more.');
  if (status === 403 || status === 401)
    return new AppError('cluster_forbidden', 403, 'The cluster does not let you read logs in this namespace.');
  return new AppError(
    'logs_unavailable',
    409,
    said === '' ? 'The cluster has no logs of this container yet.' : `The cluster says: ${said}`,
  );
}
