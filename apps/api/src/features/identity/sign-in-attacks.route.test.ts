import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAsOwner,
  clientOf,
  cookieOf,
  createTestApp,
  openReplica,
  type TestApp,
  testOrigin,
  testOwner,
} from '../../testing/test-app.ts';
import { networkOf } from './sign-in-limits.ts';

let test: TestApp;
beforeAll(async () => {
  test = await createTestApp();
  await claimAsOwner(test);
});
afterAll(() => test.close());

const right = { name: testOwner.name, password: testOwner.password };
const wrong = (name: string) => ({ name, password: 'not the password' });
const signIn = (payload: object, options: { cookie?: string; ip?: string; headers?: Record<string, string> } = {}) =>
  clientOf(test.app, options.cookie).request({
    method: 'POST',
    url: '/auth/sign-in',
    payload,
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    ...(options.ip === undefined ? {} : { remoteAddress: options.ip }),
  });

describe('S28 a failed sign-in', () => {
  it('leaves the same answer, counters and records for a name that nobody has', async () => {
    const trace = async (name: string, ip: string) => {
      const count = async (sql: string) => Number((await test.database.pool.query(sql)).rows[0]?.n);
      const limits = await count('SELECT count(*) AS n FROM identity_sign_in_limit');
      const records = await count("SELECT count(*) AS n FROM audit_event WHERE outcome = 'failed'");
      const { status, body, headers } = await signIn(wrong(name), { ip });
      return {
        status,
        body: { ...body, requestId: '' },
        headers: Object.keys(headers).sort(),
        limits: (await count('SELECT count(*) AS n FROM identity_sign_in_limit')) - limits,
        records: (await count("SELECT count(*) AS n FROM audit_event WHERE outcome = 'failed'")) - records,
      };
    };
    const known = await trace('owner', '192.0.2.1');
    expect(known).toMatchObject({ status: 401, limits: 2, records: 1 });
    expect(await trace('nobody-has-this', '192.0.2.2')).toEqual(known);
  });

  it('does not write down what was typed as a name that nobody has', async () => {
    await signIn(wrong('My Secret Passphrase'), { ip: '192.0.2.3' });
    const { rows } = await test.database.pool.query(
      'SELECT record::text AS record FROM audit_event ORDER BY at DESC LIMIT 1',
    );
    expect(rows[0]?.record).toMatch(/hmac:[0-9a-f]{8}/);
    expect(rows[0]?.record).not.toContain('Passphrase');
    expect(test.logged.join()).not.toContain('Passphrase');
  });
});

describe('S29 an account that was tried ten times', () => {
  it('stays closed for other addresses, forged ones, after ten thousand other names and a restart', async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await signIn(wrong('target'), { ip: `198.51.100.${tries}` })).status).toBe(401);
    }
    const closed = { status: 429, body: { code: 'rate_limited' } };
    expect(await signIn(wrong('target'), { ip: '198.51.100.99' })).toMatchObject(closed);
    expect(await signIn(wrong('TARGET'), { ip: '198.51.100.98' })).toMatchObject(closed);
    expect(await signIn(wrong('target'), { headers: { 'x-forwarded-for': '203.0.113.7' } })).toMatchObject(closed);
    await test.database.pool.query(
      `INSERT INTO identity_sign_in_limit (key, failures, started_at)
       SELECT sha256(n::text::bytea), 3, now() FROM generate_series(1, 10000) AS n`,
    );
    expect(await signIn(wrong('target'), { ip: '198.51.100.97' })).toMatchObject(closed);

    const again = await openReplica(test);
    const afterRestart = await clientOf(again.app).request({
      method: 'POST',
      url: '/auth/sign-in',
      payload: wrong('target'),
      remoteAddress: '198.51.100.96',
    });
    await again.close();
    expect(afterRestart).toMatchObject(closed);
  });

  it('says how long to wait, and opens again after 15 minutes', async () => {
    const refused = await signIn(wrong('target'), { ip: '198.51.100.95' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
    await test.database.pool.query("UPDATE identity_sign_in_limit SET started_at = started_at - interval '16 minutes'");
    expect((await signIn(wrong('target'), { ip: '198.51.100.95' })).status).toBe(401);
  });

  it('counts tries that come at once one by one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, index) => signIn(wrong('parallel'), { ip: `203.0.113.${index}` })),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it('does not lock out a browser that the owner signed in from', async () => {
    const known = cookieOf((await signIn(right, { ip: '192.0.2.50' })).headers, 'qd-local-device');
    expect(known).not.toBe('');
    for (let tries = 0; tries < 11; tries += 1) await signIn(wrong('owner'), { ip: '192.0.2.51' });
    expect((await signIn(right, { ip: '192.0.2.52' })).status).toBe(429);
    expect((await signIn(right, { ip: '192.0.2.51', cookie: known })).status).toBe(200);
    // The cookie is for that account alone, and cannot be made up.
    await signIn(wrong('target2'), { cookie: known });
    const forged = `${known.slice(0, -3)}AAA`;
    expect((await signIn(right, { ip: '192.0.2.53', cookie: forged })).status).toBe(429);
    // A stolen one gives no more than ten tries.
    for (let tries = 0; tries < 10; tries += 1) await signIn(wrong('owner'), { cookie: known });
    expect((await signIn(right, { cookie: known })).status).toBe(429);
  });
});

describe('S29 a network that tried fifty times', () => {
  it('is closed for every name, and an IPv6 network is a /64', async () => {
    const at = (index: number) => `2001:db8:1:2::${index.toString(16)}`;
    for (let tries = 0; tries < 50; tries += 1) await signIn(wrong(`name-${tries}`), { ip: at(tries + 1) });
    expect((await signIn(wrong('one-more'), { ip: at(4000) })).status).toBe(429);
    expect((await signIn(wrong('one-more'), { ip: '2001:db8:1:3::1' })).status).toBe(401);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ])('%s counts as %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});

describe('S34 a session cookie from before the sign-in', () => {
  it('is worth nothing afterwards, whoever set it', async () => {
    await test.database.pool.query('DELETE FROM identity_sign_in_limit');
    const planted = 'qd-local=planted-by-somebody';
    const first = await signIn(right, { cookie: planted });
    const mine = cookieOf(first.headers, 'qd-local');
    expect(mine).not.toBe(planted);
    expect((await clientOf(test.app, planted).request({ method: 'GET', url: '/me' })).status).toBe(401);
    const second = await signIn(right, { cookie: mine });
    expect(cookieOf(second.headers, 'qd-local')).not.toBe(mine);
    expect((await clientOf(test.app, mine).request({ method: 'GET', url: '/me' })).status).toBe(401);
  });

  it('changes when one proves again who one is', async () => {
    const mine = cookieOf((await signIn(right)).headers, 'qd-local');
    const client = clientOf(test.app, mine);
    const answer = await client.request({
      method: 'POST',
      url: '/me/step-up',
      payload: { password: testOwner.password },
    });
    const renewed = cookieOf(answer.headers, 'qd-local');
    expect([answer.status, renewed === mine]).toEqual([200, false]);
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    expect((await clientOf(test.app, renewed).request({ method: 'GET', url: '/me' })).status).toBe(200);
  });
});

describe('S11 a WebSocket', () => {
  it.each([
    ['a foreign origin', 'https://evil.example'],
    ['no origin', undefined],
    ['the origin null', 'null'],
    ['ours with something behind', `${testOrigin}.evil.example`],
    ['ours with something before', `http://evil.example/${testOrigin}`],
    ['ours by another scheme', 'https://localhost:8080'],
  ])('with %s is refused before the upgrade', async (_what, origin) => {
    expect(await upgradeStatus(origin)).toBe(403);
  });

  it('with our origin is let in', async () => {
    expect(await upgradeStatus(testOrigin)).toBe(101);
  });

  async function upgradeStatus(origin: string | undefined): Promise<number> {
    if (!test.app.server.listening) await test.app.listen({ host: '127.0.0.1', port: 0 });
    await test.database.pool.query('DELETE FROM identity_sign_in_limit');
    const cookie = cookieOf((await signIn(right)).headers, 'qd-local');
    const address = test.app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(
          [
            'GET /api/v1/live HTTP/1.1',
            'Host: localhost:8080',
            'Connection: Upgrade',
            'Upgrade: websocket',
            'Sec-WebSocket-Version: 13',
            'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
            'Sec-WebSocket-Protocol: quarterdeck.live.v1',
            `Cookie: ${cookie}`,
            ...(origin === undefined ? [] : [`Origin: ${origin}`]),
            '\r\n',
          ].join('\r\n'),
        ),
      );
      socket.once('data', (data) => {
        socket.destroy();
        resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1] ?? 0));
      });
      socket.once('error', reject);
    });
  }
});
