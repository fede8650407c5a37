import { NodeAnswerError } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { mapClusterError, overloadOf } from '../clusters/index.ts';

const saidAtMost = 300;

/**
 * What a cluster answered about an object, or that it did not, in the words of the API.
 * @param what such as `the node n1`
 * @throws AppError `object_not_found` | `object_replaced` | `cluster_forbidden` | `cluster_refused` | `cluster_unreachable` …
 */
export function inOurWords(error: unknown, what: string): never {
  if (!(error instanceof NodeAnswerError)) return mapClusterError(error);
  const { status, response } = error;
  if (status === 404) throw objectNotFound(what);
  if (status === 409) throw objectReplaced(what);
  if (status === 401 || status === 403) throw clusterForbidden(what);
  throw (
    overloadOf(response) ??
    (status < 500
      ? new AppError('cluster_refused', 422, `The cluster refused it: ${error.message.slice(0, saidAtMost)}`)
      : new AppError('cluster_unreachable', 503, `The cluster answered ${status}.`, { retryAfterSeconds: 5 }))
  );
}

export function objectNotFound(what: string): AppError {
  return new AppError('object_not_found', 404, `There is no ${what} in this cluster any more.`);
}

export function objectReplaced(what: string): AppError {
  return new AppError(
    'object_replaced',
    409,
    `The ${what} is another one by now, or changed just then. Nothing was done: look again.`,
  );
}

export function clusterForbidden(what: string): AppError {
  return new AppError(
    'cluster_forbidden',
    403,
    `The cluster does not let you do this to the ${what}: its own roles say no. Ask whoever runs it.`,
  );
}
