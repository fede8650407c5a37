import { type Problem, type ProblemItem, sharedErrorCodes } from '@quarterdeck/contracts';
import { kubernetesStatus } from '@quarterdeck/kubernetes';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AppError } from '../errors.ts';

/** Below it clusters answer in Kubernetes' own forms, and so do we. */
export const clusterPrefix = '/k8s/';

/** A refusal as the caller's client reads it: a problem document, or for a client of Kubernetes a `Status`. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  return request.url.startsWith(clusterPrefix) ? sendStatus(reply, error) : sendProblem(reply, request.id, error);
}

/**
 * Sends a `Status`. Client libraries of Kubernetes wait by themselves as long as `Retry-After` says, up to ten times
 * and without a word, so only what passes in a moment carries it: that a cluster is away is shown at once.
 */
function sendStatus(reply: FastifyReply, error: AppError): FastifyReply {
  const passesSoon = error.status === 429 || error.code === 'cluster_busy';
  if (passesSoon && error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  const body = JSON.stringify(kubernetesStatus(error.status, error.message, error.retryAfterSeconds));
  return reply.code(error.status).type('application/json').send(body);
}

/** Sends `application/problem+json`. The title comes from the code, the detail from us: never upstream text. */
export function sendProblem(reply: FastifyReply, requestId: string, error: AppError): FastifyReply {
  const problem: Problem = {
    type: `urn:quarterdeck:problem:${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.errors === undefined ? {} : { errors: [...error.errors] }),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  };
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  return reply.code(error.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Turns anything thrown into an `AppError`; what is not expected becomes `internal` and is logged with its cause. */
export function toAppError(error: unknown, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error;
  const known = fastifyError(error);
  if (known !== undefined) return known;
  const away = databaseAway(error);
  if (away !== undefined) {
    request.log.warn({ err: error }, 'database unavailable');
    return away;
  }
  request.log.error({ err: error }, 'request failed');
  return new AppError('internal', 500, `Something failed here. Give request id ${request.id} to your operator.`, {
    cause: error,
  });
}

/** 503 for a database that does not answer at this moment; `undefined` for anything else. */
export function databaseAway(error: unknown): AppError | undefined {
  if (!(error instanceof Error && error.name === 'DatabaseUnavailableError')) return undefined;
  return new AppError('database_unavailable', 503, 'The database does not answer. Try again in a few seconds.', {
    retryAfterSeconds: 2,
    cause: error,
  });
}

/** 422 with one entry per zod issue; `prefix` is empty for the body, `query` or `params` otherwise. */
export function invalidInput(issues: readonly z.core.$ZodIssue[], prefix: '' | 'query' | 'params'): AppError {
  const errors: ProblemItem[] = issues.slice(0, 50).flatMap((issue) => {
    const base = [prefix, ...issue.path.map((part) => pointerPart(String(part)))].join('/');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        pointer: `${base}/${pointerPart(key)}`,
        code: 'unknown_field',
        detail: `${key} is not a known field`,
      }));
    }
    return [{ pointer: base === '' ? '/' : base, code: issue.code, detail: issue.message }];
  });
  const first = errors[0];
  return new AppError(
    'invalid_input',
    422,
    first === undefined ? 'The input is not valid.' : `${first.pointer}: ${first.detail}`,
    {
      errors,
    },
  );
}

function pointerPart(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Fastify's own refusals in our words. */
function fastifyError(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('too_large', sharedErrorCodes.too_large, 'The body is larger than this endpoint takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new AppError('unsupported_media_type', 415, 'Send application/json.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new AppError('invalid_request', 400, 'The body is empty or does not have the announced length.');
    case 'FST_ERR_HANDLER_TIMEOUT':
      return new AppError('unavailable', 503, 'This took longer than it may. Try again.', { retryAfterSeconds: 5 });
    case 'FST_ERR_MAX_PARAM_LENGTH':
    case 'FST_ERR_BAD_URL':
      return new AppError('invalid_request', 400, 'The path is not valid.');
    default:
      return undefined;
  }
}
