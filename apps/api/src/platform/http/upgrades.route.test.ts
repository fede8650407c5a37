import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { storm } from './fuzzed-upgrades.fixture.ts';
import type { UpgradeServerMessage } from './upgrade-server.fixture.ts';

const upgrades = 10_000;
const subprotocol = 'quarterdeck.live.v1';
const origin = 'http://localhost:8080';

let server: ChildProcess;
let port: number;

beforeAll(async () => {
  server = fork(fileURLToPath(new URL('./upgrade-server.fixture.ts', import.meta.url)), {
    // A small young generation: else the engine keeps pages for itself that would pass for ours.
    execArgv: ['--expose-gc', '--max-semi-space-size=2', '--max-old-space-size=128'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [told] = (await once(server, 'message')) as [UpgradeServerMessage];
  port = 'port' in told ? told.port : 0;
});
afterAll(async () => {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.disconnect();
  await once(server, 'exit');
});

async function state(): Promise<{ open: number; rssBytes: number }> {
  if (!server.connected) throw new Error(`the process ended with ${server.exitCode}`);
  server.send('state');
  const [told] = (await once(server, 'message')) as [UpgradeServerMessage];
  if (!('open' in told)) throw new Error('it told something else');
  return told;
}

/** One that would be taken. */
const handshake = [
  'GET /live HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  `Sec-WebSocket-Protocol: ${subprotocol}`,
  `Origin: ${origin}`,
];

describe('S12 fuzzed upgrades and resets', () => {
  it('leave the process alive, no stream held, and its memory as it was', async () => {
    // What the first requests build once is no leak.
    await storm({ port, handshake }, 1000, 1);
    const before = await state();
    await storm({ port, handshake }, upgrades, 2);
    await expect.poll(async () => (await state()).open).toBe(0);
    const after = await state();
    expect((after.rssBytes - before.rssBytes) / 1_048_576, 'MiB more than before').toBeLessThan(50);

    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, [subprotocol], { headers: { origin } });
    await once(socket, 'open');
    socket.send('still there');
    const [heard] = await once(socket, 'message');
    expect(String(heard)).toBe('still there');
    socket.terminate();
  });
});
