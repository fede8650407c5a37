import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SlowSendersMessage } from './slow-senders.fixture.ts';

const mebibyte = 1_048_576;
const origin = 'http://localhost:8080';

let server: ChildProcess;
let port: number;

beforeAll(async () => {
  server = fork(fileURLToPath(new URL('./slow-senders.fixture.ts', import.meta.url)), {
    execArgv: ['--expose-gc', '--max-semi-space-size=2', '--max-old-space-size=128'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [told] = (await once(server, 'message')) as [SlowSendersMessage];
  port = 'port' in told ? told.port : 0;
});
afterAll(async () => {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.disconnect();
  await once(server, 'exit');
});

async function look(): Promise<{ rssBytes: number; tooLarge: number }> {
  if (!server.connected) throw new Error(`the process ended with ${server.exitCode}`);
  server.send('look');
  const [told] = (await once(server, 'message')) as [SlowSendersMessage];
  if (!('rssBytes' in told)) throw new Error('it told something else');
  return told;
}

const head = (more: string) =>
  `POST /api/v1/take HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

/** Status 0: the connection was reset while bytes were under way, which takes an answer that was not read yet along. */
type Ended = { sentBytes: number; status: number; wasReset: boolean };

/** Sends pieces for as long as they are taken, up to `maxBytes`; gives how many were, and the answer. */
function pour(piece: Buffer, maxBytes: number): Promise<Ended> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    const send = () => {
      while (!socket.destroyed && socket.writable && socket.bytesWritten < maxBytes) {
        if (!socket.write(piece)) return void socket.once('drain', send);
      }
    };
    socket.setEncoding('latin1').on('data', (text) => {
      said += text;
    });
    let wasReset = false;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      wasReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    });
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1] ?? 0);
      resolve({ sentBytes: socket.bytesWritten, status, wasReset });
    });
    socket.once('connect', () => {
      socket.write(head('Transfer-Encoding: chunked'));
      send();
    });
  });
}

/** Whole bodies that are small on the wire and large once parsed. */
async function bomb(body: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/take`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body,
  });
  return answer.status;
}

/** Begins headers or a body, and adds a byte now and then. */
function drip(begin: string): { socket: Socket; stop(): void } {
  const socket = connect(port, '127.0.0.1', () => socket.write(begin));
  socket.on('error', () => {});
  const timer = setInterval(() => socket.write('x'), 50);
  return {
    socket,
    stop() {
      clearInterval(timer);
      socket.destroy();
    },
  };
}

describe('S55 senders without an end', () => {
  it('cost their limit of memory and bytes, while everybody else is answered', async () => {
    const ping = async () => (await fetch(`http://127.0.0.1:${port}/api/v1/ping`)).status;
    for (let warm = 0; warm < 50; warm += 1) await ping();
    const before = await look();

    const drips = Array.from({ length: 300 }, (_, index) =>
      drip(index % 2 === 0 ? 'GET / HTTP/1.1\r\nX-Slow: ' : head('Content-Length: 1000000')),
    );
    const chunk = Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`);
    const pours = Array.from({ length: 20 }, () => pour(chunk, 1024 * mebibyte));
    const deep = '['.repeat(500_000);
    const wide = `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(',')}}`;
    const bombs = Array.from({ length: 40 }, (_, index) => bomb(index % 2 === 0 ? deep : wide));

    const pings: number[] = [];
    let pouring = true;
    const others = (async () => {
      while (pouring || pings.length < 20) pings.push(await ping());
    })();
    // Told where it is awaited, also when the process has ended by then.
    others.catch(() => {});
    const [ended, burst] = await Promise.all([Promise.all(pours), Promise.all(bombs)]);
    const during = await look();
    pouring = false;
    await others;
    for (const { stop } of drips) stop();

    expect(burst).toEqual(Array(40).fill(400));
    expect(new Set(pings)).toEqual(new Set([200]));
    const answered = ended.filter(({ status, wasReset }) => status !== 0 || !wasReset);
    // Each was refused, also where a reset took the answer along.
    expect(during.tooLarge).toBe(20);
    expect(answered.map(({ status }) => status)).toEqual(answered.map(() => 413));
    const sent = ended.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    expect(sent / mebibyte, 'MiB taken of 20 GiB').toBeLessThan(400);
    expect((during.rssBytes - before.rssBytes) / mebibyte, 'MiB more than before').toBeLessThan(100);
  });
});
