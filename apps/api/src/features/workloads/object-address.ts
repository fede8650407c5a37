import type { ClusterClient, Identity } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { mapClusterError, overloadOf } from '../clusters/index.ts';

/** One object of one cluster; group `core` is the empty group, namespace `_` is cluster-wide. */
export type ObjectAddress = { clusterId: string; namespace: string; group: string; plural: string; name: string };

/** Where its cluster serves an object, in the version that it prefers. @throws AppError `kind_unknown` … */
export async function objectPathIn(client: ClusterClient, identity: Identity, address: ObjectAddress): Promise<string> {
  const root = await rootOf(client, identity, address.group);
  const place = address.namespace === '_' ? '' : `/namespaces/${encodeURIComponent(address.namespace)}`;
  return `${root}${place}/${encodeURIComponent(address.plural)}/${encodeURIComponent(address.name)}`;
}

/** The object as its cluster holds it now. @throws AppError `object_not_found` | `cluster_forbidden` … */
export async function readObject<T>(
  client: ClusterClient,
  identity: Identity,
  { path, address }: { path: string; address: ObjectAddress },
): Promise<T> {
  const response = await client
    .request<T>({ method: 'GET', path, identity, priority: 'interactive' })
    .catch(mapClusterError);
  if (response.status === 404) throw notFound(address);
  if (response.status !== 200) throw overloadOf(response) ?? refused(response.status);
  return response.body;
}

/** `/api/v1`, or the version of a group that its cluster prefers. */
async function rootOf(client: ClusterClient, identity: Identity, group: string): Promise<string> {
  if (group === 'core') return '/api/v1';
  const response = await client
    .request<{ preferredVersion?: { version?: string } }>({
      method: 'GET',
      path: `/apis/${encodeURIComponent(group)}`,
      identity,
      priority: 'interactive',
    })
    .catch(mapClusterError);
  const version = response.status === 200 ? response.body.preferredVersion?.version : undefined;
  if (version !== undefined) return `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
  if (response.status === 404 || response.status === 200)
    throw new AppError('kind_unknown', 404, `This cluster serves no API group ${group}.`);
  throw overloadOf(response) ?? refused(response.status);
}

export function notFound({ plural, namespace, name }: ObjectAddress): AppError {
  const where = namespace === '_' ? 'in this cluster' : `in ${namespace}`;
  return new AppError('object_not_found', 404, `There is no ${name} among the ${plural} ${where} any more.`);
}

function refused(status: number): AppError {
  if (status === 401 || status === 403)
    return new AppError('cluster_forbidden', 403, 'The cluster does not let you read this object.');
  return new AppError('cluster_unreachable', 503, `The cluster answered ${status}.`, { retryAfterSeconds: 5 });
}
