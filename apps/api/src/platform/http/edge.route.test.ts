import { connect } from 'node:net';
import { allEndpoints, publicEndpoints } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAsOwner,
  clientOf,
  createTestApp,
  type SignedInClient,
  type TestApp,
  testOrigin,
  testOwner,
} from '../../testing/test-app.ts';

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

/** Sends bytes as they are and gives the status line's number. */
function rawStatus(request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
      const match = /^HTTP\/1\.1 (\d+)/.exec(answer);
      if (match !== null) {
        socket.destroy();
        resolve(Number(match[1]));
      }
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(0));
  });
}

describe('without a session', () => {
  it('S19 nothing but the public list answers', async () => {
    for (const endpoint of allEndpoints) {
      const name = `${endpoint.method} ${endpoint.path}`;
      if (publicEndpoints.includes(name)) continue;
      const url = endpoint.path.replaceAll(/:\w+/g, 'x');
      const { status, body } = await clientOf(test.app).request({
        method: endpoint.method,
        url,
        payload: endpoint.method === 'GET' ? undefined : {},
      });
      expect([name, status, body.code]).toEqual([name, 401, 'unauthenticated']);
    }
  });

  it('an unknown path tells no more than a known one', async () => {
    expect((await clientOf(test.app).request({ method: 'GET', url: '/no-such-thing' })).status).toBe(401);
  });

  it('a made-up or expired cookie is nobody', async () => {
    expect((await clientOf(test.app, 'qd-local=AAAA').request({ method: 'GET', url: '/me' })).status).toBe(401);
  });
});

describe('S35 cross-site requests', () => {
  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an origin with ours as prefix', { origin: `${testOrigin}.evil.example` }],
    ['the origin null', { origin: 'null' }],
    ['another site by fetch metadata', { origin: testOrigin, 'sec-fetch-site': 'cross-site' }],
  ])('are refused with %s', async (_name, headers) => {
    const answer = await owner.request({ method: 'DELETE', url: '/me/session', headers });
    expect(answer).toMatchObject({ status: 403, body: { code: 'origin_refused' } });
  });

  it('are refused without an origin', async () => {
    const answer = await test.app.inject({
      method: 'DELETE',
      url: '/api/v1/me/session',
      headers: { cookie: owner.cookie },
    });
    expect(answer.statusCode).toBe(403);
  });
});

describe('bodies', () => {
  const send = (type: string, payload: string) =>
    test.app.inject({
      method: 'POST',
      url: '/api/v1/auth/sign-in',
      headers: { origin: testOrigin, 'content-type': type },
      payload,
    });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=latin1',
    'application/json,text/plain',
  ])('S46 of type %s are refused', async (type) => expect((await send(type, '{}')).statusCode).toBe(415));

  it('S44 S45 with a forbidden key, too deep, or too many keys are refused before they are built', async () => {
    expect((await send('application/json', '{"__proto__":{"admin":true}}')).statusCode).toBe(400);
    expect((await send('application/json', '['.repeat(100_000))).statusCode).toBe(400);
    expect((await send('application/json', `[${'1,'.repeat(100_000)}1]`)).statusCode).toBe(400);
    expect((await send('application/json', '{')).statusCode).toBe(400);
  });

  it('over 1 MiB are refused', async () => {
    expect((await send('application/json', `"${'x'.repeat(1_100_000)}"`)).statusCode).toBe(413);
  });
});

describe('the request line', () => {
  it.each([
    '//api/v1/me',
    '/api/v1/me#x',
    '/api/v1/%2e%2e/me',
    '/api/v1/..%2fme',
    '/api/../api/v1/me',
    '/api/v1/me;x',
    '/api\\v1/me',
    'http://localhost/api/v1/me',
    '*',
  ])('S53 %s is refused before routing', async (target) => {
    const status = await rawStatus(
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nCookie: ${owner.cookie}\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(400);
  });

  it('S53 in capitals is another path', async () => {
    expect(await rawStatus('GET /API/v1/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toBe(404);
  });

  it.each(['Impersonate-User: admin', 'impersonate-group: a', 'IMPERSONATE-Extra-x: y', 'Impersonate_User: admin'])(
    'S01 with %s is refused, not stripped',
    async (header) => {
      expect(await rawStatus(`GET /healthz HTTP/1.1\r\nHost: x\r\n${header}\r\nConnection: close\r\n\r\n`)).toBe(400);
    },
  );

  it.each(['Impersonate-User, close', 'close, authorization', 'x-forwarded-for'])(
    'S02 with Connection: %s is refused',
    async (value) => {
      expect(await rawStatus(`GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: ${value}\r\n\r\n`)).toBe(400);
    },
  );

  it('S05 to upgrade with a body behind it is refused', async () => {
    const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13';
    const behind = 'Content-Length: 31\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(await rawStatus(`GET /api/v1/live HTTP/1.1\r\n${upgrade}\r\n${behind}`)).toBe(400);
  });

  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
    ['a length beside chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 0\r\n\r\n'],
    ['a bare line feed', 'X-A: b\nContent-Length: 0\r\n\r\n'],
  ])('S54 with %s is refused, and the connection with it', async (_name, rest) => {
    const head = 'POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    expect(await rawStatus(`${head}${rest}`)).toBe(400);
  });

  it('S55 with an underscore in a header name or more than 100 headers is refused', async () => {
    expect(await rawStatus('GET /healthz HTTP/1.1\r\nHost: x\r\nX_Forwarded_For: 1\r\n\r\n')).toBe(400);
    const many = Array.from({ length: 101 }, (_, index) => `x-${index}: 1\r\n`).join('');
    expect(await rawStatus(`GET /healthz HTTP/1.1\r\nHost: x\r\n${many}\r\n`)).toBe(431);
  });
});

describe('forwarded headers of a stranger', () => {
  it('S52 do not change where a request comes from', async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=203.0.113.9',
    };
    const { name, password } = testOwner;
    const signedIn = await clientOf(test.app).request({
      method: 'POST',
      url: '/auth/sign-in',
      payload: { name, password },
      headers: forged,
    });
    expect(signedIn.status).toBe(200);
    const { body } = await owner.request({ method: 'GET', url: '/me/sessions', headers: forged });
    expect((body.items as { ip: string }[]).map((session) => session.ip)).toEqual(['127.0.0.1', '127.0.0.1']);
  });
});

describe('every answer', () => {
  it('carries the security headers, a request id, and no caching', async () => {
    const { headers } = await owner.request({ method: 'GET', url: '/me' });
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('to a known path with another method is 405 with what is allowed', async () => {
    const answer = await owner.request({ method: 'PUT', url: '/me' });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(answer.headers.allow).toContain('GET');
  });

  it('names an unknown query field and an id that cannot exist', async () => {
    expect(await owner.request({ method: 'GET', url: '/me?token=abc' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_input', errors: [{ pointer: 'query/token' }] },
    });
    expect((await owner.request({ method: 'DELETE', url: '/me/sessions/1' })).status).toBe(404);
  });

  it('keeps secrets out of the log', async () => {
    await clientOf(test.app).request({
      method: 'POST',
      url: '/auth/sign-in',
      payload: { name: 'canary-name', password: 'canary-password-value' },
    });
    await test.app.inject({
      method: 'GET',
      url: '/api/v1/me?x=canary-query',
      headers: { cookie: 'qd-local=canary-cookie' },
    });
    expect(test.logged.length).toBeGreaterThan(0);
    expect(test.logged.join('')).not.toContain('canary');
  });
});

describe('reports of broken content security policies', () => {
  const post = (payload: string) =>
    test.app.inject({
      method: 'POST',
      url: '/api/v1/csp-reports',
      headers: { 'content-type': 'application/csp-report' },
      payload,
    });

  it('are taken from anybody, written down short and rarely', async () => {
    test.logged.length = 0;
    const report = JSON.stringify({
      'csp-report': { 'effective-directive': 'style-src', 'blocked-uri': `inline?${'x'.repeat(500)}` },
    });
    for (let sent = 0; sent < 5; sent += 1) expect((await post(report)).statusCode).toBe(204);
    const lines = test.logged.filter((line) => line.includes('policy violated'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"blocked":"inline"');
    expect((await post('x'.repeat(9000))).statusCode).toBe(413);
  });
});

describe('when the database goes', () => {
  it('healthz stays, readyz and requests say 503 with a code', async () => {
    const other = await createTestApp();
    const cookie = (await claimAsOwner(other)).cookie;
    await other.database.close();
    expect((await other.app.inject({ url: '/healthz' })).statusCode).toBe(200);
    expect((await other.app.inject({ url: '/readyz' })).statusCode).toBe(503);
    const answer = await other.app.inject({ url: '/api/v1/me', headers: { cookie } });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'database_unavailable' });
    await other.app.close();
  });
});
