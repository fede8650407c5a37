import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, testOrigin } from '../../../testing/test-app.ts';
import { ann, clientSecret, createOidcWorld } from './oidc-world.fixture.ts';

const world = createOidcWorld();
const { addProvider, lastAudit, settings, signIn } = world;

describe('a provider', () => {
  it('is tried before it is saved, step by step', async () => {
    const report = await world.owner.request({
      method: 'POST',
      url: '/identity-providers/test',
      payload: { ...settings(), id: world.providerId },
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
    expect(report.body.redirectUris).toContain(`${testOrigin}/api/v1/auth/providers/${world.providerId}/callback`);
  });

  it.each([
    ['a wrong secret', { clientSecret: 'wrong' }, 'client', 'block', /do(es)? not take/],
    ['an address that is not registered there', { id: undefined }, 'redirect', 'block', /Register this address/],
    ['an authority that did not sign it', { caPem: undefined }, 'address', 'block', /certificate/],
    ['an algorithm it does not use', { signingAlgorithm: 'ES256' }, 'keys', 'block', /RS256/],
    ['a claim it does not list', { groupsClaim: 'roles' }, 'scopes', 'warn', /does not list/],
  ])('is told what to mend with %s', async (_what, change, id, level, words) => {
    const payload = JSON.parse(JSON.stringify({ ...settings(), id: world.providerId, ...change }));
    const report = await world.owner.request({ method: 'POST', url: '/identity-providers/test', payload });
    const check = (report.body.checks as { id: string; level: string }[]).find((each) => each.id === id);
    expect(check).toMatchObject({ id, level });
    expect(JSON.stringify(check)).toMatch(words);
    expect(report.body.ok).toBe(level !== 'block');
  });

  it('is told what to mend where there is no provider, or an address nobody allowed', async () => {
    const at = async (issuer: string) =>
      (
        await world.owner.request({
          method: 'POST',
          url: '/identity-providers/test',
          payload: { ...settings(), issuer },
        })
      ).body;
    expect(JSON.stringify(await at(`${world.provider.issuer}/realms/none`))).toContain('There is no description');
    expect(JSON.stringify(await at('https://127.0.0.1:1'))).toContain('QUARTERDECK_CLUSTER_ADDRESS_ALLOW');
    expect(JSON.stringify(await at('https://169.254.169.254'))).toContain('169.254.169.254');
  });

  it('is refused over plain http, with a user name in its address, and with a certificate that is none', async () => {
    const post = (change: object) =>
      world.owner.request({ method: 'POST', url: '/identity-providers', payload: { ...settings(), ...change } });
    for (const issuer of ['http://idp.example', 'https://a:b@idp.example', 'https://idp.example?x=1']) {
      expect(await post({ issuer })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/issuer' }] } });
    }
    expect(await post({ caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' })).toMatchObject({
      status: 422,
      body: { code: 'ca_invalid' },
    });
  });

  it('needs a session that proved itself again', async () => {
    await world.test.database.pool.query(
      "UPDATE identity_session SET authenticated_at = now() - interval '11 minutes'",
    );
    const late = await world.owner.request({ method: 'POST', url: '/identity-providers', payload: settings() });
    expect(late).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
    await world.test.database.pool.query('UPDATE identity_session SET authenticated_at = now()');
  });

  it('is added, and its secret never comes out', async () => {
    const made = await world.owner.request({
      method: 'POST',
      url: '/identity-providers',
      payload: { ...settings(), id: world.providerId },
    });
    expect(made).toMatchObject({ status: 201, body: { id: world.providerId, enabled: true, people: 0 } });
    const listed = await world.owner.request({ method: 'GET', url: '/identity-providers' });
    expect(JSON.stringify([made.body, listed.body])).not.toContain(clientSecret);
    const { rows } = await world.test.database.pool.query(
      'SELECT sealed_secret, record FROM identity_provider, audit_event',
    );
    expect(
      rows.map((row) => `${row.sealed_secret.toString('latin1')} ${JSON.stringify(row.record)}`).join(),
    ).not.toContain(clientSecret);
    const again = await world.owner.request({
      method: 'POST',
      url: '/identity-providers',
      payload: { ...settings(), name: 'x' },
    });
    expect(again).toMatchObject({ status: 422, body: { code: 'issuer_taken' } });
  });

  it('makes local accounts the emergency way in, and each use of them is written down', async () => {
    const { body } = await clientOf(world.test.app).request({ method: 'GET', url: '/auth/providers' });
    expect(body).toMatchObject({
      localIsBreakGlass: true,
      providers: [{ id: world.providerId, kind: 'oidc', name: 'Corp' }, { id: 'local' }],
    });
    await claimedSignIn();
    expect((await lastAudit()).code).toBe('break_glass');
    expect(world.test.logged.join()).toContain('a local account was used although a provider is on');
  });
});

describe('a provider that is changed', () => {
  beforeAll(addProvider);

  it('ends what it opened when it is turned off, and takes nobody in', async () => {
    const { client } = await signIn(ann);
    const off = await world.owner.request({
      method: 'PATCH',
      url: `/identity-providers/${world.providerId}`,
      payload: { enabled: false, name: 'Corp SSO', clientSecret: 'another' },
    });
    expect(off).toMatchObject({ status: 200, body: { enabled: false, name: 'Corp SSO' } });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    const start = await clientOf(world.test.app).request({
      method: 'POST',
      url: `/auth/providers/${world.providerId}/start`,
      payload: {},
    });
    expect(start.status).toBe(404);
  });

  it('leaves its accounts without a way in when it is removed, and its groups go', async () => {
    expect(
      (await world.owner.request({ method: 'DELETE', url: `/identity-providers/${world.providerId}` })).status,
    ).toBe(204);
    expect((await world.owner.request({ method: 'GET', url: '/groups?kind=provider' })).body.total).toBe(0);
    const { body } = await world.owner.request({ method: 'GET', url: '/users?q=ann@corp' });
    expect(body.items).toMatchObject([{ name: 'ann@corp', groups: [] }]);
    const left = await world.test.database.pool.query(
      `SELECT FROM access_grants WHERE subject_kind <> 'service_account' AND subject_id NOT IN (SELECT id FROM identity_user)`,
    );
    expect(left.rowCount).toBe(0);
  });
});

async function claimedSignIn() {
  const answer = await clientOf(world.test.app).request({
    method: 'POST',
    url: '/auth/sign-in',
    payload: { name: 'owner', password: 'correct horse battery staple' },
  });
  expect(answer.status).toBe(200);
}
