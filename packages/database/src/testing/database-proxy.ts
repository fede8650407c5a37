import { connect, createServer, type Server, type Socket } from 'node:net';

/** Which way a COMMIT goes wrong: it never arrives, or it takes place and its reply never comes back. */
export type CommitFault = 'request-lost' | 'reply-lost';

/** A TCP proxy before PostgreSQL that does what networks do. */
export interface DatabaseProxy {
  port: number;
  /** Asked at each COMMIT; `undefined` lets it through. */
  onCommit: () => CommitFault | undefined;
  /** How many commits were cut, by kind. */
  readonly cut: Readonly<Record<CommitFault, number>>;
  /** Nothing passes any more, in either direction, and nobody is told: a half-open network. */
  stall(): void;
  /** What was held back goes on. */
  flow(): void;
  close(): Promise<void>;
}

/** A COMMIT may stand behind other statements in one message. */
const commit = Buffer.from('COMMIT\0', 'latin1');
const isCommit = (bytes: Buffer) => bytes[0] === 'Q'.charCodeAt(0) && bytes.subarray(-commit.length).equals(commit);

export async function startDatabaseProxy(target: { host: string; port: number }): Promise<DatabaseProxy> {
  const cut = { 'request-lost': 0, 'reply-lost': 0 };
  const sockets = new Set<Socket>();
  let stalled = false;
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      if (stalled) socket.pause();
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      const fault = isCommit(bytes) ? proxy.onCommit() : undefined;
      if (fault === undefined) {
        upstream.write(bytes);
        return;
      }
      cut[fault] += 1;
      if (fault === 'request-lost') {
        client.destroy();
        return;
      }
      upstream.removeAllListeners('data');
      // The first word after it is the reply: by then PostgreSQL has committed.
      upstream.once('data', () => client.destroy());
      upstream.write(bytes);
    });
  });
  await listen(server);
  const address = server.address();
  const proxy: DatabaseProxy = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    onCommit: () => undefined,
    cut,
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    flow() {
      stalled = false;
      for (const socket of sockets) socket.resume();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return proxy;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
