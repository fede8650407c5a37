import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { createAddressGuard } from '@quarterdeck/outbound';
import { createAuthority } from '@quarterdeck/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { workerIdentity } from '../../connection/probe.ts';
import type { ClusterClient, ClusterStream } from '../cluster-client.ts';
import { createClusterClient } from '../create-cluster-client.ts';
import { bodyWindowBytes } from './exchange-body.ts';
import {
  createFrameReader,
  flags,
  frame,
  frameTypes,
  largestFrame,
  preface,
  settings,
  settingsFrame,
} from './frames.ts';

const { data, headers: heads, continuation, goAway, pushPromise, rstStream } = frameTypes;
const ok = Buffer.of(0x88);

/** A server that chose HTTP/2 and says what the test wants it to. */
describe('a cluster that does not keep to HTTP/2', () => {
  let server: Server;
  let client: ClusterClient;
  const sockets: TLSSocket[] = [];
  /** What is said once asked for something; at the connect already where there is a second. */
  let answer: (socket: TLSSocket, streamId: number) => void = () => {};
  let greeting: Buffer = settingsFrame([]);

  beforeEach(async () => {
    const authority = await createAuthority('hostile authority');
    const { certPem: cert, keyPem: key } = await authority.issueServer(['127.0.0.1']);
    server = createServer({ cert, key, ALPNProtocols: ['h2'] }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      const read = createFrameReader(({ type, streamId }) => {
        if (type === heads) answer(socket, streamId);
      });
      let skip = preface.length;
      socket.on('data', (bytes: Buffer) => {
        const skipped = Math.min(skip, bytes.length);
        skip -= skipped;
        read(bytes.subarray(skipped));
      });
      socket.write(greeting);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    client = createClusterClient({
      endpoint: {
        server: `https://127.0.0.1:${port}`,
        caPem: authority.certPem,
        credential: { kind: 'token', token: 'token-of-the-test' },
      },
      guard: createAddressGuard({ allow: [`127.0.0.1/32:${port}`] }),
      limits: { connectTimeoutMs: 300 },
    });
  });
  afterEach(async () => {
    await client.close();
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
    greeting = settingsFrame([]);
  });

  const watch = (path = '/api/v1/pods'): Promise<ClusterStream> =>
    client.stream({ method: 'GET', path, identity: workerIdentity, priority: 'background' });
  async function howItEnds({ body }: ClusterStream): Promise<string> {
    try {
      for await (const _chunk of body);
      return 'whole';
    } catch (error) {
      return (error as Error).message;
    }
  }

  it.each<[string, string, Buffer]>([
    ['a frame that is too large', 'a frame that is too large', frame(data, 0, 1, Buffer.alloc(largestFrame + 1))],
    ['a body ahead of its headers', 'a body without headers', frame(data, 0, 1, ok)],
    ['headers without a status', 'an answer without a status', frame(heads, flags.endHeaders, 1, Buffer.of(0x20))],
    ['headers that cannot be read', 'not known', frame(heads, flags.endHeaders, 1, Buffer.of(0xff, 0x01))],
    ['more padding than payload', 'more padding', frame(heads, flags.endHeaders | flags.padded, 1, Buffer.of(9, 0x88))],
    ['a push', 'a push that was declined', frame(pushPromise, flags.endHeaders, 1, Buffer.of(0, 0, 0, 2, 0x88))],
    [
      'something else between parts of headers',
      'headers that are not finished',
      Buffer.concat([frame(heads, 0, 1, ok), frame(data, 0, 1, ok)]),
    ],
    ['an answer to what was not asked', 'what was not asked', frame(heads, flags.endHeaders, 7, ok)],
    [
      'headers in parts that hold nothing, without an end',
      'headers that are too large',
      Buffer.concat([frame(heads, 0, 1, ok), ...Array.from({ length: 8000 }, () => frame(continuation, 0, 1))]),
    ],
    [
      'headers without an end',
      'headers that are too large',
      Buffer.concat([
        frame(heads, 0, 1, ok),
        ...Array.from({ length: 5 }, () => frame(continuation, 0, 1, Buffer.alloc(largestFrame, 0x88))),
      ]),
    ],
  ])('is left with the reason: %s', async (_what, reason, bytes) => {
    answer = (socket) => void socket.write(bytes);
    const refused = watch();
    await expect(refused).rejects.toMatchObject({ code: 'cluster_unreachable' });
    await expect(refused).rejects.toThrow(reason);
  });

  it('is left when it sends more than it was allowed, and holds no more than that of our memory', async () => {
    answer = (socket, id) => {
      socket.write(frame(heads, flags.endHeaders, id, ok));
      for (let sent = 0; sent <= bodyWindowBytes; sent += largestFrame)
        socket.write(frame(data, 0, id, Buffer.alloc(largestFrame)));
    };
    const { body } = await watch();
    const [error] = (await once(body, 'error').catch((reason: unknown) => [reason])) as [Error];
    expect(error.message).toContain('more than was allowed');
    expect(body.readableLength).toBeLessThanOrEqual(bodyWindowBytes);
  });

  it('is asked once when it takes no requests at all', async () => {
    greeting = settingsFrame([[settings.maxConcurrentStreams, 0]]);
    await expect(watch()).rejects.toThrow('takes no requests');
    expect(sockets).toHaveLength(1);
  });

  it('is not waited for when it chooses HTTP/2 and says nothing', async () => {
    greeting = Buffer.alloc(0);
    await expect(watch()).rejects.toMatchObject({ code: 'cluster_timeout' });
  });

  it('is asked once more over another connection for what it did not begin with, and no third time', async () => {
    answer = (socket) => {
      const last = Buffer.alloc(8);
      socket.write(frame(goAway, 0, 0, last));
    };
    await expect(watch()).rejects.toThrow('took no more requests');
    expect(sockets).toHaveLength(2);
    answer = (socket, id) => {
      socket.write(frame(rstStream, 0, id, Buffer.of(0, 0, 0, 7)));
    };
    await expect(watch()).rejects.toThrow('took no more requests');
  });

  it('may say in front of an answer, and behind it, what is none', async () => {
    const trailers = Buffer.of(0x00, 1, 0x61, 1, 0x62);
    answer = (socket, id) => {
      // 103 by name and value, then padded headers and data, then trailers.
      socket.write(frame(heads, flags.endHeaders, id, Buffer.of(0x08, 3, 0x31, 0x30, 0x33)));
      socket.write(frame(heads, flags.endHeaders | flags.padded, id, Buffer.of(2, 0x88, 0, 0)));
      socket.write(frame(data, flags.padded, id, Buffer.of(1, 0x61, 0)));
      socket.write(frame(heads, flags.endHeaders | flags.endStream, id, trailers));
    };
    const stream = await watch();
    expect(stream.status).toBe(200);
    expect(await howItEnds(stream)).toBe('whole');
  });

  it('is lost within half a minute once it gives no sign of life', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      answer = (socket, id) => void socket.write(frame(heads, flags.endHeaders, id, ok));
      const ending = howItEnds(await watch());
      await vi.advanceTimersByTimeAsync(30_000);
      expect(await ending).toContain('no sign of life');
    } finally {
      vi.useRealTimers();
    }
  });

  it('that ends in the middle of a body, in good order, is heard as a failure', async () => {
    answer = (socket, id) => {
      socket.write(frame(heads, flags.endHeaders, id, ok));
      socket.end(frame(data, 0, id, ok));
    };
    expect(await howItEnds(await watch())).toContain('closed the connection');
  });
});
