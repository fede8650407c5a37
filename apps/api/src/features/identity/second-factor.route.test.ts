import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, cookieOf, createTestApp, type TestApp, testOwner } from '../../testing/test-app.ts';

const origin = 'https://quarterdeck.example';
let test: TestApp;
let cookie = '';
let secret = '';
let recoveryCodes: string[] = [];
beforeAll(async () => {
  test = await createTestApp({ loopback: false, publicOrigins: [origin] });
});
afterAll(() => test.close());

type Options = { method: 'GET' | 'POST' | 'DELETE'; url: string; payload?: object };
const ask = (options: Options, with_ = cookie) =>
  clientOf(test.app, with_).request({ ...options, headers: { origin } });
const signIn = (code?: string) =>
  ask(
    { method: 'POST', url: '/auth/sign-in', payload: { name: testOwner.name, password: testOwner.password, code } },
    '',
  );
/** The code of a time step; each works once. */
const codeAt = (step: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + step * 30_000 });

describe('behind https', () => {
  it('the session cookie is bound to the host', async () => {
    const code = await test.composition.identity.prepareSetup();
    const claimed = await ask({ method: 'POST', url: '/auth/setup', payload: { code, ...testOwner } });
    expect(String(claimed.headers['set-cookie'])).toMatch(
      /^__Host-qd=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    cookie = cookieOf(claimed.headers);
    expect(claimed.body).toMatchObject({ secondFactor: 'owed', permissions: ['identity:self'] });
  });

  it('a local account without a second factor may set one up, and nothing else', async () => {
    expect((await ask({ method: 'GET', url: '/me' })).status).toBe(200);
    expect((await ask({ method: 'GET', url: '/clusters' })).status).toBe(403);
    expect((await ask({ method: 'GET', url: '/users' })).status).toBe(403);
  });

  it('an authenticator is turned on with its first code, and gives ten recovery codes', async () => {
    const started = await ask({ method: 'POST', url: '/me/totp' });
    expect(started.status).toBe(201);
    secret = String(started.body.secret);
    expect(started.body.uri).toContain(`secret=${secret}`);
    const wrong = await ask({ method: 'POST', url: '/me/totp/confirm', payload: { code: '000000' } });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'second_factor_failed' } });
    const confirmed = await ask({ method: 'POST', url: '/me/totp/confirm', payload: { code: codeAt(-1) } });
    recoveryCodes = confirmed.body.recoveryCodes as string[];
    expect(new Set(recoveryCodes).size).toBe(10);
    expect((await ask({ method: 'GET', url: '/me' })).body).toMatchObject({ secondFactor: 'on' });
    expect((await ask({ method: 'GET', url: '/users' })).status).toBe(200);
    expect((await ask({ method: 'POST', url: '/me/totp' })).body.code).toBe('second_factor_exists');
    const stored = await test.database.pool.query('SELECT sealed_secret FROM identity_totp');
    expect(stored.rows[0]?.sealed_secret.toString('latin1')).not.toContain(secret);
  });

  it('a sign-in then asks for a code, takes each once, and each recovery code once', async () => {
    expect(await signIn()).toMatchObject({ status: 401, body: { code: 'second_factor_required' } });
    expect(await signIn('123456')).toMatchObject({ status: 401, body: { code: 'second_factor_failed' } });
    const code = codeAt(0);
    expect((await signIn(code)).status).toBe(200);
    expect(await signIn(code)).toMatchObject({ body: { code: 'second_factor_failed' } });
    const recovery = recoveryCodes[0]?.toUpperCase().replaceAll('-', ' ') ?? '';
    expect((await signIn(recovery)).status).toBe(200);
    expect(await signIn(recovery)).toMatchObject({ body: { code: 'second_factor_failed' } });
  });

  it('proving oneself again asks for it too', async () => {
    const stepUp = (code?: string) =>
      ask({ method: 'POST', url: '/me/step-up', payload: { password: testOwner.password, code } });
    expect((await stepUp()).body.code).toBe('second_factor_required');
    const done = await stepUp(recoveryCodes[1]);
    expect(done.status).toBe(200);
    cookie = cookieOf(done.headers);
  });

  it('new recovery codes end the old ones', async () => {
    const renewed = await ask({ method: 'POST', url: '/me/totp/recovery-codes' });
    expect(await signIn(recoveryCodes[2])).toMatchObject({ body: { code: 'second_factor_failed' } });
    recoveryCodes = renewed.body.recoveryCodes as string[];
    expect((await signIn(recoveryCodes[0])).status).toBe(200);
  });

  it('codes are tried ten times, then the account waits, whatever the code', async () => {
    for (let tries = 0; tries < 10; tries += 1) await signIn('000000');
    expect(await signIn(recoveryCodes[1])).toMatchObject({ status: 429 });
    await test.database.pool.query('DELETE FROM identity_sign_in_limit');
    expect((await signIn(recoveryCodes[1])).status).toBe(200);
  });

  it('turning it off needs a session that proved itself again, and owes a new one', async () => {
    await test.database.pool.query("UPDATE identity_session SET authenticated_at = now() - interval '11 minutes'");
    expect((await ask({ method: 'DELETE', url: '/me/totp' })).body.code).toBe('step_up_required');
    await test.database.pool.query('UPDATE identity_session SET authenticated_at = now()');
    expect((await ask({ method: 'DELETE', url: '/me/totp' })).status).toBe(204);
    expect((await ask({ method: 'GET', url: '/me' })).body).toMatchObject({ secondFactor: 'owed' });
    expect((await ask({ method: 'GET', url: '/users' })).status).toBe(403);
  });
});

describe('on plain http at this machine', () => {
  it('there is no second factor to set up', async () => {
    const local = await createTestApp();
    const code = await local.composition.identity.prepareSetup();
    const claimed = await clientOf(local.app).request({
      method: 'POST',
      url: '/auth/setup',
      payload: { code, ...testOwner },
    });
    const client = clientOf(local.app, cookieOf(claimed.headers));
    expect((await client.request({ method: 'POST', url: '/me/totp' })).body.code).toBe('second_factor_unavailable');
    await local.close();
  });
});
