import type { ClusterAnswer } from '@quarterdeck/contracts';
import type { Clock } from '@quarterdeck/kubernetes';
import type { AppError } from '../../../platform/errors.ts';
import { takeTurns } from '../../../platform/jobs/take-turns.ts';
import { type Candidate, candidatesOf, type LogFilter, mostSources, rankOf } from './choose-sources.ts';
import { containerPort, type LogPlace, type PodView } from './cluster-logs.ts';
import { type ContainerLog, createContainerLog, defaultLogPace, type LogPace } from './container-log.ts';
import type { SourceState, StateListener } from './log-mixer.ts';
import type { Pod } from './pod-containers.ts';
import type { LogCluster } from './workload-copies.ts';

/** One container of one pod of one cluster, by the number that lines name it with. */
export type LogSource = {
  id: number;
  clusterId: string;
  cluster: string;
  namespace: string;
  pod: string;
  container: string;
  state: SourceState;
  /** Why it failed. */
  detail?: string;
};

/** What is read, and what is missing. */
export type SourcesTold = {
  sources: LogSource[];
  /** More logs than are read together. */
  cut?: { shown: number; all: number };
  clusters: ClusterAnswer[];
};

/** A source that just got its place. */
export type NewSource = {
  source: number;
  log: ContainerLog;
  turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Its pod came while the others were read. */
  joined: boolean;
  tell: StateListener;
};

type Known = {
  cluster: LogCluster;
  place: LogPlace;
  pods: ReadonlyMap<string, Pod>;
  /** Pods of the first look. */
  first: ReadonlySet<string>;
  turn: NewSource['turn'];
};
type Kept = { source: LogSource; key: string; leave: () => void };

/** A cluster's connections for people are eight: others want some of them. */
const atOnce = 6;
/** Sources that are over and still told of. */
const mostOver = 100;

const isOver = ({ state }: LogSource) => state === 'ended' || state === 'failed';

/** Which logs are read: what clusters say they have, and who of it has one of the hundred places. */
export function createSources(options: {
  filter: LogFilter;
  /** What is read of each to begin with. */
  begin: { tailLines: number; sinceTime?: string | undefined };
  missing: readonly ClusterAnswer[];
  /** Takes a place of the process for a followed log. @throws AppError `rate_limited` */
  take: (clusterId: string) => () => void;
  clock: Clock;
  pace?: LogPace;
}) {
  const { filter, begin, take, clock, pace = defaultLogPace } = options;
  const answers = new Map(options.missing.map((answer) => [answer.id, answer]));
  const clusters = new Map<string, Known>();
  const kept = new Map<string, Kept>();
  let waiting = new Set<() => void>();
  let lastId = 0;

  const keyOf = (clusterId: string, { uid, container }: Candidate) => `${clusterId} ${uid} ${container}`;
  const active = () => [...kept.values()].filter(({ source }) => !isOver(source)).length;

  function wakeAll(): void {
    const awake = waiting;
    waiting = new Set();
    for (const wake of awake) wake();
  }

  /** Until a cluster says again what it has. */
  function changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        signal.removeEventListener('abort', done);
        waiting.delete(done);
        resolve();
      };
      waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  /** Of every cluster its first, then of every one its second: none takes all places. Those in trouble before others. */
  function waitingForPlace() {
    const all = [...clusters.values()].flatMap((known) =>
      [...known.pods.values()]
        .flatMap((pod) => candidatesOf(pod, filter).map((one) => ({ ...one, rank: rankOf(pod, one.container) })))
        .filter((one) => !kept.has(keyOf(known.cluster.id, one)))
        .toSorted((a, b) => a.rank - b.rank || a.pod.localeCompare(b.pod))
        .map((candidate, index) => ({ known, candidate, index })),
    );
    return all.toSorted((a, b) => a.candidate.rank - b.candidate.rank || a.index - b.index);
  }

  function put({ cluster, place, turn, first }: Known, candidate: Candidate): NewSource {
    const { uid, pod, container } = candidate;
    lastId += 1;
    const { namespace } = place;
    const source: LogSource = {
      ...{ id: lastId, clusterId: cluster.id, cluster: cluster.slug, namespace, pod, container },
      state: 'waiting',
    };
    const key = keyOf(cluster.id, candidate);
    const entry: Kept = { source, key, leave: () => {} };
    kept.set(key, entry);
    const joined = !first.has(uid);
    const now = () => clusters.get(cluster.id)?.pods.get(uid);
    const view: PodView = {
      look: async () => now(),
      changed,
      async gone(signal) {
        while (now() !== undefined && !signal.aborted) await changed(signal);
      },
    };
    const port = containerPort(place, { pod, container }, view);
    const log = createContainerLog(port, { container, ...(joined ? {} : begin) }, { clock, pace });
    const tell: StateListener = (state, why) => {
      source.state = state;
      if (why !== undefined) source.detail = why.message;
      if (isOver(source)) entry.leave();
    };
    return { source: source.id, log, turn, joined, tell };
  }

  /** Of those that are over the newest are told of. */
  function forget(): void {
    const over = [...kept.values()].filter(({ source }) => isOver(source));
    for (const { key, source } of over.slice(0, Math.max(0, over.length - mostOver))) {
      const isThere = clusters.get(source.clusterId)?.pods.has(key.split(' ')[1] ?? '') === true;
      // One that is still there would be taken for a new one.
      if (!isThere) kept.delete(key);
    }
  }

  return {
    /** What a cluster has at the moment. */
    see(cluster: LogCluster, place: LogPlace, { pods }: { pods: ReadonlyMap<string, Pod> }): void {
      const known = clusters.get(cluster.id);
      const next = known ?? { first: new Set(pods.keys()), turn: takeTurns(atOnce) };
      clusters.set(cluster.id, { cluster, place, first: next.first, turn: next.turn, pods: new Map(pods) });
      answers.set(cluster.id, { ...named(cluster), state: 'live' });
      wakeAll();
    },

    /** A cluster that does not say what it has. */
    lose(cluster: LogCluster, why: AppError): void {
      const state = why.code === 'cluster_forbidden' ? 'denied' : why.code === 'object_not_found' ? 'live' : 'cut_off';
      answers.set(cluster.id, { ...named(cluster), state, ...(state === 'live' ? {} : { error: why.message }) });
    },

    /** Somebody is asked and has not answered. */
    expect(cluster: LogCluster): void {
      answers.set(cluster.id, { ...named(cluster), state: 'syncing' });
    },

    /** Gives free places to those that have none. */
    fill(): NewSource[] {
      forget();
      const added: NewSource[] = [];
      let free = mostSources - active();
      for (const { known, candidate } of waitingForPlace()) {
        if (free <= 0) break;
        const added1 = put(known, candidate);
        try {
          const entry = kept.get(keyOf(known.cluster.id, candidate));
          if (entry !== undefined) entry.leave = take(known.cluster.id);
          added.push(added1);
          free -= 1;
        } catch (error) {
          added1.tell('failed', error as AppError);
        }
      }
      return added;
    },

    told(): SourcesTold {
      const without = waitingForPlace().length;
      const shown = active();
      return {
        sources: [...kept.values()].map(({ source }) => ({ ...source })),
        ...(without === 0 ? {} : { cut: { shown, all: shown + without } }),
        clusters: [...answers.values()].toSorted((a, b) => a.slug.localeCompare(b.slug)),
      };
    },

    /** Gives all places back. */
    leave(): void {
      for (const { leave } of kept.values()) leave();
    },
  };
}

function named({ id, slug, name }: LogCluster): Pick<ClusterAnswer, 'id' | 'slug' | 'name'> {
  return { id, slug, name };
}
