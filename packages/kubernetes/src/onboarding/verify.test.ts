import type { RequestListener } from 'node:http';
import { createAddressGuard } from '@quarterdeck/outbound';
import { createAuthority } from '@quarterdeck/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { type LocalServer, startLocalServer, startPlainServer } from '../transport/local-server.fixture.ts';
import { type VerifyOptions, verifyCluster } from './verify.ts';
import { latencyCheck } from './verify-reach.ts';

const started: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.close();
});

async function serve(listener: RequestListener): Promise<LocalServer> {
  const server = await startLocalServer(listener);
  started.push(server);
  return server;
}

function verify({ endpoint, guard }: LocalServer, change: Partial<VerifyOptions> = {}) {
  const options = { endpoint, guard, kinds: [], fieldManager: 'quarterdeck-onboarding.testtest', ...change };
  const client = createClusterClient({
    endpoint: options.endpoint,
    guard: options.guard,
    limits: { requestTimeoutMs: 1500, connectTimeoutMs: 1500 },
  });
  started.push(client);
  return verifyCluster({ client, ...options });
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

describe('the verification of', () => {
  it.each<[string, RequestListener, string]>([
    [
      'a web page',
      (_q, response) => void response.setHeader('content-type', 'text/html').end('<html>'),
      'not_kubernetes',
    ],
    ['another API', json(404, { error: 'no such thing' }), 'not_kubernetes'],
    [
      'a server that redirects',
      (_q, response) => void response.writeHead(302, { location: '/login' }).end(),
      'not_kubernetes',
    ],
    ['a server that closes', (request) => void request.socket.destroy(), 'cluster_unreachable'],
    ['a server that hangs', () => {}, 'cluster_unreachable'],
    ['a cluster that rejects', json(401, { kind: 'Status', apiVersion: 'v1', code: 401 }), 'credential_rejected'],
  ])('%s blocks with its own code', async (_what, listener, code) => {
    const report = await verify(await serve(listener));
    expect(report.acceptable).toBe(false);
    expect(report.checks.at(-1)).toMatchObject({ level: 'block', code, detail: expect.stringMatching(/\.$/) });
  });

  it('a server without TLS says that it is no Kubernetes', async () => {
    const server = await startPlainServer(json(200, {}));
    started.push(server);
    expect((await verify(server)).checks.at(-1)).toMatchObject({ level: 'block', code: 'not_kubernetes' });
  });

  it('a wrong CA says how to get the right one', async () => {
    const server = await serve(json(200, { gitVersion: 'v1.34.1' }));
    const { certPem } = await createAuthority('other');
    const report = await verify(server, { endpoint: { ...server.endpoint, caPem: certPem } });
    expect(report.checks.at(-1)).toMatchObject({
      code: 'tls_untrusted',
      remedy: { command: expect.stringContaining('kubectl config view') },
    });
  });

  it('a refused address dials nothing and prints the restart command', async () => {
    const server = await serve(json(200, { gitVersion: 'v1.34.1' }));
    const report = await verify(server, { guard: createAddressGuard() });
    expect(report.checks).toMatchObject([
      {
        code: 'address_refused',
        remedy: { command: `QUARTERDECK_CLUSTER_ADDRESS_ALLOW=127.0.0.1/32:${server.port} npm start` },
      },
    ]);
    expect(server.accepted()).toBe(0);
  });

  it('an expired token dials nothing', async () => {
    const server = await serve(json(200, { gitVersion: 'v1.34.1' }));
    const claims = Buffer.from(JSON.stringify({ exp: 1000 })).toString('base64url');
    const endpoint = { ...server.endpoint, credential: { kind: 'token' as const, token: `e30.${claims}.c2ln` } };
    const report = await verify(server, { endpoint });
    expect(report.checks.at(-1)).toMatchObject({ level: 'block', code: 'credential_expired' });
    expect(report.credentialExpiresAt).toEqual(new Date(1_000_000));
    expect(server.accepted()).toBe(0);
  });

  it('an old, slow-clocked cluster warns and goes on', async () => {
    const server = await serve((_request, response) => {
      response.setHeader('date', new Date(Date.now() - 120_000).toUTCString());
      json(200, { gitVersion: 'v1.25.3', groups: [] })(_request, response);
    });
    const codes = (await verify(server)).checks.map((check) => check.code).filter((code) => code !== undefined);
    expect(codes).toEqual(
      expect.arrayContaining(['version_old', 'clock_skew', 'api_groups_missing', 'metrics_missing']),
    );
  });

  it('a credential that ends soon says when, in everybody’s time', async () => {
    const server = await serve(json(200, { gitVersion: 'v1.34.1', groups: [] }));
    const now = () => new Date('2026-11-25T12:00:00Z');
    const claims = Buffer.from(JSON.stringify({ exp: Date.parse('2026-12-05T12:00:00Z') / 1000 })).toString(
      'base64url',
    );
    const endpoint = { ...server.endpoint, credential: { kind: 'token' as const, token: `e30.${claims}.c2ln` } };
    const report = await verify(server, { endpoint, now });
    expect(report.checks.find(({ id }) => id === 'expiry')).toMatchObject({
      level: 'warn',
      code: 'credential_expires_soon',
      detail: 'The credential expires 2026-12-05 12:00 UTC, in 10 days.',
    });
  });

  it('a cluster that hides its version and its identity warns of both', async () => {
    const hidden = new Set(['/version', '/api/v1/namespaces/kube-system']);
    const server = await serve((request, response) => {
      const isHidden = hidden.has(request.url ?? '');
      const status = { kind: 'Status', apiVersion: 'v1', code: 403, message: 'forbidden' };
      json(isHidden ? 403 : 200, isHidden ? status : { groups: [] })(request, response);
    });
    const codes = (await verify(server)).checks.map((check) => check.code);
    expect(codes).toEqual(expect.arrayContaining(['version_unknown', 'identity_unknown']));
  });

  it('a credential of another account that may speak for others is taken with a warning', async () => {
    const server = await serve((request, response) => {
      const isApply = request.method === 'PATCH';
      if (request.url?.includes('selfsubjectreviews')) {
        return json(201, { status: { userInfo: { username: 'somebody' } } })(request, response);
      }
      json(isApply ? 403 : 200, isApply ? { message: 'no' } : { gitVersion: 'v1.34.1', groups: [] })(request, response);
    });
    const report = await verify(server);
    expect(report).toMatchObject({ mode: 'ready', acceptable: true });
    expect(report.checks.find(({ id }) => id === 'impersonation')).toMatchObject({
      level: 'warn',
      code: 'foreign_account',
      detail: expect.stringContaining('somebody'),
    });
  });

  it.each([
    [12.5, 'ok'],
    [1500, 'warn'],
  ] as const)('a cluster that answers in %d ms is %s', (latencyMs, level) => {
    expect(latencyCheck(latencyMs)).toMatchObject({ level, ...(level === 'warn' ? { code: 'slow' } : {}) });
  });
});
