import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createStreamLimits } from '../../platform/events/stream-limits.ts';
import { createHttpServer } from '../../platform/http/server.ts';
import { newId } from '../../platform/ids.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { mountLogFollow } from './logs.stream.ts';

const readers = 200;
const batch = [{ container: 'app', text: 'x'.repeat(16_000) }];
const batchBytes = JSON.stringify({ type: 'lines', lines: batch }).length;
const pace = { unsentBytes: 65_536, stuckMs: 500 };

let app: FastifyInstance;
let address: string;
/** How many readings of the cluster are going on. */
let reading: number;
let sockets: WebSocket[];

/** A log without an end, as a container that prints as fast as it is read. */
async function* endless(signal: AbortSignal) {
  reading += 1;
  try {
    while (!signal.aborted) {
      yield batch;
      // Real streams give way between two chunks.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    reading -= 1;
  }
}

beforeEach(async () => {
  [reading, sockets] = [0, []];
  const logger = createLogger({ level: 'silent' });
  let next = 0;
  app = await createHttpServer({
    logger,
    publicOrigins: ['http://localhost:8080'],
    trustedProxies: [],
    authenticator: {
      authenticate: async () => {
        next += 1;
        return { kind: 'system', name: `reader-${next}`, permissions: ['workloads:logs'] };
      },
    },
  });
  mountLogFollow(app, {
    logs: { follow: (_actor, _query, signal) => endless(signal) },
    clusterExists: async () => true,
    authorizer: { check: async () => {} },
    revocations: { guard: () => () => {} },
    workloadLogs: { follow: async function* () {} },
    limits: createStreamLimits(),
    logger,
    pace,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  address = `ws://127.0.0.1:${port}/clusters/${newId('clu')}/namespaces/shop/pods/cart/logs/follow`;
});
afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await app.close();
});

async function follow(): Promise<WebSocket> {
  const socket = new WebSocket(address, ['quarterdeck.logs.v1'], { headers: { origin: 'http://localhost:8080' } });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

const unsent = () => [...app.websocketServer.clients].map(({ bufferedAmount }) => bufferedAmount);

describe('S56 readers that never read', () => {
  it('hold 64 KiB each and are cut, and with them the reading of the cluster', async () => {
    const opened = Array.from({ length: readers }, async () => (await follow()).pause());
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, ...unsent());
    }, 10);
    await Promise.all(opened);
    await expect.poll(() => reading).toBe(0);
    await expect.poll(() => app.websocketServer.clients.size).toBe(0);
    clearInterval(watch);
    expect(most).toBeGreaterThan(pace.unsentBytes);
    // The batch that crossed the line, and the head of its frame.
    expect(most).toBeLessThan(pace.unsentBytes + batchBytes + 16);
  });

  it('do not end somebody who reads, however long it takes', async () => {
    const socket = await follow();
    let heard = 0;
    socket.on('message', () => {
      heard += 1;
    });
    (await follow()).pause();
    await expect.poll(() => reading).toBe(1);
    const before = heard;
    await expect.poll(() => heard).toBeGreaterThan(before + 100);
    expect(socket.readyState).toBe(socket.OPEN);
  });
});
