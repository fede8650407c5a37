import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Permission } from '@quarterdeck/contracts';
import { createAuthority, freePort } from '@quarterdeck/testing';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../../testing/test-app.ts';

export type Asked = { method: string; url: string; rawHeaders: string[]; headers: IncomingHttpHeaders; body: string };
export type Answered = { status: number; headers: IncomingHttpHeaders; text: string };
export type AskOptions = { method?: string; token?: string; headers?: Record<string, string>; body?: string };

/** An API server that does as it is told and remembers what it was asked. */
export type ToldUpstream = {
  asked: Asked[];
  /** Sockets open now. */
  open: () => number;
  onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  onUpgrade: (request: IncomingMessage, socket: Duplex) => void;
};

export type ProxyWorld = {
  test: TestApp;
  owner: SignedInClient;
  port: number;
  clusterId: string;
  upstream: ToldUpstream;
  /** A personal token of the owner with these permissions for this cluster. */
  tokenFor(permissions: readonly Permission[], limits?: object): Promise<{ id: string; secret: string }>;
  /** A request below the cluster, its path sent to the letter. */
  ask(path: string, options?: AskOptions): Promise<Answered>;
  /** Bytes as they are; gives all that came until the server closed, or `until` came. */
  raw(text: string, until?: RegExp): Promise<string>;
  close(): Promise<void>;
};

/** The whole application on a socket, with one cluster whose API server the test plays. */
export async function createProxyWorld(): Promise<ProxyWorld> {
  const upstreamPort = await freePort();
  const authority = await createAuthority('authority of the told cluster');
  const test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${upstreamPort}`] });
  const owner = await claimAsOwner(test);
  const registered = await owner.request({
    method: 'POST',
    url: '/clusters',
    payload: {
      slug: 'told',
      access: {
        kind: 'token',
        server: `https://127.0.0.1:${upstreamPort}`,
        caPem: authority.certPem,
        token: 'token-of-the-stored-credential',
      },
      acceptUnverified: true,
    },
  });
  const clusterId = String(registered.body.id);
  await test.database.pool.query("UPDATE clusters_cluster SET state = 'connected', state_reason = NULL");
  const upstream: ToldUpstream = { asked: [], open: () => sockets.size, onRequest: answerOk, onUpgrade: agree };
  const sockets = new Set<Duplex>();
  const { certPem, keyPem } = await authority.issueServer(['127.0.0.1']);
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      remember(upstream, request, Buffer.concat(chunks).toString());
      upstream.onRequest(request, response);
    });
  });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket) => {
    remember(upstream, request, '');
    upstream.onUpgrade(request, socket);
  });
  await new Promise<void>((resolve) => server.listen(upstreamPort, '127.0.0.1', resolve));
  const clients = new Set<Socket>();
  test.app.server.on('connection', (socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
  });
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  const address = test.app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    test,
    owner,
    port,
    clusterId,
    upstream,
    async tokenFor(permissions, limits = { clusterIds: [clusterId] }) {
      const payload = { name: `token ${permissions.length}`, permissions, ...limits };
      const { body } = await owner.request({ method: 'POST', url: '/me/tokens', payload });
      return { id: (body.token as { id: string }).id, secret: String(body.secret) };
    },
    ask: (path, options) => ask(port, `/k8s/clusters/${clusterId}${path}`, options),
    raw: (text, until) => raw(port, text, until),
    async close() {
      server.closeAllConnections();
      // Whatever a test, or the product, forgot.
      for (const socket of [...sockets, ...clients]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await test.close();
    },
  };
}

/** What RFC 6455 asks of a server that agrees, spelled out so that the product's own is not trusted. */
export function agree(request: IncomingMessage, socket: Duplex): void {
  const [protocol = ''] = String(request.headers['sec-websocket-protocol']).split(', ');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(request)}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
}

function acceptOf({ headers }: IncomingMessage): string {
  return createHash('sha1')
    .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
}

export function answerOk(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"kind":"PodList","items":[]}');
}

function remember({ asked }: ToldUpstream, request: IncomingMessage, body: string): void {
  const { method = '', url = '', rawHeaders, headers } = request;
  asked.push({ method, url, rawHeaders, headers, body });
}

function ask(port: number, path: string, { method = 'GET', token, headers, body }: AskOptions = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: false,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function raw(port: number, text: string, until?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk;
      if (until?.test(answer) === true) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
