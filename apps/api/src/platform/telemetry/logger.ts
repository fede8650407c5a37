import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * Patterns of secrets that must not reach a log even when a message carries them: our tokens, JSON web tokens, PEM
 * blocks, bearer headers.
 */
const secretPatterns = [
  /\bqd[psw]_[A-Za-z0-9_]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(\.[A-Za-z0-9_-]*)?/g,
  /-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g,
  /\b[Bb]earer\s+[A-Za-z0-9._~+/=-]{8,}/g,
];

/** Replaces everything that looks like a secret. */
export function maskSecrets(text: string): string {
  let masked = text;
  for (const pattern of secretPatterns) masked = masked.replaceAll(pattern, '[secret]');
  return masked;
}

/**
 * Structured log: fixed message, changing fields. Serializers are an allow-list (no headers, bodies, query values);
 * the finished line passes `maskSecrets` as the last filter.
 */
export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  const destination = options.destination ?? process.stdout;
  return pino(
    {
      level: options.level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        req: () => undefined,
        res: () => undefined,
        err: (error: unknown) => describeError(error),
      },
    },
    { write: (line: string) => void destination.write(maskLine(line)) },
  );
}

function maskLine(line: string): string {
  // PEM blocks are escaped inside JSON, so newlines are literal "\n" here; the patterns accept any text between.
  return maskSecrets(line);
}

type Described = { name: string; code?: string; message: string; stack?: string; cause?: Described };

function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { name: 'NonError', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  const cause = error.cause === undefined || depth > 2 ? {} : { cause: describeError(error.cause, depth + 1) };
  return { name: error.name, ...code, message: error.message, ...stack, ...cause };
}
