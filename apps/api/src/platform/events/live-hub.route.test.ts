import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { z } from 'zod';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOrigin } from '../../testing/test-app.ts';
import { liveSet } from './live-set.ts';

let test: TestApp;
let owner: SignedInClient;
let url: string;
let rows: { id: string; value: number }[] = [{ id: 'a', value: 1 }];
const wakers = new Set<() => void>();

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  test.composition.live.register(
    {
      name: 'test.rows',
      summary: 'rows of this test',
      permission: 'clusters:read',
      params: z.strictObject({}),
      row: z.object({ id: z.string() }),
    },
    liveSet({
      read: async () => rows,
      wakes: (wake) => {
        wakers.add(wake);
        return () => void wakers.delete(wake);
      },
      onError: (error) => {
        throw error;
      },
    }),
  );
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  const address = test.app.server.address();
  url = `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api/v1/live`;
});
afterAll(() => test.close());

type Message = { type: string; [key: string]: unknown };

/** Opens a socket; `next` gives messages in order. */
async function open(headers?: Record<string, string>) {
  const options: ClientOptions = { headers: { origin: testOrigin, cookie: owner.cookie, ...headers } };
  const socket = new WebSocket(url, 'quarterdeck.live.v1', options);
  const queue: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message;
    const waiter = waiting.shift();
    if (waiter === undefined) queue.push(message);
    else waiter(message);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => reject(new Error(`refused ${response.statusCode}`)));
    socket.once('error', reject);
  });
  return {
    socket,
    send: (message: object) => socket.send(JSON.stringify(message)),
    next: () => {
      const message = queue.shift();
      return message === undefined
        ? new Promise<Message>((resolve) => waiting.push(resolve))
        : Promise.resolve(message);
    },
    closed: () => new Promise<number>((resolve) => socket.once('close', resolve)),
  };
}

describe('live updates', () => {
  it('send a snapshot, then only what changed', async () => {
    const client = await open();
    client.send({ type: 'subscribe', id: 's1', view: 'test.rows' });
    expect(await client.next()).toEqual({ type: 'snapshot', id: 's1', rows: [{ id: 'a', value: 1 }], final: true });
    rows = [
      { id: 'a', value: 2 },
      { id: 'b', value: 1 },
    ];
    for (const wake of wakers) wake();
    expect(await client.next()).toEqual({ type: 'delta', id: 's1', puts: rows, dels: [] });
    rows = [{ id: 'b', value: 1 }];
    for (const wake of wakers) wake();
    expect(await client.next()).toEqual({ type: 'delta', id: 's1', puts: [], dels: ['a'] });
    client.socket.close();
    await client.closed();
    await expect.poll(() => wakers.size).toBe(0);
  });

  it('answer an unknown view, bad params and text that is no message with a code', async () => {
    const client = await open();
    client.send({ type: 'subscribe', id: 'x', view: 'no.such' });
    expect(await client.next()).toMatchObject({ type: 'error', id: 'x', code: 'not_found' });
    client.send({ type: 'subscribe', id: 'y', view: 'test.rows', params: { extra: 1 } });
    expect(await client.next()).toMatchObject({ type: 'error', id: 'y', code: 'invalid_input' });
    client.socket.send('{');
    expect(await client.next()).toMatchObject({ type: 'error', code: 'invalid_input' });
    client.socket.close();
  });

  it.each([
    ['no cookie', { cookie: '' }, 401],
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['the origin null', { origin: 'null' }, 403],
    ['our origin as a prefix', { origin: `${testOrigin}.evil.example` }, 403],
  ])('are refused before the upgrade with %s', async (_name, headers, status) => {
    await expect(open(headers)).rejects.toThrow(`refused ${status}`);
  });

  it('refuse a message over 64 KiB by closing', async () => {
    const client = await open();
    client.socket.send('x'.repeat(70_000));
    expect(await client.closed()).toBe(1009);
  });

  it('end with the server', async () => {
    const client = await open();
    const closed = client.closed();
    await test.composition.live.close();
    expect(await closed).toBe(1001);
  });
});
