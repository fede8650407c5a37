import { type Clock, sleep, systemClock } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';
import type { StreamLimits } from '../../../platform/events/stream-limits.ts';
import { type Actor, type PermissionTarget, principalId } from '../../../platform/principal.ts';
import type { Logger } from '../../../platform/telemetry/logger.ts';
import type { Access } from '../../access/index.ts';
import type { Audit } from '../../audit/index.ts';
import { type Connections, personIdentity } from '../../clusters/index.ts';
import type { LogPlace } from './cluster-logs.ts';
import type { LogPace } from './container-log.ts';
import { createLogMixer } from './log-mixer.ts';
import { createSources, type SourcesTold } from './log-sources.ts';
import { type MergeBounds, mergeHistory, type SourceEntry } from './merge-lines.ts';
import { recordReading } from './record-reading.ts';
import { listPods, watchPods } from './watch-pods.ts';
import type { FindCopies, LogCluster } from './workload-copies.ts';
import { type PodsOf, podsOf, refuseWithoutPods } from './workload-pods.ts';

/** Which logs: of a workload in one cluster (`clusterId`) or in all that hold it, or in some of those. */
export type WorkloadLogQuery = {
  clusterId?: string;
  namespace: string;
  plural: string;
  name: string;
  /** Names of clusters. */
  clusters?: readonly string[] | undefined;
  pods?: readonly string[] | undefined;
  containers?: readonly string[] | undefined;
  /** Of each source. */
  tailLines: number;
  sinceTime?: string | undefined;
};

export type WorkloadLogPart =
  | ({ kind: 'sources' } & SourcesTold)
  | { kind: 'lines'; lines: SourceEntry[] }
  | { kind: 'note'; note: { kind: string; text: string }; source?: number; count?: number };

export type WorkloadHistory = SourcesTold & { lines: SourceEntry[]; truncated: boolean };

export interface WorkloadLogs {
  /**
   * What the containers of a workload wrote, by time.
   * @throws AppError of one cluster what it refuses; of many, each says for itself why it is missing
   */
  read(actor: Actor, query: WorkloadLogQuery): Promise<WorkloadHistory>;
  /**
   * History, then each line as it is written, over restarts, new pods and clusters that are away for a while; ends with
   * the signal.
   * @param options.onPlaces told where it reads, before the first line, so that the right to it can be asked again
   */
  follow(
    actor: Actor,
    query: WorkloadLogQuery,
    options: { signal: AbortSignal; onPlaces?: (places: readonly PermissionTarget[]) => void },
  ): AsyncGenerator<WorkloadLogPart, void, undefined>;
}

export type WorkloadLogsDeps = {
  access: Access;
  audit: Audit;
  connections: Connections;
  findCopies: FindCopies;
  limits: Pick<StreamLimits, 'takeSource'>;
  logger: Logger;
  clock?: Clock;
  pace?: LogPace;
  bounds?: MergeBounds;
};

/** Most of what was written before, all sources together. */
const most = { lines: 5000, characters: 4_000_000 };
/** How long the choice of sources waits for clusters that are slow to say what they have. */
const choiceMs = 2000;
const againMs = 10_000;

/** Logs of all pods and containers of a workload, each cluster asked as the person who asks. */
export function createWorkloadLogs(deps: WorkloadLogsDeps): WorkloadLogs {
  const { access, connections, findCopies, limits, logger, clock = systemClock, pace, bounds } = deps;

  async function record(actor: Actor, { id: clusterId }: LogCluster, query: WorkloadLogQuery, follow: boolean) {
    const { namespace, plural, name, pods, containers, tailLines, sinceTime } = query;
    const asked = { pods: pods?.join(), containers: containers?.join(), tailLines, sinceTime, follow };
    const kind = plural.replace(/s$/, '');
    await recordReading(deps, actor, { kind, name, clusterId, namespace, asked });
  }

  async function prepare(
    actor: Actor,
    { id: clusterId }: LogCluster,
    { namespace, plural, name }: WorkloadLogQuery,
  ): Promise<{ place: LogPlace; which: PodsOf }> {
    const client = await connections.for(clusterId);
    const identity = await personIdentity(access, actor.principal, clusterId, namespace);
    const place = { client, identity, namespace };
    return { place, which: await podsOf(place, { clusterId, plural, name }) };
  }

  async function find(actor: Actor, query: WorkloadLogQuery, take: (clusterId: string) => () => void) {
    refuseWithoutPods(query.plural);
    const { places, missing } = await findCopies(actor.principal, query);
    const { pods, containers, tailLines, sinceTime } = query;
    const sources = createSources({
      ...{ filter: { pods, containers }, begin: { tailLines, sinceTime }, missing, take, clock },
      ...(pace === undefined ? {} : { pace }),
    });
    for (const cluster of places) sources.expect(cluster);
    return { places, sources };
  }

  return {
    async read(actor, query) {
      const { places, sources } = await find(actor, query, () => () => {});
      await Promise.all(
        places.map(async (cluster) => {
          try {
            await record(actor, cluster, query, false);
            const { place, which } = await prepare(actor, cluster, query);
            sources.see(cluster, place, await listPods(place, which));
          } catch (error) {
            if (query.clusterId !== undefined || !(error instanceof AppError)) throw error;
            sources.lose(cluster, error);
          }
        }),
      );
      const histories = await Promise.all(
        sources.fill().map(async ({ source, log, turn, tell }) => {
          try {
            const { lines, cut, state } = await turn(() => log.history());
            tell(state?.kind === 'waiting' ? 'waiting' : state?.kind === 'running' ? 'following' : 'ended');
            return { source, lines, cut };
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            tell('failed', error);
            return { source, lines: [], cut: false };
          }
        }),
      );
      const { lines, cut } = mergeHistory(histories, most);
      return { ...sources.told(), lines, truncated: cut || histories.some((one) => one.cut) };
    },

    async *follow(actor, query, { signal, onPlaces }) {
      const account = principalId(actor.principal);
      const { places, sources } = await find(actor, query, (clusterId) => limits.takeSource(account, clusterId));
      onPlaces?.(places.map(({ id }) => ({ clusterId: id, namespace: query.namespace })));
      const stop = new AbortController();
      const whole = AbortSignal.any([signal, stop.signal]);
      const mixer = createLogMixer(
        {
          ...{ clock, history: most, onUnexpected: (error) => logger.error({ err: error }, 'following a log failed') },
          ...(bounds === undefined ? {} : { bounds }),
        },
        whole,
      );
      let hasBegun = false;

      function fill(): void {
        if (!hasBegun || whole.aborted) return;
        for (const { source, log, turn, tell, joined } of sources.fill()) {
          const onState: typeof tell = (state, why) => {
            tell(state, why);
            // Its place is free for another.
            if (state === 'ended' || state === 'failed') fill();
          };
          mixer.add(source, log, { turn, joined, onState });
        }
        mixer.touch();
      }

      /** Looks at one cluster until the end. @param looked it was looked at for the first time, with or without an answer */
      async function run(cluster: LogCluster, looked: (failure?: AppError) => void): Promise<void> {
        let isRecorded = false;
        while (!whole.aborted) {
          try {
            if (!isRecorded) await record(actor, cluster, query, true);
            isRecorded = true;
            const { place, which } = await prepare(actor, cluster, query);
            for await (const change of watchPods(place, which, clock, whole)) {
              if ('away' in change) sources.lose(cluster, change.away);
              else sources.see(cluster, place, change);
              looked('away' in change ? change.away : undefined);
              fill();
            }
          } catch (error) {
            const known = error instanceof AppError ? error : new AppError('internal', 500, 'Reading it failed.');
            if (known !== error) logger.error({ err: error }, 'following the logs of a workload failed');
            sources.lose(cluster, known);
            looked(known);
          }
          fill();
          await sleep(clock, againMs, whole);
        }
      }

      try {
        const firstLooks = places.map(
          (cluster) => new Promise<AppError | undefined>((resolve) => void run(cluster, resolve)),
        );
        const chosen = new AbortController();
        await Promise.race([Promise.all(firstLooks), sleep(clock, choiceMs, AbortSignal.any([whole, chosen.signal]))]);
        chosen.abort();
        // Of one cluster there is nothing to go on with while it answers nothing.
        const failure = query.clusterId === undefined ? undefined : await firstLooks[0];
        if (failure !== undefined) throw failure;
        hasBegun = true;
        fill();
        for await (const part of mixer.parts()) {
          if (part.kind === 'changed') yield { kind: 'sources', ...sources.told() };
          else yield part;
        }
      } finally {
        stop.abort();
        sources.leave();
      }
    },
  };
}
