import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OidcPerson, type OidcServer, signed, startOidcServer } from '../../../testing/oidc-server.ts';
import {
  claimAsOwner,
  clientOf,
  cookieOf,
  createTestApp,
  type SignedInClient,
  type TestApp,
  testOrigin,
} from '../../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let provider: OidcServer;
let providerId: string;
const clientId = 'quarterdeck';
const clientSecret = 'a secret of the test';
const ann: OidcPerson = {
  sub: 'ann-1',
  name: 'Ann Example',
  preferred_username: 'ann',
  email: 'ann@example.com',
  groups: ['platform', 'oncall'],
};

beforeAll(async () => {
  provider = await startOidcServer();
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${provider.port}`] });
  owner = await claimAsOwner(test);
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  const { draft } = (await owner.request({ method: 'GET', url: '/identity-providers' })).body as {
    draft: { id: string; redirectUris: string[] };
  };
  providerId = draft.id;
  const address = test.app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  provider.register({
    id: clientId,
    secret: clientSecret,
    redirectUris: draft.redirectUris,
    backchannelLogoutUri: `http://127.0.0.1:${port}/api/v1/auth/providers/${providerId}/logout`,
  });
});
afterAll(async () => {
  await test.close();
  await provider.close();
});
beforeEach(() => {
  provider.person = ann;
  provider.tamper = undefined;
});

const settings = () => ({
  name: 'Corp',
  issuer: provider.issuer,
  clientId,
  clientSecret,
  caPem: provider.caPem,
  groupsClaim: 'groups',
});

/** For tests that need it set up, also when they run alone. */
async function addProvider(): Promise<void> {
  const { status, body } = await owner.request({
    method: 'POST',
    url: '/identity-providers',
    payload: { ...settings(), id: providerId },
  });
  if (status !== 201 && body.code !== 'id_taken') throw new Error(`The provider was refused: ${JSON.stringify(body)}`);
}

/** A browser: its cookies here and at the provider. */
type Browser = { login: string; there: Map<string, string> };

async function begin(body: object = {}, at: Map<string, string> = new Map()) {
  const started = await clientOf(test.app).request({
    method: 'POST',
    url: `/auth/providers/${providerId}/start`,
    payload: body,
  });
  expect(started.status).toBe(200);
  const browser: Browser = { login: cookieOf(started.headers), there: at };
  const { location } = await provider.browse(String(started.body.location), browser.there);
  return { browser, callback: location, cookie: String(started.headers['set-cookie']) };
}

function providerCallback(url: string, cookie: string, headers: Record<string, string> = {}) {
  const { pathname, search } = new URL(url);
  return clientOf(test.app, cookie).request({
    method: 'GET',
    url: `${pathname.slice('/api/v1'.length)}${search}`,
    headers,
  });
}

async function signIn(person: OidcPerson, body: object = {}) {
  provider.person = person;
  const begun = await begin(body);
  const answer = await providerCallback(begun.callback, begun.browser.login);
  return { ...answer, ...begun, client: clientOf(test.app, cookieOf(answer.headers, 'qd-local')) };
}

const lastAudit = async () => {
  const { rows } = await test.database.pool.query(
    'SELECT outcome, code, record FROM audit_event ORDER BY at DESC LIMIT 1',
  );
  return rows[0] as { outcome: string; code: string | null; record: { target: { name?: string } } };
};

describe('a provider', () => {
  it('is tried before it is saved, step by step', async () => {
    const report = await owner.request({
      method: 'POST',
      url: '/identity-providers/test',
      payload: { ...settings(), id: providerId },
    });
    expect(report.status).toBe(200);
    const checks = report.body.checks as { id: string; level: string }[];
    expect(checks.map(({ id, level }) => [id, level])).toEqual([
      ['address', 'ok'],
      ['discovery', 'ok'],
      ['issuer', 'ok'],
      ['keys', 'ok'],
      ['scopes', 'ok'],
      ['client', 'ok'],
      ['redirect', 'ok'],
      ['logout', 'ok'],
    ]);
    expect(report.body.redirectUris).toContain(`${testOrigin}/api/v1/auth/providers/${providerId}/callback`);
  });

  it.each([
    ['a wrong secret', { clientSecret: 'wrong' }, 'client', 'block', /do(es)? not take/],
    ['an address that is not registered there', { id: undefined }, 'redirect', 'block', /Register this address/],
    ['an authority that did not sign it', { caPem: undefined }, 'address', 'block', /certificate/],
    ['an algorithm it does not use', { signingAlgorithm: 'ES256' }, 'keys', 'block', /RS256/],
    ['a claim it does not list', { groupsClaim: 'roles' }, 'scopes', 'warn', /does not list/],
  ])('is told what to mend with %s', async (_what, change, id, level, words) => {
    const payload = JSON.parse(JSON.stringify({ ...settings(), id: providerId, ...change }));
    const report = await owner.request({ method: 'POST', url: '/identity-providers/test', payload });
    const check = (report.body.checks as { id: string; level: string }[]).find((each) => each.id === id);
    expect(check).toMatchObject({ id, level });
    expect(JSON.stringify(check)).toMatch(words);
    expect(report.body.ok).toBe(level !== 'block');
  });

  it('is told what to mend where there is no provider, or an address nobody allowed', async () => {
    const at = async (issuer: string) =>
      (await owner.request({ method: 'POST', url: '/identity-providers/test', payload: { ...settings(), issuer } }))
        .body;
    expect(JSON.stringify(await at(`${provider.issuer}/realms/none`))).toContain('There is no description');
    expect(JSON.stringify(await at('https://127.0.0.1:1'))).toContain('QUARTERDECK_CLUSTER_ADDRESS_ALLOW');
    expect(JSON.stringify(await at('https://169.254.169.254'))).toContain('169.254.169.254');
  });

  it('is refused over plain http, with a user name in its address, and with a certificate that is none', async () => {
    const post = (change: object) =>
      owner.request({ method: 'POST', url: '/identity-providers', payload: { ...settings(), ...change } });
    for (const issuer of ['http://idp.example', 'https://a:b@idp.example', 'https://idp.example?x=1']) {
      expect(await post({ issuer })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/issuer' }] } });
    }
    expect(await post({ caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' })).toMatchObject({
      status: 422,
      body: { code: 'ca_invalid' },
    });
  });

  it('needs a session that proved itself again', async () => {
    await test.database.pool.query("UPDATE identity_session SET authenticated_at = now() - interval '11 minutes'");
    const late = await owner.request({ method: 'POST', url: '/identity-providers', payload: settings() });
    expect(late).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
    await test.database.pool.query('UPDATE identity_session SET authenticated_at = now()');
  });

  it('is added, and its secret never comes out', async () => {
    const made = await owner.request({
      method: 'POST',
      url: '/identity-providers',
      payload: { ...settings(), id: providerId },
    });
    expect(made).toMatchObject({ status: 201, body: { id: providerId, enabled: true, people: 0 } });
    const listed = await owner.request({ method: 'GET', url: '/identity-providers' });
    expect(JSON.stringify([made.body, listed.body])).not.toContain(clientSecret);
    const { rows } = await test.database.pool.query('SELECT sealed_secret, record FROM identity_provider, audit_event');
    expect(
      rows.map((row) => `${row.sealed_secret.toString('latin1')} ${JSON.stringify(row.record)}`).join(),
    ).not.toContain(clientSecret);
    const again = await owner.request({
      method: 'POST',
      url: '/identity-providers',
      payload: { ...settings(), name: 'x' },
    });
    expect(again).toMatchObject({ status: 422, body: { code: 'issuer_taken' } });
  });

  it('makes local accounts the emergency way in, and each use of them is written down', async () => {
    const { body } = await clientOf(test.app).request({ method: 'GET', url: '/auth/providers' });
    expect(body).toMatchObject({
      localIsBreakGlass: true,
      providers: [{ id: providerId, kind: 'oidc', name: 'Corp' }, { id: 'local' }],
    });
    await claimedSignIn();
    expect((await lastAudit()).code).toBe('break_glass');
    expect(test.logged.join()).toContain('a local account was used although a provider is on');
  });
});

async function claimedSignIn() {
  const answer = await clientOf(test.app).request({
    method: 'POST',
    url: '/auth/sign-in',
    payload: { name: 'owner', password: 'correct horse battery staple' },
  });
  expect(answer.status).toBe(200);
}

describe('a sign-in at the provider', () => {
  beforeAll(addProvider);

  it('opens a session of a new account without any right, in the groups of the claim', async () => {
    const { status, headers, client, cookie } = await signIn(ann, { returnTo: '/clusters?q=x' });
    expect([status, headers.location]).toEqual([303, '/clusters?q=x']);
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).toContain('HttpOnly');
    const { body } = await client.request({ method: 'GET', url: '/me' });
    expect(body).toMatchObject({
      user: { name: 'ann@corp', displayName: 'Ann Example', email: 'ann@example.com' },
      provider: { name: 'Corp' },
      secondFactor: 'provider',
      permissions: ['identity:self'],
    });
    expect((await client.request({ method: 'GET', url: '/clusters' })).status).toBe(403);
    const groups = await owner.request({ method: 'GET', url: '/groups?kind=provider' });
    expect(groups.body.items).toMatchObject([
      { name: 'oncall', members: 1, provider: { name: 'Corp' } },
      { name: 'platform', members: 1 },
    ]);
  });

  it('gives what its groups are granted, and takes it when the claim loses the group', async () => {
    const { rows } = await test.database.pool.query("SELECT id FROM identity_group WHERE name = 'platform'");
    await test.composition.access.makeOwner(test.database.pool, rows[0]?.id);
    const inGroup = await signIn(ann);
    expect((await inGroup.client.request({ method: 'GET', url: '/users' })).status).toBe(200);
    const { client } = await signIn({ ...ann, groups: ['oncall'] });
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(403);
    await test.database.pool.query('DELETE FROM access_grants WHERE subject_id = $1', [rows[0]?.id]);
  });

  it('keeps the account by issuer and subject when every other claim changes', async () => {
    const renamed = await signIn({
      ...ann,
      name: 'Ann Married',
      preferred_username: 'other',
      email: 'new@example.com',
    });
    const { body } = await renamed.client.request({ method: 'GET', url: '/me' });
    expect(body.user).toMatchObject({ name: 'ann@corp', displayName: 'Ann Married', email: 'new@example.com' });
  });

  it('signs out on both sides, wherever it begins', async () => {
    const first = await signIn(ann);
    const out = await first.client.request({ method: 'DELETE', url: '/me/session' });
    const end = new URL(String(out.body.location));
    expect(end.href.startsWith(`${provider.issuer}/session/end?`)).toBe(true);
    expect(end.searchParams.get('post_logout_redirect_uri')).toBe(`${testOrigin}/sign-in`);
    expect((await first.client.request({ method: 'GET', url: '/me' })).status).toBe(401);

    // The same browser at the provider has a new session here; its sign-out there ends that one.
    const second = await signIn(ann);
    expect((await second.client.request({ method: 'GET', url: '/me' })).status).toBe(200);
    const page = await provider.browse(`${provider.issuer}/session/end`, second.browser.there);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
    await provider.browse(
      `${provider.issuer}/session/end/confirm`,
      second.browser.there,
      new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
    );
    expect((await second.client.request({ method: 'GET', url: '/me' })).status).toBe(401);
  });

  it('is refused to a disabled account, with a page for people and a problem for programs', async () => {
    const { rows } = await test.database.pool.query(
      "UPDATE identity_user SET disabled_at = now() WHERE subject = 'ann-1' RETURNING id",
    );
    const begun = await begin();
    const page = await providerCallback(begun.callback, begun.browser.login, { accept: 'text/html' });
    expect(page.status).toBe(403);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('/sign-in?problem=account_disabled');
    const again = await begin();
    expect(await providerCallback(again.callback, again.browser.login)).toMatchObject({
      body: { code: 'account_disabled' },
    });
    await test.database.pool.query('UPDATE identity_user SET disabled_at = NULL WHERE id = $1', [rows[0]?.id]);
  });
});

describe('proving oneself again at the provider', () => {
  beforeAll(addProvider);

  it('gives the session a new id and 10 minutes', async () => {
    const { client } = await signIn(ann);
    await test.database.pool.query("UPDATE identity_session SET authenticated_at = now() - interval '11 minutes'");
    const before = (await client.request({ method: 'GET', url: '/me' })).body.sessionId;
    const started = await client.request({
      method: 'POST',
      url: '/me/step-up/start',
      payload: { returnTo: '/profile' },
    });
    const url = new URL(String(started.body.location));
    expect(url.searchParams.get('max_age')).toBe('0');
    const { location } = await provider.browse(url.href, new Map());
    const answer = await providerCallback(location, cookieOf(started.headers));
    expect([answer.status, answer.headers.location]).toEqual([303, '/profile']);
    const renewed = clientOf(test.app, cookieOf(answer.headers, 'qd-local'));
    expect((await renewed.request({ method: 'GET', url: '/me' })).body.sessionId).not.toBe(before);
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    await test.database.pool.query('UPDATE identity_session SET authenticated_at = now()');
  });

  it('is refused when somebody else signs in there, or the provider remembers an old sign-in', async () => {
    const { client } = await signIn(ann);
    const start = async () => client.request({ method: 'POST', url: '/me/step-up/start', payload: {} });
    const started = await start();
    provider.person = { ...ann, sub: 'bob-2' };
    const { location } = await provider.browse(String(started.body.location), new Map());
    expect(await providerCallback(location, cookieOf(started.headers))).toMatchObject({
      status: 400,
      body: { code: 'not_reauthenticated' },
    });
    const old = await start();
    provider.person = ann;
    provider.tamper = (claims, { own }) => signed({ ...claims, auth_time: Number(claims.auth_time) - 300 }, own);
    const back = await provider.browse(String(old.body.location), new Map());
    expect(await providerCallback(back.location, cookieOf(old.headers))).toMatchObject({
      status: 400,
      body: { code: 'not_reauthenticated' },
    });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('is not for local accounts', async () => {
    const answer = await owner.request({ method: 'POST', url: '/me/step-up/start', payload: {} });
    expect(answer).toMatchObject({ status: 409, body: { code: 'not_managed_by_provider' } });
  });
});

describe('S31 an answer that is not of this sign-in', () => {
  beforeAll(addProvider);

  it('is refused when it is used twice, without its cookie, or with the cookie of another browser', async () => {
    const once = await begin();
    expect((await providerCallback(once.callback, once.browser.login)).status).toBe(303);
    expect(await providerCallback(once.callback, once.browser.login)).toMatchObject({
      status: 400,
      body: { code: 'sign_in_expired' },
    });
    const mine = await begin();
    const theirs = await begin();
    expect((await providerCallback(mine.callback, '')).status).toBe(400);
    expect((await providerCallback(mine.callback, theirs.browser.login)).status).toBe(400);
    // The failed tries took nothing from the browser it belongs to.
    expect((await providerCallback(mine.callback, mine.browser.login)).status).toBe(303);
  });

  it('is refused after 10 minutes', async () => {
    const begun = await begin();
    await test.database.pool.query("UPDATE identity_login SET expires_at = now() - interval '1 second'");
    expect(await providerCallback(begun.callback, begun.browser.login)).toMatchObject({
      body: { code: 'sign_in_expired' },
    });
  });

  it('is refused with the code of another sign-in', async () => {
    const mine = await begin();
    const theirs = await begin();
    const swapped = new URL(mine.callback);
    swapped.searchParams.set('code', new URL(theirs.callback).searchParams.get('code') ?? '');
    expect(await providerCallback(swapped.href, mine.browser.login)).toMatchObject({
      status: 400,
      body: { code: 'provider_refused' },
    });
    expect(await lastAudit()).toMatchObject({ outcome: 'failed', code: 'provider_refused' });
  });

  it('is refused with an issuer parameter of another provider', async () => {
    const begun = await begin();
    const url = new URL(begun.callback);
    url.searchParams.set('iss', 'https://evil.example');
    expect(await providerCallback(url.href, begun.browser.login)).toMatchObject({ status: 400 });
  });

  it.each<[string, OidcServer['tamper']]>([
    ['another audience', (claims, { own }) => signed({ ...claims, aud: 'somebody-else' }, own)],
    ['another issuer', (claims, { own }) => signed({ ...claims, iss: 'https://evil.example' }, own)],
    ['another nonce', (claims, { own }) => signed({ ...claims, nonce: 'made-up' }, own)],
    ['no nonce', ({ nonce: _, ...claims }, { own }) => signed(claims, own)],
    ['a subject that is empty', (claims, { own }) => signed({ ...claims, sub: '' }, own)],
    ['an end that has passed', (claims, { own }) => signed({ ...claims, exp: 1_700_000_000 }, own)],
    ['the signature of another key', (claims, { foreign }) => signed(claims, foreign)],
    [
      'the client secret as its key',
      (claims) => signed(claims, new TextEncoder().encode(clientSecret.padEnd(32, '0')), 'HS256'),
    ],
    ['another algorithm than agreed', (claims, { own }) => signedAs(claims, own)],
    [
      'no signature at all',
      async (claims) =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
    ],
    ['a payload that was changed', async (claims, { own }) => swapPayload(await signed(claims, own))],
  ])('is refused with %s', async (_what, tamper) => {
    const begun = await begin();
    provider.tamper = tamper;
    const before = await test.database.pool.query('SELECT count(*) FROM identity_session');
    const answer = await providerCallback(begun.callback, begun.browser.login);
    expect([answer.status, answer.body.code]).toEqual([400, 'provider_answer_invalid']);
    expect(answer.headers['set-cookie']).not.toMatch(/qd-local=/);
    expect((await test.database.pool.query('SELECT count(*) FROM identity_session')).rows).toEqual(before.rows);
    expect(await lastAudit()).toMatchObject({ outcome: 'failed', code: 'provider_answer_invalid' });
  });

  it('is answered in our words when the provider refuses, and never in its', async () => {
    const begun = await begin();
    const url = new URL(begun.callback);
    url.searchParams.delete('code');
    url.searchParams.set('error', 'access_denied');
    url.searchParams.set('error_description', 'visit evil.example now');
    const answer = await providerCallback(url.href, begun.browser.login, { accept: 'text/html' });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('evil');
    expect(answer.text).toContain('problem=provider_refused');
  });
});

describe('S32 claims that want to be somebody else', () => {
  beforeAll(addProvider);

  it('lead to no account but that of their own subject', async () => {
    const intruder = { sub: 'eve-9', email: 'ann@example.com', preferred_username: 'owner', name: 'Test Owner' };
    const { client } = await signIn({
      ...intruder,
      email_verified: false,
      groups: ['Platform', 'platform\u200b', 'owner'],
    });
    const { body } = await client.request({ method: 'GET', url: '/me' });
    expect(body).toMatchObject({ user: { name: 'owner@corp' }, permissions: ['identity:self'] });
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(403);
    const local = await owner.request({ method: 'GET', url: '/me' });
    expect(local.body.user).toMatchObject({ name: 'owner', displayName: 'Test Owner' });
  });

  it('give no group where the list is too long, and say so', async () => {
    await signIn(ann);
    const { rows } = await test.database.pool.query("SELECT id FROM identity_group WHERE name = 'platform'");
    await test.composition.access.makeOwner(test.database.pool, rows[0]?.id);
    const groups = ['platform', ...Array.from({ length: 500 }, (_, index) => `g${index}`)];
    const { client } = await signIn({ ...ann, groups });
    const { body } = await client.request({ method: 'GET', url: '/me' });
    expect(body.permissions).toEqual(['identity:self']);
    expect(body.groupsError).toContain('500');
    expect((await lastAudit()).code).toBe('groups_unreadable');
  });
});

describe('S33 a page to return to that is not ours', () => {
  beforeAll(addProvider);

  it.each(['//evil.example', '/\\evil.example', 'https:evil.example', '/clusters%0d%0aa:b'])(
    '%s becomes /',
    async (returnTo) => {
      const { headers } = await signIn(ann, { returnTo });
      expect(headers.location).toBe('/');
    },
  );
});

describe('a logout token', () => {
  beforeAll(addProvider);

  const providerLogout = (token: string) =>
    test.app.inject({
      method: 'POST',
      url: `/api/v1/auth/providers/${providerId}/logout`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `logout_token=${token}`,
    });
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: provider.issuer,
      aud: clientId,
      sub: 'ann-1',
      iat: now,
      exp: now + 120,
      jti: `j${Math.random()}`,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    };
  };

  it('ends the sessions of its subject, once', async () => {
    const { client } = await signIn(ann);
    const token = await signed(claims(), provider.signer);
    expect((await providerLogout(token)).json()).toMatchObject({ ended: expect.any(Number) });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    const again = await signIn(ann);
    expect((await providerLogout(token)).statusCode).toBe(400);
    expect((await again.client.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('is refused when it is an ID token, old, of somebody else, without an event, or signed by another', async () => {
    const { client } = await signIn(ann);
    const { events: _, ...without } = claims();
    const stale = Math.floor(Date.now() / 1000) - 900;
    const bad = [
      await signed({ ...claims(), nonce: 'n' }, provider.signer),
      await signed({ ...claims(), iat: stale }, provider.signer),
      await signed({ ...claims(), aud: 'other' }, provider.signer),
      await signed(without, provider.signer),
      await signed({ ...claims(), sub: undefined } as never, provider.signer),
      await signed(claims(), provider.foreignSigner),
      'not.a.token',
    ];
    for (const token of bad)
      expect((await providerLogout(token)).json()).toMatchObject({ code: 'logout_token_invalid' });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('is taken as a form alone, without an origin', async () => {
    const json = await test.app.inject({
      method: 'POST',
      url: `/api/v1/auth/providers/${providerId}/logout`,
      payload: { logout_token: 'x' },
    });
    expect(json.statusCode).toBe(415);
  });
});

describe('a provider that is changed', () => {
  beforeAll(addProvider);

  it('ends what it opened when it is turned off, and takes nobody in', async () => {
    const { client } = await signIn(ann);
    const off = await owner.request({
      method: 'PATCH',
      url: `/identity-providers/${providerId}`,
      payload: { enabled: false, name: 'Corp SSO', clientSecret: 'another' },
    });
    expect(off).toMatchObject({ status: 200, body: { enabled: false, name: 'Corp SSO' } });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    const start = await clientOf(test.app).request({
      method: 'POST',
      url: `/auth/providers/${providerId}/start`,
      payload: {},
    });
    expect(start.status).toBe(404);
  });

  it('leaves its accounts without a way in when it is removed, and its groups go', async () => {
    expect((await owner.request({ method: 'DELETE', url: `/identity-providers/${providerId}` })).status).toBe(204);
    expect((await owner.request({ method: 'GET', url: '/groups?kind=provider' })).body.total).toBe(0);
    const { body } = await owner.request({ method: 'GET', url: '/users?q=ann@corp' });
    expect(body.items).toMatchObject([{ name: 'ann@corp', groups: [] }]);
    const left = await test.database.pool.query(
      `SELECT FROM access_grants WHERE subject_kind <> 'service_account' AND subject_id NOT IN (SELECT id FROM identity_user)`,
    );
    expect(left.rowCount).toBe(0);
  });
});

async function signedAs(claims: Parameters<typeof signed>[0], key: Parameters<typeof signed>[1]): Promise<string> {
  const { exportJWK, importJWK } = await import('jose');
  const jwk = await exportJWK(key as never);
  return signed(claims, (await importJWK({ ...jwk, alg: 'PS256' }, 'PS256')) as never, 'PS256');
}

function swapPayload(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return [header, Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url'), signature].join('.');
}
