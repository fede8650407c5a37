import { z } from 'zod';

/** Codes any endpoint may answer with, and the HTTP status each has. */
export const sharedErrorCodes = {
  invalid_request: 400,
  unauthenticated: 401,
  step_up_required: 403,
  forbidden: 403,
  origin_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_input: 422,
  headers_too_large: 431,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  database_unavailable: 503,
} as const;

export type SharedErrorCode = keyof typeof sharedErrorCodes;

/** One invalid place of the input. */
export const problemItemSchema = z.object({
  /** JSON pointer into the body, or `query/limit`, `params/id`. */
  pointer: z.string(),
  code: z.string(),
  detail: z.string(),
  /** What to do about it: a sentence, a command or YAML to apply. */
  remedy: z.string().optional(),
});

/** `application/problem+json` (RFC 9457). */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(problemItemSchema).optional(),
  /** Seconds to wait before the next try (429, 503). */
  retryAfterSeconds: z.number().optional(),
});
export type Problem = z.infer<typeof problemSchema>;
export type ProblemItem = z.infer<typeof problemItemSchema>;
