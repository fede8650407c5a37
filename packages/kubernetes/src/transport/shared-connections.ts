import type { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import type { ClusterError } from './cluster-client.ts';
import { type SharedAnswer, type SharedConnection, type SharedRequest, shareConnection } from './shared-connection.ts';

/**
 * Few connections for the many watches of a cluster, by HTTP/2. A connection costs 80 kB and four times the processor
 * time of a stream, and a cluster has 40 watches.
 */
export interface SharedConnections {
  /** `undefined` where the cluster, or what stands before it, speaks HTTP/1.1 alone. */
  get(request: SharedRequest, signal: AbortSignal): Promise<SharedAnswer | undefined>;
  /** Ends every stream. */
  close(reason: ClusterError): void;
}

/** @param connect offers HTTP/2 */
export function createSharedConnections(connect: buildConnector.connector, origin: string): SharedConnections {
  const connections = new Set<SharedConnection>();
  let isRefused = false;
  let dialling: Promise<void> | undefined;
  let closed: ClusterError | undefined;

  async function dial(): Promise<void> {
    const socket = await open();
    if (socket.alpnProtocol !== 'h2') {
      isRefused = true;
      socket.destroy();
      return;
    }
    const connection = await shareConnection(socket, origin);
    if (closed !== undefined) return connection.close(closed);
    for (const each of connections) if (each.isOver()) connections.delete(each);
    connections.add(connection);
  }

  function open(): Promise<TLSSocket> {
    const { host, hostname, port, protocol } = new URL(origin);
    return new Promise((resolve, reject) => {
      connect({ host, hostname, port, protocol }, (error, socket) => {
        if (error !== null) return reject(error);
        socket.on('error', () => {});
        resolve(socket as TLSSocket);
      });
    });
  }

  return {
    async get(request, signal) {
      for (;;) {
        signal.throwIfAborted();
        if (closed !== undefined) throw closed;
        if (isRefused) return undefined;
        const free = [...connections].find((connection) => connection.hasRoom());
        if (free !== undefined) return free.get(request, signal);
        dialling ??= dial().finally(() => {
          dialling = undefined;
        });
        await dialling;
      }
    },
    close(reason) {
      closed = reason;
      for (const connection of connections) connection.close(reason);
      connections.clear();
    },
  };
}
