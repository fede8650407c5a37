import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createApp } from '../../../app.ts';
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
    await expect.poll(held).toEqual([0, 0, 0]);

    world.upstream.onUpgrade = agree;
    (await open()).terminate();
    await expect.poll(() => streamLimits.open).toBe(0);
  });
});

describe('a shell of the portal', () => {
  /** Another server of the same installation, with little patience. */
  async function impatient(shellTimes: { idleMs: number; mostMs: number }) {
    const app = await createApp(world.test.composition, { shellTimes });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const address = app.server.address();
    return { app, port: typeof address === 'object' && address !== null ? address.port : 0 };
  }
  async function shellAt(port: number, headers: Record<string, string>) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path()}`, protocol, { headers });
    const said: string[] = [];
    socket.on('message', (data: Buffer) => said.push(data.toString()));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { socket, said };
  }
  const person = () => ({ cookie: world.owner.cookie, origin: 'http://localhost:8080' });

  it('that nobody types into is closed by the server, in words, however much its container writes', async () => {
    world.upstream.onUpgrade = (request, socket) => {
      agree(request, socket);
      const writing = setInterval(() => socket.write(Buffer.from([0x82, 3, 1, 104, 105])), 20);
      socket.once('close', () => clearInterval(writing));
    };
    const { app, port } = await impatient({ idleMs: 300, mostMs: 60_000 });
    const { socket, said } = await shellAt(port, person());
    socket.on('unexpected-response', () => {});
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect(code).toBe(1000);
    expect(reason.toString()).toContain('Nothing was typed');
    expect(said.at(-1)?.charCodeAt(0)).toBe(3);
    expect(JSON.parse(said.at(-1)?.slice(1) ?? '')).toMatchObject({
      status: 'Failure',
      message: expect.stringContaining('Nothing was typed'),
    });
    expect(said.filter((text) => text === '\u0001hi').length).toBeGreaterThan(3);
    await expect.poll(() => world.upstream.open()).toBe(0);
    await app.close();
  });

  it('stays while somebody types or resizes it, to its longest and not beyond', async () => {
    world.upstream.onUpgrade = agree;
    const { app, port } = await impatient({ idleMs: 1400, mostMs: 1500 });
    const openedAt = performance.now();
    const { socket, said } = await shellAt(port, person());
    const typing = setInterval(() => socket.send(Buffer.from([4, 123, 125])), 50);
    await once(socket, 'close');
    clearInterval(typing);
    expect(performance.now() - openedAt).toBeGreaterThanOrEqual(1400);
    expect(said.at(-1)).toContain('at most');
    await app.close();
  });

  it('is not what kubectl opens with a token: that ends with its command', async () => {
    world.upstream.onUpgrade = (request, socket) => {
      agree(request, socket);
      setTimeout(() => socket.end(Buffer.from([0x88, 2, 0x03, 0xe8])), 600);
    };
    const { app, port } = await impatient({ idleMs: 100, mostMs: 200 });
    const { socket, said } = await shellAt(port, { authorization: `Bearer ${token}` });
    await once(socket, 'close');
    expect(said).toEqual([]);
    await app.close();
  });
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
