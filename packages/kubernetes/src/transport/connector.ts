import { type AddressGuard, createGuardedConnector } from '@quarterdeck/outbound';
import type { buildConnector } from 'undici';
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
 * How this process dials a cluster: guarded, by the cluster's own CA, with a TLS session cache of its own. Behind a
 * proxy that the operator listed, the proxy resolves names, so only literal addresses are checked.
 */
export function createConnector(options: {
  endpoint: ClusterEndpoint;
  guard: AddressGuard;
  connectTimeoutMs: number;
}): buildConnector.connector {
  const { endpoint, guard } = options;
  const { host, port } = addressOf(endpoint);
  const { credential } = endpoint;
  const connect = createGuardedConnector({
    port,
    guard,
    connectTimeoutMs: options.connectTimeoutMs,
    caPem: endpoint.caPem,
    tlsServerName: endpoint.tlsServerName,
    clientCertificate: credential.kind === 'client_certificate' ? credential : undefined,
  });
  if (endpoint.proxyUrl === undefined) return connect;
  const { proxyUrl } = endpoint;
  return (connectOptions, callback) => {
    try {
      guard.checkLiteral(connectOptions.hostname, port);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    openTunnel(proxyUrl, { host, port }, options.connectTimeoutMs).then(
      (socket) => connect({ ...connectOptions, httpSocket: socket }, callback),
      (error: Error) => callback(error, null),
    );
  };
}
