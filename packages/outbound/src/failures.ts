/** Why no answer came from outside. */
export type OutboundErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'tls_untrusted'
  | 'address_refused'
  | 'answer_too_large'
  | 'url_refused'
  | 'aborted';

/** A failure on the way out, in our own words; what the library said is its `cause`. */
export class OutboundError extends Error {
  readonly code: OutboundErrorCode;
  constructor(code: OutboundErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OutboundError';
    this.code = code;
  }
}

const untrusted: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself, and not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate was not issued by a CA that is trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate was not issued by a CA that is trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate was not issued by a CA that is trusted here',
  CERT_SIGNATURE_FAILURE: 'its certificate was not issued by a CA that is trusted here',
  CERT_REVOKED: 'its certificate was revoked',
  INVALID_CA: 'an authority of its chain is not one',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names',
};

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not take connections',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take connections',
};

/** The `code` that the network library gave an error, or what caused it. */
export function causeCode(error: unknown): string {
  if (error instanceof OutboundError) return causeCode(error.cause);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True where the other side answered something that is not TLS, or not HTTP. */
export function isOtherProtocol(error: unknown): boolean {
  return /^(HPE_|EPROTO$|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE|HTTP_REQUEST))/.test(
    causeCode(error),
  );
}

/** Any failure of the network or of TLS as an `OutboundError`. */
export function toOutboundError(error: unknown, host: string): OutboundError {
  if (error instanceof OutboundError) return error;
  const code = causeCode(error);
  const trust = untrusted[code];
  if (trust !== undefined) {
    return new OutboundError('tls_untrusted', `${host} is not trusted: ${trust}.`, { cause: error });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new OutboundError('answer_too_large', `${host} answered with more headers than are taken.`, {
      cause: error,
    });
  }
  if (/^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO$)/.test(code)) {
    const why = isOtherProtocol(error) ? 'it does not speak TLS' : 'the TLS handshake failed';
    return new OutboundError('tls_untrusted', `${host} is not trusted: ${why}.`, { cause: error });
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED' || code === 'UND_ERR_ABORTED') {
    return new OutboundError('aborted', `The connection to ${host} was closed here.`, { cause: error });
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new OutboundError('timeout', `${host} did not answer in time.`, { cause: error });
  }
  const why = unreachable[code] ?? (code.startsWith('HPE_') ? 'it does not speak HTTP' : 'the connection failed');
  return new OutboundError('unreachable', `${host} cannot be reached: ${why}.`, { cause: error });
}
