import type { Kind } from './kinds.ts';
import { qualified } from './kinds.ts';
import type { Json } from './types.ts';

/** A refusal in the words of Kubernetes; becomes a `Status`. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Json | undefined;
  readonly metadata: Json;
  constructor(code: number, reason: string, message: string, details?: Json, metadata: Json = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }
}

export function statusOf({ code, reason, message, details, metadata }: ApiError): Json {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

function detailsOf({ group, plural }: Kind, name: string): Json {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural };
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

/** A delete meant another object of this name. */
export function replaced(kind: Kind, name: string, wanted: string, is: string): ApiError {
  const what = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const why = `the UID in the precondition (${wanted}) does not match the UID in record (${is}). The object might have been deleted and then recreated`;
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${what} "${name}": ${why}`, {
    ...detailsOf(kind, name),
    kind: kind.kind,
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function expired(message: string, metadata?: Json): ApiError {
  return new ApiError(410, 'Expired', message, undefined, metadata);
}

export type InvalidField = { field: string; why: string };

export function invalid(kind: Kind, name: string, ...fields: InvalidField[]): ApiError {
  const words = fields.map(({ field, why }) => `${field}: ${why}`);
  const list = words.length === 1 ? words[0] : `[${words.join(', ')}]`;
  const message = `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name}" is invalid: ${list}`;
  const causes = fields.map(({ field, why }) => ({ reason: reasonOf(why), message: why, field }));
  return new ApiError(422, 'Invalid', message, { ...detailsOf(kind, name), kind: kind.kind, causes });
}

const reasons: readonly [words: string, reason: string][] = [
  ['Required value', 'FieldValueRequired'],
  ['Unsupported value', 'FieldValueNotSupported'],
  ['Duplicate value', 'FieldValueDuplicate'],
  ['Too long', 'FieldValueTooLong'],
  ['Too many', 'FieldValueTooMany'],
];

function reasonOf(why: string): string {
  if (why.includes(' in body must be of type ')) return 'FieldValueTypeInvalid';
  return reasons.find(([words]) => why.startsWith(words))?.[1] ?? 'FieldValueInvalid';
}

/** An admission plugin's no. */
export function forbiddenObject(kind: Kind, name: string, why: string): ApiError {
  const message = `${qualified(kind)} "${name}" is forbidden: ${why}`;
  return new ApiError(403, 'Forbidden', message, detailsOf(kind, name));
}

/** The server was asked for a version it does not have yet. */
export function tooLarge(version: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
