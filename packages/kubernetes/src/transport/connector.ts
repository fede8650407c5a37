import { type AddressGuard, createGuardedConnector, createTlsContext } from '@quarterdeck/outbound';
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

export type Connectors = {
  /** Speaks HTTP/1.1. */
  http1: buildConnector.connector;
  /** Offers HTTP/2 as well; which of them it is stands in the socket. */
  either: buildConnector.connector;
};

/**
 * How this process dials a cluster: guarded, by the cluster's own CA, with TLS session caches of its own. Behind a
 * proxy that the operator listed, the proxy resolves names, so only literal addresses are checked.
 */
export function createConnectors(options: {
  endpoint: ClusterEndpoint;
  guard: AddressGuard;
  connectTimeoutMs: number;
}): Connectors {
  const { endpoint, guard, connectTimeoutMs } = options;
  const { host, port } = addressOf(endpoint);
  const { credential, caPem, tlsServerName, proxyUrl } = endpoint;
  const clientCertificate = credential.kind === 'client_certificate' ? credential : undefined;
  const tlsContext = createTlsContext({ caPem, clientCertificate });

  function build(allowsHttp2: boolean): buildConnector.connector {
    const connect = createGuardedConnector({ port, guard, connectTimeoutMs, tlsContext, tlsServerName, allowsHttp2 });
    if (proxyUrl === undefined) return connect;
    return (connectOptions, callback) => {
      try {
        guard.checkLiteral(connectOptions.hostname, port);
      } catch (error) {
        callback(error as Error, null);
        return;
      }
      openTunnel(proxyUrl, { host, port }, connectTimeoutMs).then(
        (socket) => connect({ ...connectOptions, httpSocket: socket }, callback),
        (error: Error) => callback(error, null),
      );
    };
  }

  return { http1: build(false), either: build(true) };
}
