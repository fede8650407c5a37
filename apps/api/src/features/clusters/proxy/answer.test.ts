import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { PassThrough } from 'node:stream';
import type { AnswerSink } from '@quarterdeck/kubernetes';
import { afterEach, describe, expect, it } from 'vitest';
import { answerTo } from './answer.ts';
import { joinSockets } from './tunnel.ts';

const chunk = Buffer.alloc(65_536, 'x');
const whole = 1_073_741_824;
const readers = 200;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe('S56 two hundred readers who never read a gigabyte', () => {
  it('hold back its source each, and are cut off with nothing more read for them', async () => {
    const sent: number[] = [];
    const cuts: string[] = [];
    /** As the cluster would send it: as fast as it is taken. */
    const server = createServer((_request, response) => {
      const at = sent.push(0) - 1;
      let goesOn = true;
      const sink = answerTo(response, {
        headers: {},
        begin: () => {},
        cut(reason) {
          cuts.push(reason);
          goesOn = false;
          response.destroy();
        },
        stuckMs: 300,
      });
      const pump = () => {
        goesOn = true;
        while (goesOn && (sent[at] ?? 0) < whole) {
          sent[at] = (sent[at] ?? 0) + chunk.length;
          goesOn = sink.write([chunk]);
        }
      };
      sink.begin(200, {}, pump);
      pump();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    for (let reader = 0; reader < readers; reader += 1) {
      const asked = request({ host: '127.0.0.1', port, agent: false }).end();
      // Taken, and never read: an answer that nobody takes would be read away.
      asked.on('response', (response) => response.pause());
      asked.on('error', () => {});
      closing.push(() => asked.destroy());
    }
    await expect.poll(() => cuts.length).toBe(readers);
    expect(new Set(cuts)).toEqual(new Set(['too slow']));
    // What the kernel takes for both ends is beyond us; beside it each holds less than its buffer.
    expect(Math.max(...sent)).toBeLessThan(16 * 1_048_576);
  });
});

describe('pieces that were read together', () => {
  /** What a client hears, in the writes that it came in. */
  async function heardOf(pass: (sink: AnswerSink) => void): Promise<string[]> {
    const writes: string[] = [];
    const server = createServer((_request, response) => {
      const sink = answerTo(response, { headers: {}, begin: () => {}, cut: () => {} });
      const { socket } = response;
      if (socket === null) throw new Error('nobody asks');
      const whole = socket._writev?.bind(socket);
      socket._writev = (chunks, done) => {
        writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
        whole?.(chunks, done);
      };
      sink.begin(200, {}, () => {});
      pass(sink);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nhost: cluster\r\nconnection: close\r\n\r\n');
    expect((await client.toArray()).join('')).toBe(writes.join(''));
    return writes;
  }

  it('are one chunk of the answer, in one write with its headers', async () => {
    const writes = await heardOf((sink) => {
      sink.write([Buffer.from('a'), Buffer.from('bc')]);
      sink.write([Buffer.from('d'), Buffer.from('e')]);
      sink.end([Buffer.from('f'), Buffer.from('g')]);
    });
    expect(writes).toEqual([
      expect.stringMatching(/^HTTP\/1\.1 200 OK\r\n.+\r\n\r\n3\r\nabc\r\n$/s),
      '2\r\nde\r\n',
      '2\r\nfg\r\n0\r\n\r\n',
    ]);
  });

  it('are one write with all of the answer where it came at once', async () => {
    const writes = await heardOf((sink) => sink.end([Buffer.from('a'), Buffer.from('bc')]));
    expect(writes).toEqual([expect.stringMatching(/^HTTP.+\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/s)]);
  });
});

describe('two joined sockets', () => {
  it('give each other what they read, and both end when one does', async () => {
    const [client, upstream] = [new PassThrough(), new PassThrough()];
    const joined = joinSockets(client, upstream, { stuckMs: 60_000 });
    client.destroy();
    await expect(joined).resolves.toEqual({ reason: 'closed' });
    expect(upstream.destroyed).toBe(true);
  });

  it('end when one of them takes nothing for too long', async () => {
    const client = new PassThrough({ readableHighWaterMark: 10, writableHighWaterMark: 10 });
    const upstream = new PassThrough();
    const joined = joinSockets(client, upstream, { stuckMs: 20 });
    client.write(Buffer.alloc(100));
    upstream.write(Buffer.alloc(1_000_000));
    await expect(joined).resolves.toMatchObject({ reason: expect.any(String) });
    expect([client.destroyed, upstream.destroyed]).toEqual([true, true]);
  });

  it('are both gone at once when one was gone before', async () => {
    const [client, upstream] = [new PassThrough(), new PassThrough()];
    client.destroy();
    await once(client, 'close');
    await expect(joinSockets(client, upstream, { stuckMs: 60_000 })).resolves.toEqual({ reason: 'closed' });
  });
});
