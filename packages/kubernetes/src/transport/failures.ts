import {
  OutboundError,
  type OutboundErrorCode,
  causeCode as outboundCause,
  toOutboundError,
} from '@quarterdeck/outbound';
import { ClusterError, type ClusterErrorCode } from './cluster-client.ts';

const clusterCodes: Readonly<Record<OutboundErrorCode, ClusterErrorCode>> = {
  unreachable: 'cluster_unreachable',
  timeout: 'cluster_timeout',
  tls_untrusted: 'tls_untrusted',
  address_refused: 'address_refused',
  answer_too_large: 'answer_too_large',
  url_refused: 'address_refused',
  aborted: 'aborted',
};

/** The `code` of an error, or of what caused it. */
export function causeCode(error: unknown): string {
  return outboundCause(error instanceof ClusterError ? error.cause : error);
}

/** Any failure of the transport as a `ClusterError` in our own words; the original stays as its cause. */
export function toClusterError(error: unknown, host: string): ClusterError {
  if (error instanceof ClusterError) return error;
  const failure = toOutboundError(error, host);
  return new ClusterError(clusterCodes[failure.code], failure.message, {
    cause: error instanceof OutboundError ? error.cause : error,
  });
}
