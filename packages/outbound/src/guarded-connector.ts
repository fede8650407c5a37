import { createSecureContext, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { AddressGuard } from './address-guard.ts';

/** How to trust one target, and who we are to it. */
export type TargetTrust = {
  /** Authorities to trust instead of the system's. */
  caPem?: string | undefined;
  tlsServerName?: string | undefined;
  clientCertificate?: { certPem: string; keyPem: string } | undefined;
};

/**
 * Parsed at the first call, once for all connections: each would keep its own (28 kB, a quarter of its CPU time).
 * @throws Error where a certificate or key cannot be read
 */
export function createTlsContext({ caPem, clientCertificate }: TargetTrust): () => SecureContext {
  let context: SecureContext | undefined;
  return () => {
    context ??= createSecureContext({
      minVersion: 'TLSv1.2',
      ...(caPem === undefined ? {} : { ca: caPem }),
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate.certPem, key: clientCertificate.keyPem }),
    });
    return context;
  };
}

/**
 * The one way this process dials: every address is checked at the connect itself (a literal address never reaches the
 * lookup, so it is checked first), TLS is verified, and no TLS session is shared with another connector.
 */
export function createGuardedConnector(options: {
  port: number;
  guard: AddressGuard;
  connectTimeoutMs: number;
  tlsContext: () => SecureContext;
  tlsServerName?: string | undefined;
  /** HTTP/2 is offered besides HTTP/1.1; default false. */
  allowsHttp2?: boolean | undefined;
}): buildConnector.connector {
  const { port, guard } = options;
  let connect: buildConnector.connector | undefined;

  function build(): buildConnector.connector {
    return buildConnector({
      timeout: options.connectTimeoutMs,
      keepAlive: true,
      // Node adds ten probes a second apart, so a half-open socket dies within about 20 s.
      keepAliveInitialDelay: 10_000,
      autoSelectFamily: true,
      lookup: guard.lookupFor(port),
      allowH2: options.allowsHttp2 === true,
      secureContext: options.tlsContext(),
      ...(options.tlsServerName === undefined ? {} : { servername: options.tlsServerName }),
    });
  }

  return (connectOptions, callback) => {
    try {
      guard.checkLiteral(connectOptions.hostname, port);
      connect ??= build();
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    connect(connectOptions, callback);
  };
}
