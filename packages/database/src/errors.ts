/** PostgreSQL does not answer: it is down, restarting, full or busy. The request may be tried again. */
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

/** The database is not set up as the product needs it; the message says what a DBA must run. */
export class DatabaseSetupError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseSetupError';
  }
}

/**
 * SQLSTATE classes and codes that mean "not now" rather than "not so": connection lost (08), shutting down or starting
 * (57P0x), resources such as disk or connections used up (53), a lock that was not had in time (55P03), a server that
 * has become a standby (25006), files it cannot read or write (58030).
 */
const unavailableStates = /^(08|57P0|53|55P03$|25006$|58030$)/;
/** Of these the connection itself is of no more use. */
const brokenStates = /^(08|57P0|25006$)/;
const socketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'ENOENT', 'EAI_AGAIN']);
const clientMessages =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|not queryable|Cannot use a pool after|is a standby/;

/** True for failures of the moment, not of the statement. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof DatabaseUnavailableError || unavailableStates.test(codeOf(error)) || isBroken(error);
}

/** True when the connection must not be used again. */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  return brokenStates.test(code) || socketCodes.has(code) || clientMessages.test(error.message);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
