/** PostgreSQL does not answer: it is down, restarting, or refuses connections. The request may be tried again. */
export class DatabaseUnavailableError extends Error {
  constructor(cause: unknown) {
    super('PostgreSQL does not answer', { cause });
    this.name = 'DatabaseUnavailableError';
  }
}

/** A migration that cannot be applied. The database stays at the version before it. */
export class MigrationError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MigrationError';
  }
}

/** SQLSTATE classes and codes that mean "not now" rather than "not so". */
const unavailableStates = /^(08|57P0|53300|57014$)/;
const socketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'ENOENT', 'EAI_AGAIN']);
const clientMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Cannot use a pool after/;

/** True for failures of the connection, not of the statement. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '57014') return false;
  return unavailableStates.test(code) || socketCodes.has(code) || clientMessages.test(error.message);
}
