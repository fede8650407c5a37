/** Why an access to a cluster is not taken; the first of several reasons. */
export type AccessRefusalCode =
  | 'kubeconfig_invalid'
  | 'kubeconfig_exec'
  | 'kubeconfig_auth_provider'
  | 'kubeconfig_basic_auth'
  | 'kubeconfig_impersonation'
  | 'kubeconfig_file_path'
  | 'kubeconfig_insecure'
  | 'kubeconfig_proxy';

export type AccessRefusal = {
  code: AccessRefusalCode;
  /** A sentence a person can act on; never holds a credential. */
  detail: string;
  /** JSON pointer into the given kubeconfig or form. */
  pointer: string;
  /** The way out: a command or a sentence. */
  remedy?: string;
};

/** Raised inside the parsers, turned into a verdict at their door. */
export class AccessRefusedError extends Error {
  readonly refusal: AccessRefusal;
  constructor(code: AccessRefusalCode, pointer: string, detail: string, remedy?: string) {
    super(detail);
    this.name = 'AccessRefusedError';
    this.refusal = { code, detail, pointer, ...(remedy === undefined ? {} : { remedy }) };
  }
}
