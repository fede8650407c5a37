import { buildConnector } from 'undici';
import type { AddressGuard } from '../connection/address-guard.ts';
import type { ClusterEndpoint } from './cluster-client.ts';
import { openTunnel } from './proxy-tunnel.ts';

/** Where the server listens, from its URL. */
export function addressOf(endpoint: Pick<ClusterEndpoint, 'server'>): { host: string; port: number; prefix: string } {
  const url = new URL(endpoint.server);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 443 : Number(url.port),
    prefix: url.pathname.replace(/\/+$/, ''),
  };
}

/**
 * The one way this process dials a cluster: addresses are checked at every connect, TLS is verified against the
 * cluster's own CA, and its session cache is never shared with another cluster on the same address. Behind a proxy
 * that the operator listed, the proxy resolves names, so only literal addresses are checked.
 */
export function createConnector(options: {
  endpoint: ClusterEndpoint;
  guard: AddressGuard;
  connectTimeoutMs: number;
}): buildConnector.connector {
  const { endpoint, guard } = options;
  const { host, port } = addressOf(endpoint);
  const { credential } = endpoint;
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    keepAlive: true,
    // Node adds ten probes a second apart, so a half-open socket dies within about 20 s.
    keepAliveInitialDelay: 10_000,
    autoSelectFamily: true,
    lookup: guard.lookupFor(port),
    minVersion: 'TLSv1.2',
    allowH2: false,
    ...(endpoint.caPem === undefined ? {} : { ca: endpoint.caPem }),
    ...(endpoint.tlsServerName === undefined ? {} : { servername: endpoint.tlsServerName }),
    ...(credential.kind === 'client_certificate' ? { cert: credential.certPem, key: credential.keyPem } : {}),
  });
  return (connectOptions, callback) => {
    try {
      guard.checkLiteral(connectOptions.hostname, port);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    if (endpoint.proxyUrl === undefined) {
      connect(connectOptions, callback);
      return;
    }
    openTunnel(endpoint.proxyUrl, { host, port }, options.connectTimeoutMs).then(
      (socket) => connect({ ...connectOptions, httpSocket: socket }, callback),
      (error: Error) => callback(error, null),
    );
  };
}
