import { type Clock, systemClock } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import { type Connections, personIdentity } from '../clusters/index.ts';
import { containerPort, readPod } from './logs/cluster-logs.ts';
import { createContainerLog, defaultLogPace } from './logs/container-log.ts';
import { timeOf } from './logs/log-line.ts';
import { createLogMixer } from './logs/log-mixer.ts';
import { defaultBounds } from './logs/merge-lines.ts';
import { defaultContainerOf } from './logs/pod-containers.ts';
import { viewOfOne } from './logs/pod-view.ts';
import { recordReading } from './logs/record-reading.ts';

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

/** A word in between: why no line comes, or what happened between two. */
export type LogMarker = { marker: string; kind: string; count?: number };

/** How long a follower waits for a container to start, and how often it looks. */
export type StartPatience = { waitMs: number; pauseMs: number };

const defaultPatience: StartPatience = { waitMs: 120_000, pauseMs: 1000 };

const maxAnswerLines = 5000;
/** There is nothing that a line of one container could wait for. */
const alone = { ...defaultBounds, windowMs: 0 };
const history = { lines: maxAnswerLines, characters: 16_000_000 };

export interface PodLogs {
  /** @throws AppError `pod_not_found` | `logs_unavailable` | `cluster_forbidden` | `cluster_unreachable` … */
  read(actor: Actor, query: LogQuery): Promise<{ lines: LogLine[]; truncated: boolean }>;
  /**
   * History, then each line as it is written, in batches, over restarts of the container; ends with its last instance or
   * when the signal aborts. A container that has not started is waited for, two minutes at most, with a marker that says so.
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
  clock?: Clock;
}): PodLogs {
  const { access, connections, patience = defaultPatience, clock = systemClock } = deps;
  const pace = { ...defaultLogPace, startMs: patience.waitMs };

  async function open(actor: Actor, query: LogQuery, follow: boolean) {
    const { clusterId, namespace, pod: name, container: named, tailLines, previous, sinceTime } = query;
    const asked = { container: named, tailLines, previous, sinceTime, follow };
    await recordReading(deps, actor, { kind: 'pod', name, clusterId, namespace, asked });
    const client = await connections.for(clusterId);
    const identity = await personIdentity(access, actor.principal, clusterId, namespace);
    const place = { client, identity, namespace };
    const pod = await readPod(place, name);
    const container = named ?? defaultContainerOf(pod);
    const view = viewOfOne(place, pod, { clock, pauseMs: patience.pauseMs });
    const port = containerPort(place, { pod: name, container }, view);
    return { container, log: createContainerLog(port, { container, tailLines, previous, sinceTime }, { clock, pace }) };
  }

  return {
    async read(actor, query) {
      const { container, log } = await open(actor, query, false);
      const { lines, cut, state } = await log.history();
      if (state?.kind === 'waiting' && !query.previous) throw notStarted(container, state.reason);
      return {
        lines: lines.slice(-maxAnswerLines).map(({ stamp, text }) => ({ ...timed(stamp), container, text })),
        truncated: cut,
      };
    },

    async *follow(actor, query, signal) {
      const { container, log } = await open(actor, query, true);
      const mixer = createLogMixer({ clock, history, bounds: alone }, signal);
      let failure: AppError | undefined;
      mixer.add(0, query.previous ? { ...log, follow: nothing } : log, {
        onState(_state, why) {
          failure = why;
        },
      });
      mixer.close();
      for await (const part of mixer.parts()) {
        if (part.kind === 'lines') yield part.lines.map(({ stamp, text }) => ({ ...timed(stamp), container, text }));
        if (part.kind !== 'note') continue;
        const { note, count } = part;
        yield { marker: note.text, kind: note.kind, ...(count === undefined ? {} : { count }) };
      }
      if (failure !== undefined) throw failure;
    },
  };
}

/** An instance that ended says nothing more. */
async function* nothing(): AsyncGenerator<never, void, undefined> {}

function timed(stamp: string): { at?: string } {
  const at = timeOf(stamp);
  return at === undefined ? {} : { at };
}

function notStarted(container: string, reason: string): AppError {
  return new AppError('logs_unavailable', 409, `The container ${container} has not started yet: ${reason}.`);
}
