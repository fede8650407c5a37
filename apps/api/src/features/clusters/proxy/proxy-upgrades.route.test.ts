import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { storm } from '../../../platform/http/fuzzed-upgrades.fixture.ts';
import { agree, createProxyWorld, type ProxyWorld } from './proxy.fixture.ts';

const upgrades = 800;
const protocol = 'v5.channel.k8s.io';

let world: ProxyWorld;
let token: string;
beforeAll(async () => {
  world = await createProxyWorld();
  ({ secret: token } = await world.tokenFor(['clusters:read', 'inventory:read', 'workloads:exec']));
});
afterAll(() => world.close());

const path = () => `/k8s/clusters/${world.clusterId}/api/v1/namespaces/shop/pods/cart-1/exec?command=sh`;

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}${path()}`, protocol, {
    headers: { authorization: `Bearer ${token}` },
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

describe('S12 fuzzed upgrades and resets through the cluster proxy', () => {
  it('leave no stream held here and no socket open to the cluster, whoever resets first', async () => {
    let opened = 0;
    world.upstream.onUpgrade = (request, socket) => {
      opened += 1;
      const kind = opened % 4;
      if (kind === 0) return void socket.destroy();
      agree(request, socket);
      if (kind === 1) socket.pipe(socket);
      if (kind === 2) socket.end(Buffer.alloc(100_000));
    };
    const handshake = [
      `GET ${path()} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${token}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Sec-WebSocket-Protocol: ${protocol}`,
    ];
    await storm({ port: world.port, handshake, isEager: false, patienceMs: 2000 }, upgrades, 3);
    await storm({ port: world.port, handshake }, upgrades / 4, 4);
    // A busy machine opens fewer before the client resets: enough of them are what the rest is about.
    for (let seed = 5; opened <= 10; seed += 1)
      await storm({ port: world.port, handshake, isEager: false, patienceMs: 2000 }, upgrades / 4, seed);
    const { streamLimits, revocations } = world.test.composition;
    const held = () => [world.upstream.open(), streamLimits.open, revocations.guarded];
    await expect.poll(held, { timeout: 15_000 }).toEqual([0, 0, 0]);

    world.upstream.onUpgrade = agree;
    (await open()).terminate();
    await expect.poll(() => streamLimits.open).toBe(0);
  }, 60_000);
});

describe('a server that stops', () => {
  it('waits for no shell and no watch', async () => {
    world.upstream.onUpgrade = agree;
    world.upstream.onRequest = (_request, response) => void response.writeHead(200).flushHeaders();
    const shell = once(await open(), 'close');
    const url = `http://127.0.0.1:${world.port}/k8s/clusters/${world.clusterId}/api/v1/namespaces/shop/pods?watch=true`;
    const watch = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const ended = expect(watch.text()).rejects.toThrow();
    expect(world.test.composition.streamLimits.open).toBe(2);
    await world.test.app.close();
    await shell;
    await ended;
  });
});
