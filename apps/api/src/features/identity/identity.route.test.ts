import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAsOwner,
  clientOf,
  createTestApp,
  openReplica,
  type SignedInClient,
  type TestApp,
  testOwner,
} from '../../testing/test-app.ts';

describe('first run', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp();
  });
  afterAll(() => test.close());

  it('says that nobody has claimed yet', async () => {
    const { body } = await clientOf(test.app).request({ method: 'GET', url: '/auth/providers' });
    expect(body).toMatchObject({ claimed: false, providers: [{ id: 'local' }] });
  });

  it('refuses a wrong code, a weak password and unknown fields, each by its field', async () => {
    await test.composition.identity.prepareSetup();
    const claim = (payload: object) => clientOf(test.app).request({ method: 'POST', url: '/auth/setup', payload });
    expect(await claim({ code: 'x', ...testOwner })).toMatchObject({
      status: 422,
      body: { code: 'setup_code_invalid' },
    });
    expect(await claim({ code: 'x', ...testOwner, password: 'quarterdeck1' })).toMatchObject({
      status: 422,
      body: { code: 'password_too_weak', errors: [{ pointer: '/password' }] },
    });
    expect(await claim({ code: 'x', ...testOwner, role: 'owner' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_input', errors: [{ pointer: '/role' }] },
    });
  });

  it('lets five tries pass and then none, whatever the code', async () => {
    await test.database.pool.query('DELETE FROM identity_setup_code');
    const code = await test.composition.identity.prepareSetup();
    const claim = (typed: string) =>
      clientOf(test.app).request({ method: 'POST', url: '/auth/setup', payload: { ...testOwner, code: typed } });
    for (let tries = 0; tries < 5; tries += 1) expect((await claim('wrong')).body.code).toBe('setup_code_invalid');
    expect((await claim(String(code))).body.code).toBe('setup_code_exhausted');
  });

  it('S30 takes the tries from every code that was printed; the next start prints one that works', async () => {
    const replica = await openReplica(test);
    const claim = (code: unknown) =>
      clientOf(replica.app).request({ method: 'POST', url: '/auth/setup', payload: { ...testOwner, code } });
    try {
      await test.database.pool.query('DELETE FROM identity_setup_code');
      const first = await test.composition.identity.prepareSetup();
      const second = await replica.composition.identity.prepareSetup();
      expect(second).not.toBe(first);
      const wrong = await Promise.all(Array.from({ length: 8 }, () => claim('wrong')));
      const codes = wrong.map(({ body }) => String(body.code));
      expect(codes.filter((code) => code === 'setup_code_invalid')).toHaveLength(5);
      expect(codes.filter((code) => code === 'setup_code_exhausted')).toHaveLength(3);
      for (const code of [first, second]) expect((await claim(code)).body.code).toBe('setup_code_exhausted');
      const third = await replica.composition.identity.prepareSetup();
      expect((await claim(first)).body.code).toBe('setup_code_invalid');
      expect(third).toBeDefined();
      // A server that crashes over and over leaves no heap of codes.
      for (let start = 0; start < 15; start += 1) await test.composition.identity.prepareSetup();
      const { rows } = await test.database.pool.query('SELECT count(*)::int AS n FROM identity_setup_code');
      expect(rows).toEqual([{ n: 10 }]);
    } finally {
      await replica.close();
    }
  });

  it('S30 makes one owner of many who claim at once, and nobody afterwards', async () => {
    const code = await test.composition.identity.prepareSetup();
    const answers = await Promise.all(
      ['ann', 'bob', 'cho'].map((name) =>
        clientOf(test.app).request({ method: 'POST', url: '/auth/setup', payload: { ...testOwner, name, code } }),
      ),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409]);
    expect(await test.composition.identity.prepareSetup()).toBeUndefined();
    await test.database.pool.query('DELETE FROM identity_user');
    const late = await clientOf(test.app).request({
      method: 'POST',
      url: '/auth/setup',
      payload: { ...testOwner, code },
    });
    expect(late).toMatchObject({ status: 409, body: { code: 'already_claimed' } });
  });
});

describe('two servers that start before the claim', () => {
  it('S30 print a code each, and either one claims, also when its own server was killed', async () => {
    const test = await createTestApp();
    const second = await openReplica(test);
    const third = await openReplica(test);
    try {
      const code = await test.composition.identity.prepareSetup();
      await second.composition.identity.prepareSetup();
      // A kill leaves no trace but the row: the code is asked of whichever server answers.
      await third.composition.identity.prepareSetup();
      const claimed = await clientOf(third.app).request({
        method: 'POST',
        url: '/auth/setup',
        payload: { ...testOwner, code },
      });
      expect(claimed.status, JSON.stringify(claimed.body)).toBe(201);
      expect(await second.composition.identity.prepareSetup()).toBeUndefined();
      const { rows } = await test.database.pool.query('SELECT count(*)::int AS n FROM identity_setup_code');
      expect(rows).toEqual([{ n: 0 }]);
    } finally {
      await second.close();
      await third.close();
      await test.close();
    }
  });
});

describe('sessions', () => {
  let test: TestApp;
  let owner: SignedInClient;
  beforeAll(async () => {
    test = await createTestApp();
    owner = await claimAsOwner(test);
  });
  afterAll(() => test.close());

  const signIn = (payload: object, headers?: Record<string, string>) =>
    clientOf(test.app).request({
      method: 'POST',
      url: '/auth/sign-in',
      payload,
      ...(headers === undefined ? {} : { headers }),
    });

  it('give the person, the expiry and what they may do', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/me' });
    expect(body).toMatchObject({ user: { name: 'owner', displayName: 'Test Owner' } });
    expect(body.permissions).toContain('clusters:register');
  });

  it('come in a cookie that scripts cannot read and other sites do not send', async () => {
    const { headers } = await signIn(
      testOwner.name === '' ? {} : { name: testOwner.name, password: testOwner.password },
    );
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/^qd-local=/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
  });

  it('answer a wrong password and an unknown name alike', async () => {
    const wrong = await signIn({ name: 'owner', password: 'not the password' });
    const unknown = await signIn({ name: 'nobody', password: 'not the password' });
    expect(wrong.status).toBe(401);
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
  });

  it('stop tries after ten failures, also for a name that nobody has', async () => {
    for (let tries = 0; tries < 10; tries += 1) await signIn({ name: 'mallory', password: 'wrong password' });
    const refused = await signIn({ name: 'mallory', password: 'wrong password' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(refused.headers['retry-after']).toBe('900');
  });

  it('are listed and end one by one', async () => {
    const other = await signIn({ name: testOwner.name, password: testOwner.password });
    const second = clientOf(test.app, String(other.headers['set-cookie']).split(';', 1)[0]);
    const { body } = await owner.request({ method: 'GET', url: '/me/sessions' });
    const sessions = body.items as { id: string; current: boolean }[];
    const mine = ((await second.request({ method: 'GET', url: '/me' })).body as { sessionId: string }).sessionId;
    expect(sessions.filter((session) => session.current)).toHaveLength(1);
    expect((await owner.request({ method: 'DELETE', url: `/me/sessions/${mine}` })).status).toBe(204);
    expect((await second.request({ method: 'GET', url: '/me' })).status).toBe(401);
    expect((await owner.request({ method: 'DELETE', url: `/me/sessions/${mine}` })).status).toBe(404);
  });

  it('end at sign-out', async () => {
    const opened = await signIn({ name: testOwner.name, password: testOwner.password });
    const client = clientOf(test.app, String(opened.headers['set-cookie']).split(';', 1)[0]);
    const out = await client.request({ method: 'DELETE', url: '/me/session' });
    expect(out.status).toBe(200);
    expect(out.headers['clear-site-data']).toContain('storage');
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
  });

  it('end after two idle hours', async () => {
    const opened = await signIn({ name: testOwner.name, password: testOwner.password });
    const client = clientOf(test.app, String(opened.headers['set-cookie']).split(';', 1)[0]);
    await test.database.pool.query("UPDATE identity_session SET last_used_at = now() - interval '121 minutes'");
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    await test.database.pool.query('UPDATE identity_session SET last_used_at = now()');
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('end after twelve hours in all, however much they are used', async () => {
    const opened = await signIn({ name: testOwner.name, password: testOwner.password });
    const client = clientOf(test.app, String(opened.headers['set-cookie']).split(';', 1)[0]);
    const { rows } = await test.database.pool.query(
      'SELECT round(extract(epoch FROM expires_at - created_at) / 3600)::int AS hours FROM identity_session ORDER BY created_at DESC LIMIT 1',
    );
    expect(rows).toEqual([{ hours: 12 }]);
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(200);
    await test.database.pool.query("UPDATE identity_session SET expires_at = now() - interval '1 second'");
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
  });
});
