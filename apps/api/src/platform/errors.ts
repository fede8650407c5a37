import type { ProblemItem } from '@quarterdeck/contracts';

/**
 * An expected failure with a stable code. Features throw it with a code of their contract; the HTTP layer alone turns
 * it into a problem document. `detail` is a sentence that the person can act on, never upstream text.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly errors: readonly ProblemItem[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: string,
    status: number,
    detail: string,
    options?: { errors?: readonly ProblemItem[]; retryAfterSeconds?: number; cause?: unknown },
  ) {
    super(detail, { cause: options?.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.errors = options?.errors;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

/**
 * 404: the same answer, to the letter, for what does not exist and for what the caller may not read. `what` is for the
 * log alone: a word more in the answer would tell a stranger which ids exist.
 */
export function notFound(what = 'This object'): AppError {
  return new AppError('not_found', 404, 'This object does not exist, or you may not read it.', { cause: what });
}

/** 409 with a code of the feature. */
export function conflict(code: string, detail: string, errors?: readonly ProblemItem[]): AppError {
  return new AppError(code, 409, detail, { errors });
}

/** 422 that names the field by JSON pointer. */
export function invalid(
  code: string,
  detail: string,
  pointer: string,
  options?: { remedy?: string; cause?: unknown },
): AppError {
  const remedy = options?.remedy === undefined ? {} : { remedy: options.remedy };
  return new AppError(code, 422, detail, { errors: [{ pointer, code, detail, ...remedy }], cause: options?.cause });
}

/** 403 that names the missing permission. */
export function forbidden(permission: string, where: string): AppError {
  return new AppError('forbidden', 403, `Needs ${permission} ${where}. Ask an owner of this installation.`);
}
