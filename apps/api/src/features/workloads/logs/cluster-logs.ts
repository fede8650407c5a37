import type { ClusterClient, ClusterRequest, Identity } from '@quarterdeck/kubernetes';
import { AppError } from '../../../platform/errors.ts';
import { mapClusterError, overloadOf } from '../../clusters/index.ts';
import type { ContainerPort, LogAsk } from './container-log.ts';
import type { Pod } from './pod-containers.ts';

/** A namespace of a cluster as one person may read it. */
export type LogPlace = { client: ClusterClient; identity: Identity; namespace: string };

/** How somebody knows of a pod: by asking for it, or by a list that is kept up to date. */
export type PodView = Pick<ContainerPort, 'look' | 'changed' | 'gone'>;

const podPath = (namespace: string, pod: string) =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;

/** A pod as its cluster has it now. @throws AppError `pod_not_found` | `cluster_forbidden` | `cluster_unreachable` … */
export async function readPod({ client, identity, namespace }: LogPlace, pod: string): Promise<Pod> {
  const response = await client
    .request<Pod>({ method: 'GET', path: podPath(namespace, pod), identity, priority: 'interactive' })
    .catch(mapClusterError);
  if (response.status !== 200) throw overloadOf(response) ?? refusalOf(response.status, response.body);
  return response.body;
}

/** The log of a container as a cluster serves it. */
export function containerPort(
  { client, identity, namespace }: LogPlace,
  { pod, container }: { pod: string; container: string },
  view: PodView,
): ContainerPort {
  const request = ({ tailLines, sinceTime, previous }: LogAsk, follow: boolean): ClusterRequest => ({
    method: 'GET',
    path: `${podPath(namespace, pod)}/log`,
    identity,
    priority: 'interactive',
    accept: '*/*',
    query: {
      container,
      timestamps: true,
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(sinceTime === undefined ? {} : { sinceTime }),
      ...(previous === true ? { previous } : {}),
      ...(follow ? { follow } : {}),
    },
  });
  return {
    ...view,
    async read(ask) {
      const response = await client.request<unknown>(request(ask, false)).catch(mapClusterError);
      if (response.status !== 200) throw overloadOf(response) ?? refusalOf(response.status, response.body);
      const { body } = response;
      if (body === undefined) return '';
      return typeof body === 'string' ? body : JSON.stringify(body);
    },
    async open(ask, signal) {
      const stream = await client.stream({ ...request(ask, true), signal }).catch(mapClusterError);
      if (stream.status === 200) return { chunks: chunksOf(stream.body), close: () => stream.body.destroy() };
      stream.body.destroy();
      throw overloadOf(stream) ?? refusalOf(stream.status, undefined);
    },
  };
}

async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw new AppError('cluster_unreachable', 503, 'The line to the cluster was cut.', { cause: error });
  }
}

/** What an answer other than 200 means to whoever reads a log. */
export function refusalOf(status: number, body: unknown): AppError {
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
