import type { ClusterEndpoint } from '../transport/cluster-client.ts';
import { parseCertificates, parseClientCertificate, parseServer, parseToken } from './access-parts.ts';
import { type AccessRefusal, AccessRefusedError } from './refusal.ts';

/** Server + CA + token or client certificate, as typed into the form. */
export type DirectAccess = { server: string; caPem?: string; tlsServerName?: string } & (
  | { kind: 'token'; token: string }
  | { kind: 'client_certificate'; certificatePem: string; keyPem: string }
);

export type DirectVerdict = { endpoint: ClusterEndpoint } | { refusal: AccessRefusal };

/** Judges a typed access without touching a file, a process or a socket; pointers name the form's fields. */
export function parseDirectAccess(access: DirectAccess): DirectVerdict {
  try {
    const server = parseServer(access.server, '/server');
    return {
      endpoint: {
        server,
        ...(access.caPem === undefined ? {} : { caPem: parseCertificates(access.caPem, '/caPem', 'The CA') }),
        ...(access.tlsServerName === undefined ? {} : { tlsServerName: access.tlsServerName }),
        credential:
          access.kind === 'token'
            ? parseToken(access.token, '/token')
            : parseClientCertificate(
                { pem: access.certificatePem, pointer: '/certificatePem' },
                { pem: access.keyPem, pointer: '/keyPem' },
              ),
      },
    };
  } catch (error) {
    if (error instanceof AccessRefusedError) return { refusal: error.refusal };
    throw error;
  }
}
