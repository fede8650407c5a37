import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createAddressGuard } from '@quarterdeck/outbound';
import { createAuthority, waitFor } from '@quarterdeck/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClusterClient, ClusterStream } from '../cluster-client.ts';
import { createClusterClient } from '../create-cluster-client.ts';
import { startLocalServer } from '../local-server.fixture.ts';
import { bodyWindowBytes } from './exchange-body.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A server by HTTP/2 that keeps every stream open. */
async function serve({ streams = 100, waitForTrailers = false } = {}) {
  const options = { waitForTrailers };
  const authority = await createAuthority('shared authority');
  const { certPem: cert, keyPem: key } = await authority.issueServer(['127.0.0.1']);
  const server: Http2SecureServer = createSecureServer({ cert, key, settings: { maxConcurrentStreams: streams } });
  const sockets = new Set<Socket>();
  const sessions: Http2Session[] = [];
  const open: ServerHttp2Stream[] = [];
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('session', (session) => void sessions.push(session));
  server.on('stream', (stream, headers) => {
    open.push(stream);
    stream.on('error', () => {});
    stream.respond(
      { ':status': 200, path: String(headers[':path']), user: String(headers['impersonate-user']) },
      options,
    );
    stream.write('first\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createClusterClient({
    endpoint: {
      server: `https://127.0.0.1:${port}`,
      caPem: authority.certPem,
      credential: { kind: 'token', token: 'token-of-the-test' },
    },
    guard: createAddressGuard({ allow: [`127.0.0.1/32:${port}`] }),
  });
  ends.push(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { client, sockets, sessions, open };
}

function watch(client: ClusterClient, path = '/api/v1/pods', signal?: AbortSignal): Promise<ClusterStream> {
  const identity = { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] };
  return client.stream({ method: 'GET', path, identity, priority: 'background', ...(signal && { signal }) });
}

async function readToEnd({ body }: ClusterStream): Promise<string> {
  try {
    for await (const _chunk of body);
    return 'whole';
  } catch {
    return 'failed';
  }
}

async function lengthOf({ body }: ClusterStream): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += (chunk as Buffer).length;
  return bytes;
}

describe('watches of a cluster', () => {
  it('share a connection, each with its own answer', async () => {
    const { client, sockets } = await serve();
    const streams = await Promise.all(Array.from({ length: 60 }, (_, index) => watch(client, `/api/v1/k${index}`)));
    expect(streams.map(({ headers }) => headers.path)).toEqual(streams.map((_, index) => `/api/v1/k${index}`));
    expect(streams[0]).toMatchObject({ status: 200, headers: { user: 'quarterdeck:worker' } });
    expect(sockets.size).toBe(1);
  });

  it('open another where the server takes no more streams', async () => {
    const { client, sockets } = await serve({ streams: 4 });
    await Promise.all(Array.from({ length: 10 }, () => watch(client)));
    expect(sockets.size).toBe(3);
  });

  it('end one by one: what is given up leaves the others alone', async () => {
    const { client, open, sockets } = await serve();
    const [one, other] = [await watch(client), await watch(client)];
    one.body.destroy();
    await waitFor('the server to see it', () => open[0]?.closed === true);
    open[1]?.end('second\n');
    expect(await readToEnd(other)).toBe('whole');
    expect(sockets.size).toBe(1);
  });

  it('hear a cut as a failure, never as the end of what they read', async () => {
    const { client, open, sockets } = await serve({ waitForTrailers: true });
    const [reset, lost] = [readToEnd(await watch(client)), readToEnd(await watch(client))];
    open[0]?.close(constants.NGHTTP2_CANCEL);
    expect(await reset).toBe('failed');
    for (const socket of sockets) socket.destroy();
    expect(await lost).toBe('failed');
    await watch(client);
    expect(sockets.size).toBe(2);
  });

  it('go on where the server asks new ones to go elsewhere', async () => {
    const { client, open, sessions, sockets } = await serve();
    const former = readToEnd(await watch(client));
    sessions[0]?.goaway(0);
    await waitFor('new ones to come by another connection', async () => {
      (await watch(client)).body.destroy();
      return sockets.size === 2;
    });
    open[0]?.end();
    expect(await former).toBe('whole');
  });

  it('that are given up before an answer are refused with the reason', async () => {
    const { client } = await serve();
    await watch(client);
    const controller = new AbortController();
    const asked = watch(client, '/api/v1/pods', controller.signal);
    controller.abort();
    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
  });

  it('end with the client', async () => {
    const { client } = await serve();
    const read = readToEnd(await watch(client));
    await client.close();
    expect(await read).toBe('failed');
    await expect(watch(client)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('have connections of their own where the cluster speaks HTTP/1.1 alone', async () => {
    const server = await startLocalServer((_request, response) => void response.write('first\n'));
    const client = createClusterClient({ endpoint: server.endpoint, guard: server.guard });
    ends.push(async () => {
      await client.close();
      await server.close();
    });
    await Promise.all([watch(client), watch(client)]);
    await watch(client);
    // The first was only to see.
    expect(server.accepted()).toBe(4);
  });

  it('read slowly hold up themselves alone, and get all of it in the end', async () => {
    const { client, open } = await serve();
    const [slow, other] = [await watch(client), await watch(client)];
    const bytes = 3 * bodyWindowBytes;
    open[0]?.end(Buffer.alloc(bytes));
    await waitFor('its window to be full', () => slow.body.readableLength >= bodyWindowBytes);
    open[1]?.end(Buffer.alloc(bytes));
    expect(await lengthOf(other)).toBe(bytes + 'first\n'.length);
    expect(slow.body.readableLength).toBe(bodyWindowBytes);
    expect(await lengthOf(slow)).toBe(bytes + 'first\n'.length);
  });
});
