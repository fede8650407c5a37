import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

const promisedMs = 5000;
const wentAway = 1008;

let test: TestApp;
let owner: SignedInClient;
let port: number;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  const address = test.app.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => test.close());

/** A live socket with one subscription that has answered. `closed` gives the code and how long it took from `since`. */
async function openStream(secret: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, 'quarterdeck.live.v1', {
    headers: { authorization: `Bearer ${secret}` },
  });
  const closed = new Promise<{ code: number; at: number }>((resolve) =>
    socket.once('close', (code) => resolve({ code, at: performance.now() })),
  );
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const answered = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', view: 'clusters.index' }));
  await answered;
  return { socket, closed };
}

async function accountToken(name: string) {
  const account = await owner.request({ method: 'POST', url: '/service-accounts', payload: { name } });
  const grant = {
    subject: { kind: 'service_account', id: account.body.id },
    roleId: 'viewer',
    scope: { kind: 'fleet' },
  };
  const granted = await owner.request({ method: 'POST', url: '/access/grants', payload: grant });
  expect([granted.status, granted.body.detail]).toEqual([201, undefined]);
  const { body } = await owner.request({
    method: 'POST',
    url: `/service-accounts/${account.body.id}/tokens`,
    payload: { name, permissions: ['identity:self', 'clusters:read'] },
  });
  return {
    account: String(account.body.id),
    grant: String(granted.body.id),
    token: String((body.token as { id: string }).id),
    secret: String(body.secret),
  };
}

type Made = Awaited<ReturnType<typeof accountToken>>;

describe('S10: an open stream of a token', () => {
  it.each<[string, (made: Made) => Parameters<SignedInClient['request']>[0]]>([
    ['is revoked', ({ account, token }) => ({ method: 'DELETE', url: `/service-accounts/${account}/tokens/${token}` })],
    ['is revoked by an administrator', ({ token }) => ({ method: 'DELETE', url: `/tokens/${token}` })],
    [
      'belongs to an account that is disabled',
      ({ account }) => ({ method: 'PATCH', url: `/service-accounts/${account}`, payload: { disabled: true } }),
    ],
    [
      'belongs to an account that is deleted',
      ({ account }) => ({ method: 'DELETE', url: `/service-accounts/${account}` }),
    ],
  ])('that %s closes within 5 s, and the next one is refused', async (name, change) => {
    const made = await accountToken(`s10-${name.replaceAll(/\W+/g, '-')}`);
    const { closed } = await openStream(made.secret);
    const since = performance.now();
    expect((await owner.request(change(made))).status).toBeLessThan(300);
    const { code, at } = await closed;
    expect(code).toBe(wentAway);
    expect(at - since).toBeLessThan(promisedMs);
  });
});
