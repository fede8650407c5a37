import { createServer as createPlainServer, type Server as PlainServer, type RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type AddressGuard, createAddressGuard } from '@quarterdeck/outbound';
import { type Authority, createAuthority } from '@quarterdeck/testing';
import type { ClusterEndpoint } from './cluster-client.ts';

/** A TLS server on a free loopback port, for tests of what a cluster can do to us. */
export type LocalServer = {
  port: number;
  endpoint: ClusterEndpoint;
  guard: AddressGuard;
  authority: Authority;
  /** Sockets taken since the start. */
  accepted: () => number;
  close(): Promise<void>;
};

type Options = {
  authority?: Authority;
  hosts?: string[];
  tls?: ServerOptions;
  validity?: { notBefore: Date; notAfter: Date };
};

export async function startLocalServer(listener: RequestListener, options: Options = {}): Promise<LocalServer> {
  const authority = options.authority ?? (await createAuthority('local authority'));
  const { certPem, keyPem } = await authority.issueServer(options.hosts ?? ['127.0.0.1'], options.validity);
  const server = createServer({ cert: certPem, key: keyPem, ...options.tls }, listener);
  return listen(server, authority);
}

/** The same without TLS, to be dialled as if it had it. */
export async function startPlainServer(listener: RequestListener): Promise<LocalServer> {
  return listen(createPlainServer(listener), await createAuthority('unused authority'));
}

async function listen(server: PlainServer, authority: Authority): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    authority,
    guard: createAddressGuard({ allow: [`127.0.0.1/32:${port}`] }),
    endpoint: {
      server: `https://127.0.0.1:${port}`,
      caPem: authority.certPem,
      credential: { kind: 'token', token: 'token-of-the-test' },
    },
    accepted: () => accepted,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
