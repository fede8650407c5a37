import { beforeAll, describe, expect, it } from 'vitest';
import { signed } from '../../../testing/oidc-server.ts';
import { clientOf, cookieOf, testOrigin } from '../../../testing/test-app.ts';
import { ann, createOidcWorld } from './oidc-world.fixture.ts';

const world = createOidcWorld();
const { addProvider, begin, providerCallback, signIn } = world;

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
    const groups = await world.owner.request({ method: 'GET', url: '/groups?kind=provider' });
    expect(groups.body.items).toMatchObject([
      { name: 'oncall', members: 1, provider: { name: 'Corp' } },
      { name: 'platform', members: 1 },
    ]);
  });

  it('gives what its groups are granted, and takes it when the claim loses the group', async () => {
    const { rows } = await world.test.database.pool.query("SELECT id FROM identity_group WHERE name = 'platform'");
    await world.test.composition.access.makeOwner(world.test.database.pool, rows[0]?.id);
    const inGroup = await signIn(ann);
    expect((await inGroup.client.request({ method: 'GET', url: '/users' })).status).toBe(200);
    const { client } = await signIn({ ...ann, groups: ['oncall'] });
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(403);
    await world.test.database.pool.query('DELETE FROM access_grants WHERE subject_id = $1', [rows[0]?.id]);
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
    expect(end.href.startsWith(`${world.provider.issuer}/session/end?`)).toBe(true);
    expect(end.searchParams.get('post_logout_redirect_uri')).toBe(`${testOrigin}/sign-in`);
    expect((await first.client.request({ method: 'GET', url: '/me' })).status).toBe(401);

    // The same browser at the provider has a new session here; its sign-out there ends that one.
    const second = await signIn(ann);
    expect((await second.client.request({ method: 'GET', url: '/me' })).status).toBe(200);
    const page = await world.provider.browse(`${world.provider.issuer}/session/end`, second.browser.there);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
    await world.provider.browse(
      `${world.provider.issuer}/session/end/confirm`,
      second.browser.there,
      new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
    );
    expect((await second.client.request({ method: 'GET', url: '/me' })).status).toBe(401);
  });

  it('is refused to a disabled account, with a page for people and a problem for programs', async () => {
    const { rows } = await world.test.database.pool.query(
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
    await world.test.database.pool.query('UPDATE identity_user SET disabled_at = NULL WHERE id = $1', [rows[0]?.id]);
  });
});

describe('proving oneself again at the provider', () => {
  beforeAll(addProvider);

  it('gives the session a new id and 10 minutes', async () => {
    const { client } = await signIn(ann);
    await world.test.database.pool.query(
      "UPDATE identity_session SET authenticated_at = now() - interval '11 minutes'",
    );
    const before = (await client.request({ method: 'GET', url: '/me' })).body.sessionId;
    const started = await client.request({
      method: 'POST',
      url: '/me/step-up/start',
      payload: { returnTo: '/profile' },
    });
    const url = new URL(String(started.body.location));
    expect(url.searchParams.get('max_age')).toBe('0');
    const { location } = await world.provider.browse(url.href, new Map());
    const answer = await providerCallback(location, cookieOf(started.headers));
    expect([answer.status, answer.headers.location]).toEqual([303, '/profile']);
    const renewed = clientOf(world.test.app, cookieOf(answer.headers, 'qd-local'));
    expect((await renewed.request({ method: 'GET', url: '/me' })).body.sessionId).not.toBe(before);
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    await world.test.database.pool.query('UPDATE identity_session SET authenticated_at = now()');
  });

  it('is refused when somebody else signs in there, or the provider remembers an old sign-in', async () => {
    const { client } = await signIn(ann);
    const start = async () => client.request({ method: 'POST', url: '/me/step-up/start', payload: {} });
    const started = await start();
    world.provider.person = { ...ann, sub: 'bob-2' };
    const { location } = await world.provider.browse(String(started.body.location), new Map());
    expect(await providerCallback(location, cookieOf(started.headers))).toMatchObject({
      status: 400,
      body: { code: 'not_reauthenticated' },
    });
    const old = await start();
    world.provider.person = ann;
    world.provider.tamper = (claims, { own }) => signed({ ...claims, auth_time: Number(claims.auth_time) - 300 }, own);
    const back = await world.provider.browse(String(old.body.location), new Map());
    expect(await providerCallback(back.location, cookieOf(old.headers))).toMatchObject({
      status: 400,
      body: { code: 'not_reauthenticated' },
    });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('is not for local accounts', async () => {
    const answer = await world.owner.request({ method: 'POST', url: '/me/step-up/start', payload: {} });
    expect(answer).toMatchObject({ status: 409, body: { code: 'not_managed_by_provider' } });
  });
});
