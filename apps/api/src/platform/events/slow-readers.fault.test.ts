import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { SlowReadersMessage } from './slow-readers-server.fixture.ts';

const readers = 200;
const unsentBytes = 65_536;
/** A message of 16 kB, with what it is wrapped in. */
const messageBytes = 16_200;
const mebibyte = 1_048_576;

/** Seen failing with `write` of the hub sending whatever the socket has unsent: 20 MB for one reader at the first look. */
describe('S56 F10 two hundred readers of live updates that never read', () => {
  let server: ChildProcess;
  let port: number;
  let sockets: WebSocket[] = [];

  async function start(stuckMs: number): Promise<void> {
    server = fork(fileURLToPath(new URL('./slow-readers-server.fixture.ts', import.meta.url)), [String(stuckMs)], {
      execArgv: ['--expose-gc', '--max-semi-space-size=2'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [told] = (await once(server, 'message')) as [SlowReadersMessage];
    port = 'port' in told ? told.port : 0;
  }
  afterEach(async () => {
    for (const socket of sockets) socket.terminate();
    sockets = [];
    server.disconnect();
    await once(server, 'exit');
  });

  async function state() {
    server.send('state');
    const [told] = (await once(server, 'message')) as [SlowReadersMessage];
    if (!('sockets' in told)) throw new Error('it told something else');
    return told;
  }

  const subscribe = (socket: WebSocket, id: string) =>
    socket.send(JSON.stringify({ type: 'subscribe', id, view: 'test.endless', mode: 'page', params: {} }));

  async function follow(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, ['quarterdeck.live.v1'], {
      headers: { origin: 'http://localhost:8080' },
    });
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'open');
    subscribe(socket, 's');
    return socket;
  }

  it('hold 64 KiB each and less than 50 MiB in all; who reads again is told to ask anew', async () => {
    await start(600_000);
    const first = await follow();
    await once(first, 'message');
    first.pause();
    const before = await state();
    await Promise.all(Array.from({ length: readers }, async () => (await follow()).pause()));
    await expect.poll(async () => (await state()).mostUnsent).toBeGreaterThan(unsentBytes - messageBytes);
    // Nothing is kept for them from then on, however much there is to tell.
    for (let look = 0; look < 5; look += 1) {
      const now = await state();
      expect(now.mostUnsent).toBeLessThanOrEqual(unsentBytes);
      expect((now.rssBytes - before.rssBytes) / mebibyte, 'MiB more than before').toBeLessThan(50);
    }
    const told: { type: string; id: string }[] = [];
    first.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; id: string };
      told.push(message);
      if (message.type === 'resync') subscribe(first, 'again');
    });
    first.resume();
    await expect.poll(() => told.some(({ id }) => id === 'again')).toBe(true);
    // Whoever would take what follows a gap, and the cursor with it, would never hear of the gap again.
    expect(told.findLast(({ id }) => id === 's')?.type).toBe('resync');
    expect((await state()).sockets).toBe(readers + 1);
  });

  it('are closed when they stay so, and who reads is not', async () => {
    await start(2000);
    const reading = await follow();
    let heard = 0;
    reading.on('message', (data) => {
      heard += 1;
      // On a busy machine it may fall behind for a moment, too.
      if ((JSON.parse(String(data)) as { type: string }).type === 'resync') subscribe(reading, 's');
    });
    await Promise.all(Array.from({ length: readers }, async () => (await follow()).pause()));
    await expect.poll(async () => (await state()).sockets).toBe(1);
    const before = heard;
    await expect.poll(() => heard).toBeGreaterThan(before + 100);
  });
});
