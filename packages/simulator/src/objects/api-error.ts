import type { Kind } from './kinds.ts';
import { qualified } from './kinds.ts';
import type { Json } from './types.ts';

/** A refusal in the words of Kubernetes; becomes a `Status`. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Json | undefined;
  constructor(code: number, reason: string, message: string, details?: Json) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

export function statusOf({ code, reason, message, details }: ApiError): Json {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  };
}

function detailsOf({ group, plural }: Kind, name: string): Json {
  return { name, ...(group === '' ? {} : { group }), kind: plural };
}

export function notFound(kind: Kind, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, detailsOf(kind, name));
}

export function alreadyExists(kind: Kind, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, detailsOf(kind, name));
}

export function conflict(kind: Kind, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(kind, name));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

export function invalid(kind: Kind, name: string, field: string, why: string): ApiError {
  const message = `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name}" is invalid: ${field}: ${why}`;
  return new ApiError(422, 'Invalid', message, {
    ...detailsOf(kind, name),
    kind: kind.kind,
    causes: [{ reason: 'FieldValueInvalid', message: why, field }],
  });
}
