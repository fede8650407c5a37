import { type DestinationStream, type Logger, pino } from 'pino';
import { maskSecrets } from './mask-secrets.ts';

export type { Logger } from 'pino';

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
    { write: (line: string) => void destination.write(maskSecrets(line)) },
  );
}

type Described = { name: string; code?: string; message: string; stack?: string; cause?: Described };

function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { name: 'NonError', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  const cause = error.cause === undefined || depth > 2 ? {} : { cause: describeError(error.cause, depth + 1) };
  return { name: error.name, ...code, message: error.message, ...stack, ...cause };
}
