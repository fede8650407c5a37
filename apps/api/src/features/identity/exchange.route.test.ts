import { createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GitLabIssuer, startGitLabIssuer } from '../../testing/gitlab-issuer.ts';
import {
  claimAsOwner,
  clientOf,
  createTestApp,
  openReplica,
  programOf,
  type SignedInClient,
  type TestApp,
  testOrigin,
} from '../../testing/test-app.ts';

let gitlab: GitLabIssuer;
let test: TestApp;
let owner: SignedInClient;
let serviceAccountId: string;
beforeAll(async () => {
  gitlab = await startGitLabIssuer(testOrigin);
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${gitlab.port}`] });
  owner = await claimAsOwner(test);
  const { body } = await owner.request({ method: 'POST', url: '/service-accounts', payload: { name: 'cart-ci' } });
  serviceAccountId = String(body.id);
});
afterAll(async () => {
  await test.close();
  await gitlab.close();
});
/** Counters of failures are a subject of their own below. */
beforeEach(() => test.database.pool.query('DELETE FROM identity_sign_in_limit'));

async function trust(rule: object = {}): Promise<string> {
  const { status, body } = await owner.request({
    method: 'POST',
    url: '/trust-rules',
    payload: {
      name: `rule ${Math.random()}`,
      issuer: gitlab.issuer,
      caPem: gitlab.caPem,
      gitlabProjectId: 22,
      ref: 'main',
      serviceAccountId,
      permissions: ['identity:self', 'audit:read'],
      ...rule,
    },
  });
  expect([status, body.detail]).toEqual([201, undefined]);
  return String(body.id);
}

/** As `curl` in a job does it: no cookie, no origin. */
async function exchange(idToken: string, headers: Record<string, string> = {}) {
  const response = await test.app.inject({
    method: 'POST',
    url: '/api/v1/auth/exchange',
    payload: { idToken },
    headers,
  });
  return { status: response.statusCode, body: response.json() as Record<string, unknown> };
}

describe('an exchange', () => {
  let rule: string;
  beforeAll(async () => {
    rule = await trust({ name: 'cart on main', namespaces: ['shop'] });
  });

  it('gives a job a token of its service account for a quarter of an hour', async () => {
    const { status, body } = await exchange(await gitlab.idToken());
    expect([status, body.detail]).toEqual([201, undefined]);
    expect(body).toMatchObject({
      token: expect.stringMatching(/^qdw_/),
      expiresInSeconds: 900,
      serviceAccount: { id: serviceAccountId, name: 'cart-ci' },
      limits: { permissions: ['identity:self', 'audit:read'], namespaces: ['shop'] },
    });
    expect(Date.parse(String(body.expiresAt)) - Date.now()).toBeLessThanOrEqual(900_000);
    const tokens = await owner.request({ method: 'GET', url: '/tokens?kind=workload' });
    expect(tokens.body.items).toMatchObject([
      { id: body.tokenId, name: 'shop/cart job 4711', state: 'active', owner: { id: serviceAccountId } },
    ]);
  });

  it('is recorded with the facts of the job, and never with either token', async () => {
    const idToken = await gitlab.idToken({ job_id: '5000' });
    const { body } = await exchange(idToken);
    const { body: audit } = await owner.request({ method: 'GET', url: `/audit?target=${body.tokenId}` });
    expect(audit.items).toMatchObject([
      {
        actor: { kind: 'service-account', id: serviceAccountId },
        changes: expect.arrayContaining([
          { path: 'trustRule', after: rule },
          { path: 'job.project_id', after: '22' },
          { path: 'job.job_id', after: '5000' },
          { path: 'job.user_login', after: 'li.wei' },
        ]),
      },
    ]);
    const stored = await test.database.pool.query('SELECT e::text AS row FROM audit_event e');
    const kept = JSON.stringify(stored.rows) + test.logged.join('');
    expect(kept).not.toContain(idToken.split('.')[2]);
    expect(kept).not.toContain(String(body.token).split('_')[2]);
  });

  it('reads no cookie, so a page elsewhere that makes a browser call it gains nothing', async () => {
    const { status, body } = await exchange(await gitlab.idToken(), {
      cookie: owner.cookie,
      origin: 'https://evil.example',
    });
    expect(status).toBe(201);
    expect(body.serviceAccount).toMatchObject({ name: 'cart-ci' });
  });

  it('happens once for an id_token: another call is 409, of many at once one wins', async () => {
    const idToken = await gitlab.idToken();
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(idToken)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    expect((await exchange(idToken, { 'idempotency-key': 'later-call' })).body.code).toBe('id_token_used');
  });

  it('passes again as a retry with the same Idempotency-Key, and ends the token nobody received', async () => {
    const idToken = await gitlab.idToken();
    const first = await exchange(idToken, { 'idempotency-key': 'job-4711' });
    const retry = await exchange(idToken, { 'idempotency-key': 'job-4711' });
    expect([first.status, retry.status]).toEqual([201, 201]);
    expect((await exchange(idToken, { 'idempotency-key': 'job-4712' })).status).toBe(409);
    const me = (token: unknown) => programOf(test.app, String(token)).request({ method: 'GET', url: '/me/token' });
    expect((await me(first.body.token)).status).toBe(401);
  });

  it('gives tokens that end with the rule and with a disabled account', async () => {
    const other = await trust({ name: 'short-lived', gitlabProjectId: 23 });
    const { body } = await exchange(await gitlab.idToken({ project_id: '23' }));
    const use = () => programOf(test.app, String(body.token)).request({ method: 'GET', url: '/me/token' });
    expect((await use()).status).toBe(200);
    const disable = (disabled: boolean) =>
      owner.request({ method: 'PATCH', url: `/service-accounts/${serviceAccountId}`, payload: { disabled } });
    await disable(true);
    expect((await use()).status).toBe(401);
    expect((await exchange(await gitlab.idToken({ project_id: '23' }))).body.code).toBe('no_trust_rule');
    await disable(false);
    expect((await use()).status).toBe(200);
    expect((await owner.request({ method: 'DELETE', url: `/trust-rules/${other}` })).status).toBe(204);
    expect((await use()).status).toBe(401);
  });
});

describe('a job that no rule trusts', () => {
  beforeAll(async () => {
    await trust({ name: 'pay on main', gitlabProjectId: 30 });
    await trust({ name: 'pay tags', gitlabProjectId: 31, refType: 'tag', ref: 'v*' });
    await trust({ name: 'pay production', gitlabProjectId: 32, environment: 'production' });
    await trust({ name: 'pay reviews', gitlabProjectId: 33, allowMergeRequests: true });
  });

  it.each<[string, JWTPayload, string]>([
    ['of another project under the same path', { project_id: '99', project_path: 'shop/cart' }, 'project 99'],
    ['on another branch', { project_id: '30', ref: 'main2' }, 'the branch main2'],
    ['on a tag of that name', { project_id: '30', ref_type: 'tag' }, 'the tag main'],
    ['on an unprotected branch', { project_id: '30', ref_protected: 'false' }, 'not protected'],
    ['on a tag that does not match', { project_id: '31', ref_type: 'tag', ref: 'w1' }, 'the tag w1'],
    ['without the environment', { project_id: '32' }, 'production'],
    ['of another environment', { project_id: '32', environment: 'staging' }, 'production'],
    ['of a merge request', { project_id: '30', pipeline_source: 'merge_request_event' }, 'merge requests'],
    [
      'of an unprotected merge request',
      { project_id: '33', pipeline_source: 'merge_request_event', ref_protected: 'false' },
      'not protected',
    ],
  ])('%s is 403 and hears why', async (_name, claims, why) => {
    const { status, body } = await exchange(await gitlab.idToken(claims));
    expect([status, body.code]).toEqual([403, 'no_trust_rule']);
    expect(body.detail).toContain(why);
    const { body: audit } = await owner.request({ method: 'GET', url: '/audit?outcome=denied&limit=1' });
    expect(audit.items).toMatchObject([{ code: 'no_trust_rule', target: { kind: 'exchange' } }]);
  });

  it.each<[string, JWTPayload]>([
    ['a tag that matches', { project_id: '31', ref_type: 'tag', ref: 'v1.2.3' }],
    ['the environment', { project_id: '32', environment: 'production' }],
    ['a merge request with an explicit yes', { project_id: '33', pipeline_source: 'merge_request_event' }],
  ])('but with %s it passes', async (_name, claims) => {
    expect((await exchange(await gitlab.idToken(claims))).status).toBe(201);
  });
});

describe('a token that is not what it says', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it.each<[string, () => Promise<string>]>([
    ['for another audience', () => gitlab.idToken({ aud: 'https://elsewhere.example' })],
    ['that has expired', () => gitlab.idToken({ iat: now() - 600, exp: now() - 31 })],
    ['older than an hour', () => gitlab.idToken({ iat: now() - 3700, exp: now() + 600 })],
    ['from the future', () => gitlab.idToken({ nbf: now() + 600 })],
    ['without an id', () => gitlab.idToken({ jti: undefined })],
    ['that never expires', () => gitlab.idToken({ exp: undefined })],
    ['with a protection that is not a string', () => gitlab.idToken({ ref_protected: true })],
    ['with a project that is not a string', () => gitlab.idToken({ project_id: 22 })],
    ['with a project in other clothes', () => gitlab.idToken({ project_id: '022' })],
    ['without a pipeline source', () => gitlab.idToken({ pipeline_source: undefined })],
    ['signed by another key', async () => gitlab.idToken({}, { key: (await generateKeyPair('RS256')).privateKey })],
    ['of an unknown key id', () => gitlab.idToken({}, { kid: 'other' })],
    ['of an issuer nobody trusts', () => gitlab.idToken({ iss: 'https://gitlab.evil.example' })],
    ['that is no token', async () => 'x'.repeat(40)],
    ['without a signature', async () => unsigned(await gitlab.idToken())],
    [
      'signed with the public key as a shared secret',
      async () => confused(await gitlab.idToken(), await gitlab.publicJwk()),
    ],
    ['with a claim changed after signing', async () => changed(await gitlab.idToken(), { project_id: '23' })],
  ])('%s is 401', async (_name, make) => {
    const { status, body } = await exchange(await make());
    expect([status, body.code]).toEqual([401, 'id_token_invalid']);
  });

  it('names the audience to set', async () => {
    const { body } = await exchange(await gitlab.idToken({ aud: 'https://elsewhere.example' }));
    expect(body.detail).toContain(testOrigin);
  });

  it('cannot send us anywhere: an issuer without a rule is never asked', async () => {
    const other = await startGitLabIssuer(testOrigin);
    try {
      expect((await exchange(await other.idToken())).status).toBe(401);
      expect(other.asked).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe('an issuer', () => {
  it('that is away is 503, and works again when it is back', async () => {
    const issuer = await startGitLabIssuer(testOrigin);
    const local = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${issuer.port}`] });
    try {
      const person = await claimAsOwner(local);
      const account = await person.request({ method: 'POST', url: '/service-accounts', payload: { name: 'ci' } });
      const rule = {
        name: 'r',
        issuer: issuer.issuer,
        caPem: issuer.caPem,
        gitlabProjectId: 22,
        ref: 'main',
        serviceAccountId: account.body.id,
        permissions: ['audit:read'],
      };
      await person.request({ method: 'POST', url: '/trust-rules', payload: rule });
      const ask = async () => {
        const payload = { idToken: await issuer.idToken() };
        return clientOf(local.app).request({ method: 'POST', url: '/auth/exchange', payload });
      };
      issuer.answers.set('/.well-known/openid-configuration', { status: 502, body: 'bad gateway' });
      const away = await ask();
      expect([away.status, away.body.code]).toEqual([503, 'issuer_unreachable']);
      expect(JSON.stringify(away.body)).not.toContain('bad gateway');
      const elsewhere = { issuer: issuer.issuer, jwks_uri: 'https://keys.evil.example/keys' };
      issuer.answers.set('/.well-known/openid-configuration', { status: 200, body: JSON.stringify(elsewhere) });
      expect((await ask()).status).toBe(503);
      issuer.answers.clear();
      issuer.answers.set('/oauth/discovery/keys', { status: 500, body: '' });
      expect((await ask()).status).toBe(503);
      issuer.answers.clear();
      expect((await ask()).status).toBe(201);
    } finally {
      await local.close();
      await issuer.close();
    }
  });
});

describe('failed exchanges', () => {
  it('stop a network after ten, in the database, and say when to come back', async () => {
    const bad = { idToken: 'x'.repeat(40) };
    const ask = () => clientOf(test.app).request({ method: 'POST', url: '/auth/exchange', payload: bad });
    for (let tries = 0; tries < 10; tries += 1) expect((await ask()).status).toBe(401);
    const refused = await ask();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '900']);
  });

  it('S29 that come all at once are ten in all, over two servers, while jobs that are right pass', async () => {
    await trust({ name: 'crowd', gitlabProjectId: 60 });
    const replica = await openReplica(test);
    try {
      const servers = [test.app, replica.app];
      const ask = async (idToken: string, index: number) => {
        const answer = await clientOf(servers[index % 2] ?? test.app).request({
          method: 'POST',
          url: '/auth/exchange',
          payload: { idToken },
        });
        return answer.status;
      };
      const right = await Promise.all(Array.from({ length: 15 }, () => gitlab.idToken({ project_id: '60' })));
      expect(await Promise.all(right.map(ask))).toEqual(Array(15).fill(201));
      const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => ask('x'.repeat(40), index)));
      expect(answers.filter((status) => status === 401)).toHaveLength(10);
      expect(answers.filter((status) => status === 429)).toHaveLength(30);
      await test.database.pool.query('DELETE FROM identity_sign_in_limit');
      const lost = await Promise.all(Array.from({ length: 30 }, () => gitlab.idToken({ project_id: '61' })));
      const refused = await Promise.all(lost.map(ask));
      expect(refused.filter((status) => status === 403)).toHaveLength(10);
      expect(refused.filter((status) => status === 429)).toHaveLength(20);
    } finally {
      await replica.close();
    }
  });

  it('of a proven job stop its project, not its neighbours on the same runner', async () => {
    await trust({ name: 'neighbour', gitlabProjectId: 40 });
    const lost = () => gitlab.idToken({ project_id: '41' });
    for (let tries = 0; tries < 10; tries += 1) expect((await exchange(await lost())).status).toBe(403);
    expect((await exchange(await lost())).status).toBe(429);
    expect((await exchange(await gitlab.idToken({ project_id: '40' }))).status).toBe(201);
  });
});

function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  return `${header}.${token.split('.')[1]}.`;
}

function confused(token: string, publicJwk: object): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'gitlab-1', typ: 'JWT' })).toString('base64url');
  const body = `${header}.${token.split('.')[1]}`;
  return `${body}.${createHmac('sha256', JSON.stringify(publicJwk)).update(body).digest('base64url')}`;
}

function changed(token: string, claims: object): string {
  const [header, payload = '', signature] = token.split('.');
  const before = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  return [header, Buffer.from(JSON.stringify({ ...before, ...claims })).toString('base64url'), signature].join('.');
}
