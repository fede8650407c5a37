import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOrigin } from '../../testing/test-app.ts';
import { newToken } from './token-format.ts';

let test: TestApp;
let owner: SignedInClient;
let secret: string;
let port: number;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  const { body } = await owner.request({
    method: 'POST',
    url: '/me/tokens',
    payload: { name: 'program', permissions: ['identity:self', 'clusters:read'] },
  });
  secret = String(body.secret);
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  const address = test.app.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => test.close());

/** Sends a request as it is written and gives the status; the socket is closed by the server or by us. */
function rawStatus(lines: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
      const match = /^HTTP\/1\.1 (\d+)/.exec(answer);
      if (match === null) return;
      socket.destroy();
      resolve(Number(match[1]));
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(0));
  });
}

const upgrade = (path: string, ...headers: string[]) =>
  rawStatus([
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: quarterdeck.live.v1',
    ...headers,
  ]);

describe('S27: a token in the URL', () => {
  const places = [
    ['as token', () => `/api/v1/me/token?token=${secret}`],
    ['as access_token', () => `/api/v1/me/token?limit=1&access_token=${secret}`],
    ['as job_token, be it not ours', () => '/api/v1/ci-deployments?job_token=glcbt-64_abcdefghijkl'],
    ['with an encoded name', () => `/api/v1/me/token?%74oken=${secret}`],
    ['in capitals', () => `/api/v1/me/token?TOKEN=${secret}`],
    ['that is none of ours', () => '/api/v1/me?token=abc'],
    ['under any other name', () => `/api/v1/audit?q=${secret}`],
    ['encoded under any other name', () => `/api/v1/audit?q=${secret.replace('qdp_', 'qdp%5F')}`],
    ['in the path', () => `/api/v1/me/tokens/${secret}`],
    ['of a page', () => `/profile?token=${secret}`],
  ] as const;

  it.each(places)('%s is 400 over HTTP', async (_name, path) => {
    expect(await rawStatus([`GET ${path()} HTTP/1.1`, 'Host: localhost', 'Connection: close'])).toBe(400);
    const bearer = `Authorization: Bearer ${secret}`;
    expect(await rawStatus([`GET ${path()} HTTP/1.1`, 'Host: localhost', 'Connection: close', bearer])).toBe(400);
  });

  it.each(['/api/v1/live', '/api/v1/clusters/clu_01h455vb4pex5vsknk084sn02q/namespaces/a/pods/b/logs/follow'])(
    'is 400 for the WebSocket %s, with and without other proof',
    async (path) => {
      expect(await upgrade(`${path}?token=${secret}`)).toBe(400);
      expect(await upgrade(`${path}?token=${secret}`, `Authorization: Bearer ${secret}`)).toBe(400);
      expect(await upgrade(`${path}?token=${secret}`, `Cookie: ${owner.cookie}`, `Origin: ${testOrigin}`)).toBe(400);
    },
  );

  it('is never logged', () => {
    expect(test.logged.join('')).not.toContain(secret.split('_')[2]);
    expect(test.logged.join('')).not.toContain('token=');
  });
});

describe('a WebSocket', () => {
  it('opens for a bearer token without an origin, and for a cookie only with ours', async () => {
    expect(await upgrade('/api/v1/live', `Authorization: Bearer ${secret}`)).toBe(101);
    expect(await upgrade('/api/v1/live', `Cookie: ${owner.cookie}`, `Origin: ${testOrigin}`)).toBe(101);
    expect(await upgrade('/api/v1/live', `Cookie: ${owner.cookie}`)).toBe(403);
    expect(await upgrade('/api/v1/live', `Cookie: ${owner.cookie}`, 'Origin: https://evil.example')).toBe(403);
  });

  it('does not open for a made-up token, nor for a token and a cookie together', async () => {
    expect(await upgrade('/api/v1/live', `Authorization: Bearer ${newToken('personal').text}`)).toBe(401);
    const both = [`Authorization: Bearer ${secret}`, `Cookie: ${owner.cookie}`, `Origin: ${testOrigin}`];
    expect(await upgrade('/api/v1/live', ...both)).toBe(400);
  });

  it('serves a live view to a program as to a page', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, 'quarterdeck.live.v1', {
      headers: { authorization: `Bearer ${secret}` },
    });
    try {
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      const answer = new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse(String(data)))));
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', view: 'clusters.index' }));
      expect(await answer).toMatchObject({ type: 'snapshot', id: '1' });
    } finally {
      socket.terminate();
    }
  });
});
