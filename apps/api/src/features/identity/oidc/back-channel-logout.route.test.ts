import { beforeAll, describe, expect, it } from 'vitest';
import { signed } from '../../../testing/oidc-server.ts';
import { ann, clientId, createOidcWorld } from './oidc-world.fixture.ts';

const world = createOidcWorld();
const { addProvider, signIn } = world;

describe('a logout token', () => {
  beforeAll(addProvider);

  const providerLogout = (token: string) =>
    world.test.app.inject({
      method: 'POST',
      url: `/api/v1/auth/providers/${world.providerId}/logout`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `logout_token=${token}`,
    });
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: world.provider.issuer,
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
    const token = await signed(claims(), world.provider.signer);
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
      await signed({ ...claims(), nonce: 'n' }, world.provider.signer),
      await signed({ ...claims(), iat: stale }, world.provider.signer),
      await signed({ ...claims(), aud: 'other' }, world.provider.signer),
      await signed(without, world.provider.signer),
      await signed({ ...claims(), sub: undefined } as never, world.provider.signer),
      await signed(claims(), world.provider.foreignSigner),
      'not.a.token',
    ];
    for (const token of bad)
      expect((await providerLogout(token)).json()).toMatchObject({ code: 'logout_token_invalid' });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('is taken as a form alone, without an origin', async () => {
    const json = await world.test.app.inject({
      method: 'POST',
      url: `/api/v1/auth/providers/${world.providerId}/logout`,
      payload: { logout_token: 'x' },
    });
    expect(json.statusCode).toBe(415);
  });
});
