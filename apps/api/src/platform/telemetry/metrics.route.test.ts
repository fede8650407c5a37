import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAsOwner,
  clientOf,
  createTestApp,
  type SignedInClient,
  type TestApp,
  testOrigin,
} from '../../testing/test-app.ts';
import { createMetrics, type MetricsServer, serveMetrics } from './metrics.ts';

let server: MetricsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(token?: string) {
  const metrics = createMetrics([
    { name: 'things', help: 'Things', label: 'state', read: async () => [{ label: 'good', value: 3 }] },
  ]);
  metrics.observe({ method: 'GET', route: '/clusters/:id', status: 200, durationSeconds: 0.01 });
  server = await serveMetrics({ metrics, host: '0.0.0.0', port: 0, token });
  return (path: string, authorization?: string) =>
    fetch(`http://127.0.0.1:${server?.port}${path}`, authorization === undefined ? {} : { headers: { authorization } });
}

describe('the metrics port', () => {
  it('tells the process, the routes by their pattern, and the product', async () => {
    const text = await (await (await serve())('/metrics')).text();
    expect(text).toContain('quarterdeck_things{state="good"} 3');
    expect(text).toContain(
      'quarterdeck_http_request_duration_seconds_count{method="GET",route="/clusters/:id",status="200"} 1',
    );
    expect(text).toMatch(/process_resident_memory_bytes \d+/);
  });

  it('S59 asks for its token, and serves nothing else', async () => {
    const ask = await serve('a-token-of-this-test');
    expect((await ask('/metrics')).status).toBe(401);
    expect((await ask('/metrics', 'Bearer a-token-of-this-tesT')).status).toBe(401);
    expect((await ask('/metrics', 'Bearer a-token-of-this-test')).status).toBe(200);
    for (const path of ['/', '/debug', '/api/v1/me', '/metrics?x=1', '/healthz'])
      expect((await ask(path)).status).toBe(404);
  });

  it('S59 listens to this machine alone when it has no token', async () => {
    await serve();
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
    const reached = await new Promise<boolean>((resolve) => {
      const socket = connect(server?.port ?? 0, outside ?? '127.0.0.2', () => resolve(true));
      socket.on('connect', () => socket.destroy()).on('error', () => resolve(false));
    });
    expect(reached).toBe(false);
  });
});

describe('beside the portal', () => {
  let test: TestApp;
  let owner: SignedInClient;
  beforeAll(async () => {
    test = await createTestApp();
    owner = await claimAsOwner(test);
  });
  afterAll(() => test.close());
  const get = (url: string, cookie = '') =>
    test.app.inject({ method: 'GET', url, headers: { origin: testOrigin, ...(cookie === '' ? {} : { cookie }) } });

  it.each([
    '/metrics',
    '/debug/pprof',
    '/debug',
    '/docs/',
    '/openapi.json',
    '/.env',
    '/assets/index.js.map',
    '/server.ts',
  ])('S59 there is nothing at %s', async (url) => expect((await get(url, owner.cookie)).statusCode).toBe(404));

  it('S59 the API is documented to whoever is signed in, without a script', async () => {
    for (const url of ['/docs', '/docs/openapi.json']) expect((await get(url)).statusCode).toBe(401);
    const page = await get('/docs', owner.cookie);
    expect(page.statusCode).toBe(200);
    expect(page.payload).toContain('/api/v1/clusters/{id}');
    expect(page.payload).not.toContain('<script');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers['cache-control']).toBe('no-store');
    expect((await get('/docs/openapi.json', owner.cookie)).json().openapi).toBe('3.1.0');
    expect((await clientOf(test.app).request({ method: 'TRACE' as 'GET', url: '/me' })).status).toBeGreaterThanOrEqual(
      400,
    );
  });
});
