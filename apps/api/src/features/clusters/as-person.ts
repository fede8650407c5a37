import { ClusterError, type ClusterStream, extraKeys, type Identity, retryAfterSeconds } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';

/**
 * A person in a member cluster: the user that its profile makes of them, the groups their grants give, who it is in an extra.
 * @param requestId goes into an extra too, so that the cluster's own audit log leads to ours
 */
export async function personIdentity(
  access: Pick<Access, 'groupsFor' | 'userFor'>,
  principal: Principal,
  clusterId: string,
  namespace: string | undefined,
  requestId?: string,
): Promise<Identity> {
  const [user, groups] = await Promise.all([
    access.userFor(principal, clusterId),
    access.groupsFor(principal, clusterId, namespace),
  ]);
  const extra = {
    ...(principal.kind === 'system' ? {} : { [extraKeys.actor]: [principal.name] }),
    ...(requestId === undefined ? {} : { [extraKeys.request]: [requestId] }),
  };
  return {
    user,
    groups,
    ...(principal.kind === 'system' ? {} : { uid: principal.id }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/**
 * No answer of a cluster in the words of the API.
 * @throws AppError `cluster_timeout` | `cluster_busy` | `cluster_unreachable`; what is no ClusterError as it is
 */
export function mapClusterError(error: unknown): never {
  if (!(error instanceof ClusterError)) throw error;
  const code = error.code === 'cluster_timeout' || error.code === 'cluster_busy' ? error.code : 'cluster_unreachable';
  throw new AppError(code, 503, error.message, { retryAfterSeconds: 5, cause: error });
}

const overloads = new Set([429, 503]);

/** An answer by which a cluster asks to be left alone for a while, with the time it names; else `undefined`. */
export function overloadOf({ status, headers }: Pick<ClusterStream, 'status' | 'headers'>): AppError | undefined {
  if (!overloads.has(status)) return undefined;
  const seconds = retryAfterSeconds(headers['retry-after']) ?? 5;
  return new AppError('cluster_busy', 503, `The cluster has too much to do (${status}). Try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}
