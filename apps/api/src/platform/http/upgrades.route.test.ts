import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { UpgradeServerMessage } from './upgrade-server.fixture.ts';

const upgrades = 10_000;
const atOnce = 100;
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

/** Chance with a seed (mulberry32): a run that fails is the same run again. */
function chance(seed: number): (below: number) => number {
  let at = seed;
  return (below) => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

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

/** A handshake as it should be, or with something left out, doubled, cut or with bytes turned; then perhaps frames. */
function fuzzed(below: (limit: number) => number): Buffer {
  const lines = [...handshake];
  const kind = below(6);
  const line = 1 + below(lines.length - 1);
  if (kind === 1) lines.splice(line, 1);
  if (kind === 2) lines.push(lines[line] ?? '');
  if (kind === 3) lines[line] = `${lines[line]}${'x'.repeat(below(20_000))}`;
  let bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (kind === 4) for (let turned = below(5); turned >= 0; turned -= 1) bytes[below(bytes.length)] = below(256);
  if (kind === 5) bytes = bytes.subarray(0, below(bytes.length));
  const frames = Buffer.from(Array.from({ length: below(40) }, () => below(256)));
  return Buffer.concat([bytes, frames]);
}

/** Sends it and goes: by a reset at once, by one after the first answer, or as one should. */
async function attempt(below: (limit: number) => number): Promise<void> {
  const bytes = fuzzed(below);
  const leaving = below(3);
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.once('connect', () => {
    socket.write(bytes, () => {
      if (leaving === 0) socket.resetAndDestroy();
    });
  });
  socket.once('data', () => (leaving === 1 ? socket.resetAndDestroy() : socket.end()));
  // What is cut short gets no answer: then it is we who go.
  socket.setTimeout(100, () => socket.resetAndDestroy());
  await closed;
}

async function storm(count: number, seed: number): Promise<void> {
  const below = chance(seed);
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await attempt(below);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

describe('S12 fuzzed upgrades and resets', () => {
  it('leave the process alive, no stream held, and its memory as it was', async () => {
    // What the first requests build once is no leak.
    await storm(1000, 1);
    const before = await state();
    await storm(upgrades, 2);
    await expect.poll(async () => (await state()).open, { timeout: 5000 }).toBe(0);
    const after = await state();
    expect((after.rssBytes - before.rssBytes) / 1_048_576, 'MiB more than before').toBeLessThan(50);

    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, [subprotocol], { headers: { origin } });
    await once(socket, 'open');
    socket.send('still there');
    const [heard] = await once(socket, 'message');
    expect(String(heard)).toBe('still there');
    socket.terminate();
  }, 60_000);
});
