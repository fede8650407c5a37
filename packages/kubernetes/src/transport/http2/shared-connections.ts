import type { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { ClusterError } from '../cluster-client.ts';
import type { SharedRequest } from './request-frames.ts';
import { NotBegun, type SharedAnswer, type SharedConnection, shareConnection } from './shared-connection.ts';

/**
 * Few connections for the many watches of a cluster, by HTTP/2: a connection costs some 100 kB, what shares one some 5,
 * and a cluster has 30 to 40 watches.
 */
export interface SharedConnections {
  /** `undefined` where the cluster, or what stands before it, speaks HTTP/1.1 alone. */
  get(request: SharedRequest, signal: AbortSignal): Promise<SharedAnswer | undefined>;
  /** Ends whatever is under way. */
  close(reason: ClusterError): void;
}

/** @param connect offers HTTP/2 */
export function createSharedConnections(
  connect: buildConnector.connector,
  origin: string,
  settingsMs: number,
): SharedConnections {
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
    const connection = await shareConnection(socket, origin, settingsMs);
    if (closed !== undefined) {
      connection.close(closed);
      return;
    }
    if (!connection.hasRoom()) {
      const none = new ClusterError('cluster_unreachable', `${new URL(origin).host} takes no requests by HTTP/2.`);
      connection.close(none);
      // Another connection would say the same: dialling on would never end.
      throw none;
    }
    for (const each of connections) if (each.isOver()) connections.delete(each);
    connections.add(connection);
  }

  function open(): Promise<TLSSocket> {
    const { host, hostname, port, protocol } = new URL(origin);
    return new Promise((resolve, reject) => {
      connect({ host, hostname, port, protocol }, (error, socket) => {
        if (error === null) resolve(socket.on('error', () => {}) as TLSSocket);
        else reject(error);
      });
    });
  }

  async function once(request: SharedRequest, signal: AbortSignal): Promise<SharedAnswer | undefined> {
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
  }

  return {
    async get(request, signal) {
      try {
        return await once(request, signal);
      } catch (error) {
        if (!(error instanceof NotBegun)) throw error;
        return once(request, signal);
      }
    },
    close(reason) {
      closed = reason;
      for (const connection of connections) connection.close(reason);
      connections.clear();
    },
  };
}
