import { type Clock, sleep, splitLines } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';
import { mapClusterError, overloadOf } from '../../clusters/index.ts';
import type { LogPlace } from './cluster-logs.ts';
import type { Pod } from './pod-containers.ts';
import type { PodsOf } from './workload-pods.ts';

/** All pods as they are now, or why nobody can tell at the moment. */
export type PodsSeen = { pods: ReadonlyMap<string, Pod> } | { away: AppError };

type PodList = { items?: Pod[]; metadata?: { resourceVersion?: string } };
type WatchEvent = { type?: string; object?: Pod };

const mostPods = 1000;
const watchSeconds = 300;
const pauseMs = 1000;
const mostPauseMs = 30_000;

/** The pods of a workload by uid. @throws AppError `cluster_forbidden` | `cluster_unreachable` … */
export async function listPods(place: LogPlace, { labelSelector, belongs }: PodsOf) {
  const response = await place.client
    .request<PodList>({
      method: 'GET',
      path: pathIn(place),
      identity: place.identity,
      priority: 'interactive',
      query: { labelSelector, limit: mostPods },
    })
    .catch(mapClusterError);
  if (response.status !== 200) throw overloadOf(response) ?? refusalOf(response.status);
  const { items = [], metadata } = response.body;
  const pods = new Map(items.filter(belongs).map((pod) => [pod.metadata?.uid ?? '', slim(pod)]));
  return { pods, resourceVersion: metadata?.resourceVersion ?? '' };
}

/**
 * The pods of a workload, again with each change, until the signal aborts. What cannot be asked is asked again, at most
 * every half minute.
 */
export async function* watchPods(
  place: LogPlace,
  which: PodsOf,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<PodsSeen, void, undefined> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const { pods, resourceVersion } = await listPods(place, which);
      yield { pods };
      failures = 0;
      for await (const { type, object } of eventsSince(place, which, resourceVersion, signal)) {
        const uid = object?.metadata?.uid ?? '';
        if (object === undefined || uid === '' || type === 'ERROR') break;
        if (type === 'DELETED' || !which.belongs(object)) pods.delete(uid);
        else pods.set(uid, slim(object));
        yield { pods };
      }
      await sleep(clock, pauseMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof AppError)) throw error;
      yield { away: error };
      await sleep(clock, Math.min(mostPauseMs, pauseMs * 2 ** Math.min(failures, 10)), signal);
      failures += 1;
    }
  }
}

async function* eventsSince(
  place: LogPlace,
  { labelSelector }: PodsOf,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const stream = await place.client
    .stream({
      method: 'GET',
      path: pathIn(place),
      identity: place.identity,
      priority: 'interactive',
      query: { watch: true, labelSelector, resourceVersion, timeoutSeconds: watchSeconds },
      signal,
    })
    .catch(mapClusterError);
  try {
    if (stream.status !== 200) throw overloadOf(stream) ?? refusalOf(stream.status);
    for await (const line of splitLines(stream.body, () => {})) yield JSON.parse(line.toString('utf8')) as WatchEvent;
  } catch (error) {
    if (error instanceof AppError) throw error;
    // A cut line: the list says what was missed.
  } finally {
    stream.body.destroy();
  }
}

const pathIn = ({ namespace }: LogPlace) => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;

/** What is needed of a pod: hundreds of them are held. */
function slim({ metadata = {}, spec = {}, status = {} }: Pod): Pod {
  const names = (list: { name?: string; restartPolicy?: string }[] | undefined) =>
    list?.map(({ name, restartPolicy }) => ({
      ...(name === undefined ? {} : { name }),
      ...(restartPolicy === undefined ? {} : { restartPolicy }),
    })) ?? [];
  return {
    metadata: { ...only(metadata, ['name', 'uid']) },
    spec: {
      ...only(spec, ['restartPolicy']),
      containers: names(spec.containers),
      initContainers: names(spec.initContainers),
      ephemeralContainers: names(spec.ephemeralContainers),
    },
    status: only(status, ['phase', 'containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']),
  };
}

function only<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.flatMap((key) => (key in from ? [[key, from[key]]] : []))) as Pick<T, K>;
}

function refusalOf(status: number): AppError {
  if (status === 401 || status === 403)
    return new AppError('cluster_forbidden', 403, 'The cluster does not let you list pods in this namespace.');
  return new AppError('cluster_unreachable', 503, `The cluster answered ${status}.`, { retryAfterSeconds: 5 });
}
