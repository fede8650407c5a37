export type RegistryErrorCode =
  /** The registry answers that there is no such repository, tag or digest. */
  | 'not_found'
  /** It wants a credential, or another one. */
  | 'denied'
  /** No answer, or one that says to come back later. */
  | 'unreachable'
  /** It answers what the distribution specification does not say. */
  | 'invalid_answer';

/** What a registry did not tell us, in our words. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  constructor(code: RegistryErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RegistryError';
    this.code = code;
  }
}
