import { createSecureContext } from 'node:tls';
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
 * The one way this process dials: every address is checked at the connect itself (a literal address never reaches the
 * lookup, so it is checked first), TLS is verified, and no TLS session is shared with another connector.
 */
export function createGuardedConnector(
  options: TargetTrust & { port: number; guard: AddressGuard; connectTimeoutMs: number },
): buildConnector.connector {
  const { port, guard, clientCertificate } = options;
  let connect: buildConnector.connector | undefined;

  /** Once for all connections: each would parse the authorities anew and keep them (28 kB, a quarter of its CPU time). */
  function build(): buildConnector.connector {
    const secureContext = createSecureContext({
      minVersion: 'TLSv1.2',
      ...(options.caPem === undefined ? {} : { ca: options.caPem }),
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate.certPem, key: clientCertificate.keyPem }),
    });
    return buildConnector({
      timeout: options.connectTimeoutMs,
      keepAlive: true,
      // Node adds ten probes a second apart, so a half-open socket dies within about 20 s.
      keepAliveInitialDelay: 10_000,
      autoSelectFamily: true,
      lookup: guard.lookupFor(port),
      allowH2: false,
      secureContext,
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
