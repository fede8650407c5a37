import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { liveSubprotocol } from '@quarterdeck/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { newId } from './platform/ids.ts';
import { addGrant, addPerson, type Person } from './testing/people.ts';
import { createTestApp, type TestApp, testOrigin } from './testing/test-app.ts';

const logs = 'quarterdeck.logs.v1';
const followIn = (cluster: string) => `/clusters/${cluster}/namespaces/shop/pods/cart/logs/follow`;

let test: TestApp;
let person: Person;
let clusterId: string;
let opened: WebSocket[] = [];

beforeAll(async () => {
  test = await createTestApp();
  person = await addPerson(test, 'reader');
  await addGrant(test, person, 'owner');
  clusterId = await addCluster('alpha');
  await test.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const socket of opened) socket.terminate();
  opened = [];
  await expect.poll(() => test.composition.streamLimits.open).toBe(0);
});
afterAll(() => test.close());

/** A cluster in the books: nobody dials it before the socket is open. */
async function addCluster(slug: string): Promise<string> {
  const id = newId('clu');
  await test.database.transaction((tx) =>
    test.composition.clustersStore.insert(tx, {
      id,
      slug,
      displayName: slug,
      color: 0,
      labels: {},
      server: `https://${slug}.example`,
      caPem: undefined,
      tlsServerName: undefined,
      proxyUrl: undefined,
      clusterUid: `uid-${slug}`,
      state: 'connected',
      stateReason: undefined,
      version: 'v1.34.0',
      latencyMs: 5,
    }),
  );
  return id;
}

/** `open`, or the answer that came instead of the 101. */
async function connect(
  path: string,
  subprotocol: string,
  headers: Record<string, string> = { cookie: person.cookie, origin: testOrigin },
): Promise<{ status: number; problem: Record<string, unknown>; retryAfter: unknown } | 'open'> {
  const { port } = test.app.server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1${path}`, [subprotocol], { headers });
  opened.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve('open'));
    socket.once('error', reject);
    socket.once('unexpected-response', async (_request, response: IncomingMessage) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      const retryAfter = response.headers['retry-after'];
      resolve({ status: response.statusCode ?? 0, problem: JSON.parse(text), retryAfter });
    });
  });
}

describe('before the 101', () => {
  it.each([
    ['no session', 'follow', logs, {}, 401, 'unauthenticated'],
    ['a foreign origin', 'follow', logs, { origin: 'https://evil.example' }, 403, 'origin_refused'],
    ['another subprotocol', 'follow', 'quarterdeck.live.v1', {}, 400, 'invalid_request'],
    ['another subprotocol', '/live', logs, {}, 400, 'invalid_request'],
    ['an unknown query', 'follow?evil=1', logs, {}, 422, 'invalid_input'],
    ['an id that cannot exist', followIn('x'), logs, {}, 404, 'not_found'],
    ['a cluster that does not exist', followIn(newId('clu')), logs, {}, 404, 'not_found'],
  ])('%s is refused (%s)', async (what, path, subprotocol, headers, status, code) => {
    const cookie: Record<string, string> = what === 'no session' ? {} : { cookie: person.cookie };
    const answer = await connect(path.replace(/^follow/, followIn(clusterId)), subprotocol, {
      origin: testOrigin,
      ...cookie,
      ...headers,
    });
    expect(answer).toMatchObject({ status, problem: { code } });
  });

  it('whoever lacks the permission is refused, and nothing is held for them', async () => {
    const nobody = await addPerson(test, 'nobody');
    const answer = await connect(followIn(clusterId), logs, { cookie: nobody.cookie, origin: testOrigin });
    expect(answer).toMatchObject({ status: expect.toSatisfy((status: number) => status === 403 || status === 404) });
    expect(test.composition.streamLimits.open).toBe(0);
  });
});

/** The stream's address asked for plainly, as a page does that was not told why its socket did not open. */
async function askPlainly(
  path: string,
  cookie = person.cookie,
): Promise<{ status: number; code: string; upgrade: unknown }> {
  const answer = await test.app.inject({ method: 'GET', url: `/api/v1${path}`, headers: { cookie } });
  return { status: answer.statusCode, code: String(answer.json().code), upgrade: answer.headers.upgrade };
}

describe('a plain request for a stream', () => {
  it('is refused as the upgrade would be, and told what to do where that would open', async () => {
    expect(await askPlainly(followIn(clusterId))).toEqual({
      status: 426,
      code: 'upgrade_required',
      upgrade: 'websocket',
    });
    expect(await askPlainly(followIn(newId('clu')))).toMatchObject({ status: 404, code: 'not_found' });
    expect(await askPlainly(followIn(clusterId), '')).toMatchObject({ status: 401 });
    const nobody = await addPerson(test, 'plain-nobody');
    expect(await askPlainly(followIn(clusterId), nobody.cookie)).toMatchObject({ status: 404 });
    const held = Array.from({ length: 500 }, (_, index) =>
      test.composition.streamLimits.take(`usr_${index}`, clusterId),
    );
    expect(await askPlainly(followIn(clusterId))).toMatchObject({ status: 429, code: 'rate_limited' });
    for (const release of held) release();
    expect(test.composition.streamLimits.open).toBe(0);
  });
});

describe('caps on open streams', () => {
  it('refuse the 51st of one person with 429 and a way out, of any kind, and let others in', async () => {
    for (let index = 0; index < 50; index += 1) expect(await connect('/live', liveSubprotocol)).toBe('open');
    for (const [path, subprotocol] of [
      ['/live', liveSubprotocol],
      [followIn(clusterId), logs],
    ] as const) {
      expect(await connect(path, subprotocol)).toMatchObject({
        status: 429,
        retryAfter: '5',
        problem: { code: 'rate_limited', detail: expect.stringContaining('Close a tab') },
      });
    }
    const other = await addPerson(test, 'other');
    expect(await connect('/live', liveSubprotocol, { cookie: other.cookie, origin: testOrigin })).toBe('open');
    const [first] = opened;
    first?.close();
    if (first !== undefined) await once(first, 'close');
    await expect.poll(() => connect('/live', liveSubprotocol)).toBe('open');
  });

  it('refuse a log of a cluster that 500 follow already, and no other stream', async () => {
    const held = Array.from({ length: 500 }, (_, index) =>
      test.composition.streamLimits.take(`usr_${index}`, clusterId),
    );
    expect(await connect(followIn(clusterId), logs)).toMatchObject({
      status: 429,
      problem: { code: 'rate_limited', detail: expect.stringContaining('without following') },
    });
    expect(await connect('/live', liveSubprotocol)).toBe('open');
    for (const release of held) release();
    expect(await connect(followIn(clusterId), logs)).toBe('open');
  });

  it('refuse every stream of a process that carries 5,000', async () => {
    const held = Array.from({ length: 5000 }, (_, index) => test.composition.streamLimits.take(`usr_${index}`));
    expect(await connect('/live', liveSubprotocol)).toMatchObject({ status: 429, problem: { code: 'rate_limited' } });
    for (const release of held) release();
  });
});
