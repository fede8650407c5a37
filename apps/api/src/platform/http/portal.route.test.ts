import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../app.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';

const marker = 'outside-of-the-portal';
let test: TestApp;
let app: Awaited<ReturnType<typeof createApp>>;
let folder: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-portal-'));
  await mkdir(path.join(folder, 'dist/assets'), { recursive: true });
  await writeFile(path.join(folder, 'secret.txt'), marker);
  await writeFile(path.join(folder, 'dist/index.html'), '<!doctype html><style nonce="__CSP_NONCE__"></style>');
  await writeFile(path.join(folder, 'dist/assets/app.js'), 'void 0;');
  await writeFile(path.join(folder, 'dist/assets/.hidden'), marker);
  await writeFile(path.join(folder, 'dist/assets/app.js.map'), marker);
  await symlink(path.join(folder, 'secret.txt'), path.join(folder, 'dist/assets/link.txt'));
  test = await createTestApp();
  app = await createApp(test.composition, { portalDir: path.join(folder, 'dist') });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  await app.close();
  await test.close();
  await rm(folder, { recursive: true });
});

/** Bytes as they are: a client library would tidy the path. */
function raw(target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );
    let said = '';
    socket.setEncoding('latin1').on('data', (text) => {
      said += text;
    });
    socket.on('error', reject).on('close', () => resolve(said));
  });
}

describe('the files of the portal', () => {
  it('are served with a fixed type, for a year', async () => {
    const answer = await app.inject({ method: 'GET', url: '/assets/app.js' });
    expect(answer.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['content-type']).toContain('javascript');
  });

  it.each([
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/..\\..\\secret.txt',
    '/assets/%252e%252e/secret.txt',
    '/assets/app.js%00.txt',
    '/assets//etc/passwd',
    '/assets/.hidden',
    '/assets/app.js.map',
    '/assets/link.txt',
    '/assets/',
    '/assets',
  ])('S48 are all there is: %s leads nowhere', async (target) => {
    const said = await raw(target);
    expect(said).toMatch(/^HTTP\/1\.1 (400|403|404) /);
    expect(said).not.toContain(marker);
  });

  it('carry a policy of their own with each page, its nonce new each time', async () => {
    const [first, second] = [
      await app.inject({ method: 'GET', url: '/' }),
      await app.inject({ method: 'GET', url: '/clusters' }),
    ];
    const nonceOf = (policy: unknown) => /'nonce-([A-Za-z0-9+/=]{24})'/.exec(String(policy))?.[1];
    const nonce = nonceOf(first.headers['content-security-policy']);
    expect(first.headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default; report-uri /api/v1/csp-reports`,
    );
    expect(first.payload).toContain(`nonce="${nonce}"`);
    expect(nonceOf(second.headers['content-security-policy'])).not.toBe(nonce);
    expect(first.headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect((await app.inject({ method: 'GET', url: '/no-such-page' })).statusCode).toBe(404);
  });
});
