import { beforeAll, describe, expect, it } from 'vitest';
import { type OidcServer, signed } from '../../../testing/oidc-server.ts';
import { ann, clientSecret, createOidcWorld } from './oidc-world.fixture.ts';

const world = createOidcWorld();
const { addProvider, begin, lastAudit, providerCallback, signIn } = world;

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
    await world.test.database.pool.query("UPDATE identity_login SET expires_at = now() - interval '1 second'");
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
    world.provider.tamper = tamper;
    const before = await world.test.database.pool.query('SELECT count(*) FROM identity_session');
    const answer = await providerCallback(begun.callback, begun.browser.login);
    expect([answer.status, answer.body.code]).toEqual([400, 'provider_answer_invalid']);
    expect(answer.headers['set-cookie']).not.toMatch(/qd-local=/);
    expect((await world.test.database.pool.query('SELECT count(*) FROM identity_session')).rows).toEqual(before.rows);
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
    const local = await world.owner.request({ method: 'GET', url: '/me' });
    expect(local.body.user).toMatchObject({ name: 'owner', displayName: 'Test Owner' });
  });

  it('give no group where the list is too long, and say so', async () => {
    await signIn(ann);
    const { rows } = await world.test.database.pool.query("SELECT id FROM identity_group WHERE name = 'platform'");
    await world.test.composition.access.makeOwner(world.test.database.pool, rows[0]?.id);
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
