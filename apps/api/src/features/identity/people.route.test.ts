import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, toUuid } from '../../platform/ids.ts';
import {
  claimAsOwner,
  clientOf,
  cookieOf,
  createTestApp,
  type SignedInClient,
  type TestApp,
  testOwner,
} from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
});
afterAll(() => test.close());

const password = 'sextant brass harbour 41';

type Link = { url: string; expiresAt: string };
const tokenOf = (link: unknown) => (link as Link).url.split('#reset=')[1] ?? '';
const reset = (token: string, next = password) =>
  clientOf(test.app).request({ method: 'POST', url: '/auth/reset', payload: { token, password: next } });

/** A local account that has set its password and signed in. */
async function person(name: string) {
  const made = await owner.request({ method: 'POST', url: '/users', payload: { name, displayName: `The ${name}` } });
  expect(made.status).toBe(201);
  const { account, link } = made.body as { account: { id: string }; link: Link };
  expect((await reset(tokenOf(link))).status).toBe(204);
  return { id: account.id, client: await signedIn(name) };
}

async function signedIn(name: string, given = password): Promise<SignedInClient> {
  const answer = await clientOf(test.app).request({
    method: 'POST',
    url: '/auth/sign-in',
    payload: { name, password: given },
  });
  expect(answer.status).toBe(200);
  return clientOf(test.app, cookieOf(answer.headers, 'qd-local'));
}

const ownId = async (client: SignedInClient) =>
  ((await client.request({ method: 'GET', url: '/me' })).body.user as { id: string }).id;

/** Gives a role with these permissions for the whole fleet. */
async function grant(subjectId: string, permissions: string[]) {
  const role = newId('grt');
  await test.database.pool.query(
    "INSERT INTO access_roles (id, built_in, name, scopes) VALUES ($1, false, $1, '{fleet}')",
    [role],
  );
  await test.database.pool.query('INSERT INTO access_role_permissions SELECT $1, unnest($2::text[])', [
    role,
    permissions,
  ]);
  await test.database.pool.query(
    "INSERT INTO access_grants (id, subject_id, subject_kind, role_id, scope_kind) VALUES ($1, $2, 'user', $3, 'fleet')",
    [toUuid(newId('grt')), toUuid(subjectId), role],
  );
  test.composition.access.dropCopies();
}

describe('local accounts', () => {
  it('are made without a password; a link, once, sets it', async () => {
    const made = await owner.request({
      method: 'POST',
      url: '/users',
      payload: { name: 'li.wei', displayName: 'Li Wei', email: 'li.wei@example.com' },
    });
    expect(made).toMatchObject({ status: 201, body: { account: { name: 'li.wei', hasPassword: false, sessions: 0 } } });
    const token = tokenOf(made.body.link);
    expect(await reset(token, 'li.wei li.wei')).toMatchObject({ status: 422, body: { code: 'password_too_weak' } });
    expect((await reset(token)).status).toBe(204);
    expect(await reset(token)).toMatchObject({ status: 422, body: { code: 'reset_link_invalid' } });
    const client = await signedIn('li.wei');
    expect((await client.request({ method: 'GET', url: '/me' })).body).toMatchObject({
      user: { name: 'li.wei', email: 'li.wei@example.com' },
      permissions: ['identity:self'],
    });
    const { rows } = await test.database.pool.query('SELECT encode(token_hash, $1) FROM identity_reset_link', ['hex']);
    expect(rows).toEqual([]);
  });

  it('are refused with a name that is taken or not one', async () => {
    const post = (payload: object) => owner.request({ method: 'POST', url: '/users', payload });
    expect(await post({ name: 'li.wei', displayName: 'x' })).toMatchObject({
      status: 422,
      body: { code: 'name_taken' },
    });
    expect(await post({ name: 'li@wei', displayName: 'x' })).toMatchObject({
      body: { errors: [{ pointer: '/name' }] },
    });
    expect(await post({ name: 'abc', displayName: 'a\u202eb' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/displayName' }] },
    });
  });

  it('are found by name, display name and address, page by page', async () => {
    const list = async (query: string) => (await owner.request({ method: 'GET', url: `/users${query}` })).body;
    expect(await list('?q=EXAMPLE.com')).toMatchObject({ total: 1, items: [{ name: 'li.wei' }] });
    const first = await list('?limit=1');
    expect(first).toMatchObject({ total: 2, items: [{ name: 'li.wei' }] });
    const second = await list(`?limit=1&cursor=${String(first.nextCursor)}`);
    expect(second).toMatchObject({ items: [{ name: 'owner' }] });
    expect(second.nextCursor).toBeUndefined();
    const wrongCursor = await owner.request({ method: 'GET', url: `/users?q=x&cursor=${String(first.nextCursor)}` });
    expect(wrongCursor.body.code).toBe('invalid_cursor');
    expect(await list('?provider=local&state=disabled')).toMatchObject({ total: 0 });
  });

  it('are renamed, and end with all sessions when they are disabled', async () => {
    const { id, client } = await person('wang.fang');
    const renamed = await owner.request({
      method: 'PATCH',
      url: `/users/${id}`,
      payload: { name: 'fang.wang', email: null },
    });
    expect(renamed).toMatchObject({ status: 200, body: { name: 'fang.wang', sessions: 1 } });
    const off = await owner.request({ method: 'PATCH', url: `/users/${id}`, payload: { disabled: true } });
    expect(off.body).toMatchObject({ sessions: 0, disabledAt: expect.any(String) });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    const tried = await clientOf(test.app).request({
      method: 'POST',
      url: '/auth/sign-in',
      payload: { name: 'fang.wang', password },
    });
    expect(tried.body.code).toBe('sign_in_failed');
    await owner.request({ method: 'PATCH', url: `/users/${id}`, payload: { disabled: false } });
    await signedIn('fang.wang');
    expect((await owner.request({ method: 'GET', url: `/users/${id}` })).body).toMatchObject({ sessions: 1 });
  });

  it('get a new link from who may manage them, and the old link and sessions end with its use', async () => {
    const { id, client } = await person('chen');
    const link = (body = {}) => owner.request({ method: 'POST', url: `/users/${id}/reset-link`, payload: body });
    const first = await link();
    const second = await link({ secondFactorToo: true });
    expect(await reset(tokenOf(first.body))).toMatchObject({ body: { code: 'reset_link_invalid' } });
    expect((await reset(tokenOf(second.body), 'harbour brass sextant 14')).status).toBe(204);
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
    await signedIn('chen', 'harbour brass sextant 14');
    const late = await link();
    await test.database.pool.query("UPDATE identity_reset_link SET expires_at = now() - interval '1 second'");
    expect(await reset(tokenOf(late.body))).toMatchObject({ body: { code: 'reset_link_invalid' } });
    await test.database.pool.query("UPDATE identity_session SET authenticated_at = now() - interval '11 minutes'");
    expect(await link()).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
    await test.database.pool.query('UPDATE identity_session SET authenticated_at = now()');
  });

  it('have their sessions ended one by one, or all', async () => {
    const { id, client } = await person('zhao');
    const second = await signedIn('zhao');
    const listed = await owner.request({ method: 'GET', url: `/users/${id}/sessions` });
    const sessions = listed.body.items as { id: string; current: boolean }[];
    expect(sessions.map(({ current }) => current)).toEqual([false, false]);
    const one = await owner.request({ method: 'DELETE', url: `/users/${id}/sessions/${sessions[0]?.id}` });
    expect(one.status).toBe(204);
    expect((await second.request({ method: 'GET', url: '/me' })).status).toBe(401);
    expect((await owner.request({ method: 'DELETE', url: `/users/${id}/sessions/${sessions[0]?.id}` })).status).toBe(
      404,
    );
    expect((await owner.request({ method: 'DELETE', url: `/users/${id}/sessions` })).body).toEqual({ ended: 1 });
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
  });

  it('keep at most twenty sessions: the oldest end', async () => {
    const { id, client } = await person('many');
    for (let count = 0; count < 20; count += 1) await signedIn('many');
    expect((await owner.request({ method: 'GET', url: `/users/${id}/sessions` })).body.total).toBe(20);
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(401);
  });

  it('cannot be seen or changed by who may not', async () => {
    const { id, client } = await person('plain');
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(403);
    for (const [method, url] of [
      ['PATCH', `/users/${id}`],
      ['POST', `/users/${id}/reset-link`],
      ['DELETE', `/users/${id}/sessions`],
    ] as const) {
      const payload = method === 'DELETE' ? {} : { payload: {} };
      expect((await client.request({ method, url, ...payload })).status).toBe(403);
    }
  });
});

describe('owners', () => {
  it('are touched by owners alone, and the last one stays', async () => {
    const manager = await person('manager');
    await grant(manager.id, ['identity:read', 'identity:manage']);
    const ownerId = await ownId(owner);
    for (const request of [
      { method: 'PATCH', url: `/users/${ownerId}`, payload: { disabled: true } },
      { method: 'PATCH', url: `/users/${ownerId}`, payload: { displayName: 'x' } },
      { method: 'POST', url: `/users/${ownerId}/reset-link`, payload: {} },
      { method: 'DELETE', url: `/users/${ownerId}/sessions` },
    ] as const) {
      expect(await manager.client.request(request)).toMatchObject({ status: 403, body: { code: 'owners_only' } });
    }
    const second = await person('second-owner');
    await test.composition.access.makeOwner(test.database.pool, toUuid(second.id));
    test.composition.access.dropCopies();
    expect(
      (await second.client.request({ method: 'PATCH', url: `/users/${ownerId}`, payload: { disabled: true } })).status,
    ).toBe(200);
    const own = await second.client.request({
      method: 'PATCH',
      url: `/users/${second.id}`,
      payload: { disabled: true },
    });
    expect(own.body.code).toBe('own_account');
    await second.client.request({ method: 'PATCH', url: `/users/${ownerId}`, payload: { disabled: false } });
    owner = await signedIn(testOwner.name, testOwner.password);
    await owner.request({ method: 'PATCH', url: `/users/${second.id}`, payload: { disabled: true } });
  });

  it('who disable each other at once: one of them stays', async () => {
    const third = await person('third-owner');
    await test.composition.access.makeOwner(test.database.pool, toUuid(third.id));
    test.composition.access.dropCopies();
    const ownerId = await ownId(owner);
    const answers = await Promise.all([
      owner.request({ method: 'PATCH', url: `/users/${third.id}`, payload: { disabled: true } }),
      third.client.request({ method: 'PATCH', url: `/users/${ownerId}`, payload: { disabled: true } }),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    await test.database.pool.query(
      "UPDATE identity_user SET disabled_at = NULL WHERE name IN ('owner', 'third-owner')",
    );
    owner = await signedIn(testOwner.name, testOwner.password);
  });
});

describe('groups', () => {
  it('are made, renamed, found and deleted', async () => {
    const made = await owner.request({ method: 'POST', url: '/groups', payload: { name: 'Platform' } });
    expect(made).toMatchObject({ status: 201, body: { name: 'Platform', kind: 'local', members: 0 } });
    expect(await owner.request({ method: 'POST', url: '/groups', payload: { name: 'Platform' } })).toMatchObject({
      status: 422,
      body: { code: 'name_taken' },
    });
    const id = String(made.body.id);
    expect((await owner.request({ method: 'PATCH', url: `/groups/${id}`, payload: { name: 'SRE' } })).body.name).toBe(
      'SRE',
    );
    expect((await owner.request({ method: 'GET', url: '/groups?q=sre&kind=local' })).body).toMatchObject({ total: 1 });
    expect((await owner.request({ method: 'DELETE', url: `/groups/${id}` })).status).toBe(204);
    expect((await owner.request({ method: 'GET', url: `/groups/${id}` })).status).toBe(404);
    const unknown = await owner.request({
      method: 'POST',
      url: '/groups',
      payload: { name: 'x', providerId: newId('idp') },
    });
    expect(unknown.body.code).toBe('provider_unknown');
  });

  it('give their members what they hold, and take it again, at once', async () => {
    const { id, client } = await person('member');
    const group = String(
      (await owner.request({ method: 'POST', url: '/groups', payload: { name: 'Readers' } })).body.id,
    );
    await grant(group, ['identity:read']);
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(403);
    expect((await owner.request({ method: 'PUT', url: `/groups/${group}/members/${id}` })).status).toBe(204);
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(200);
    const listed = await owner.request({ method: 'GET', url: `/users?group=${group}` });
    expect(listed.body.items).toMatchObject([{ name: 'member', groups: [{ name: 'Readers' }] }]);
    expect((await owner.request({ method: 'DELETE', url: `/groups/${group}/members/${id}` })).status).toBe(204);
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(403);
  });

  it('raise nobody beyond what the one who adds may grant, and never oneself', async () => {
    const manager = await person('group-manager');
    await grant(manager.id, ['identity:read', 'identity:manage']);
    const target = await person('raised');
    const group = String(
      (await owner.request({ method: 'POST', url: '/groups', payload: { name: 'Strong' } })).body.id,
    );
    const empty = String((await owner.request({ method: 'POST', url: '/groups', payload: { name: 'Empty' } })).body.id);
    await grant(group, ['audit:read']);
    const add = (to: string, whom: string) =>
      manager.client.request({ method: 'PUT', url: `/groups/${to}/members/${whom}` });
    expect(await add(group, target.id)).toMatchObject({ status: 403, body: { code: 'beyond_own_rights' } });
    expect((await add(group, target.id)).body.detail).toContain('audit:read');
    expect((await add(empty, target.id)).status).toBe(204);
    expect(await add(empty, manager.id)).toMatchObject({ status: 403, body: { code: 'self_grant' } });
    const owners = String(
      (await owner.request({ method: 'POST', url: '/groups', payload: { name: 'Owners' } })).body.id,
    );
    await test.composition.access.makeOwner(test.database.pool, toUuid(owners));
    expect(await add(owners, target.id)).toMatchObject({ status: 403, body: { code: 'owners_only' } });
    expect(await manager.client.request({ method: 'DELETE', url: `/groups/${owners}` })).toMatchObject({
      body: { code: 'owners_only' },
    });
    expect((await owner.request({ method: 'DELETE', url: `/groups/${owners}` })).status).toBe(204);
    expect(
      (await test.database.pool.query('SELECT FROM access_grants WHERE subject_id = $1', [toUuid(owners)])).rowCount,
    ).toBe(0);
  });

  it('raise the epoch, so that every server looks again', async () => {
    const epoch = async () => Number((await test.database.pool.query('SELECT epoch FROM access_epoch')).rows[0]?.epoch);
    const { id } = await person('watched');
    const group = String(
      (await owner.request({ method: 'POST', url: '/groups', payload: { name: 'Watched' } })).body.id,
    );
    const steps = [
      { method: 'PUT', url: `/groups/${group}/members/${id}` },
      { method: 'DELETE', url: `/groups/${group}/members/${id}` },
      { method: 'PUT', url: `/groups/${group}/members/${id}` },
      { method: 'DELETE', url: `/users/${id}/sessions` },
      { method: 'PATCH', url: `/users/${id}`, payload: { disabled: true } },
      { method: 'DELETE', url: `/groups/${group}` },
    ] as const;
    for (const step of steps) {
      const before = await epoch();
      expect((await owner.request(step)).status).toBeLessThan(300);
      expect(await epoch()).toBeGreaterThan(before);
    }
  });
});

describe('the own account', () => {
  it('changes its display name and address', async () => {
    const { client } = await person('self');
    const changed = await client.request({
      method: 'PATCH',
      url: '/me',
      payload: { displayName: 'Myself', email: 'me@example.com' },
    });
    expect(changed).toMatchObject({ status: 200, body: { user: { displayName: 'Myself', email: 'me@example.com' } } });
    expect((await client.request({ method: 'PATCH', url: '/me', payload: { email: 'nonsense' } })).status).toBe(422);
  });

  it('changes its password with the old one: other sessions end, this one gets a new cookie', async () => {
    const { client } = await person('changer');
    const other = await signedIn('changer');
    const change = (current: string, next: string) =>
      client.request({ method: 'PUT', url: '/me/password', payload: { current, next } });
    expect(await change('wrong', 'another long phrase 8')).toMatchObject({
      status: 422,
      body: { code: 'password_wrong' },
    });
    expect(await change(password, password)).toMatchObject({ body: { code: 'password_too_weak' } });
    expect(await change(password, 'changer changer')).toMatchObject({ body: { errors: [{ pointer: '/next' }] } });
    const done = await change(password, 'another long phrase 8');
    expect(done.status).toBe(200);
    for (const old of [client, other]) expect((await old.request({ method: 'GET', url: '/me' })).status).toBe(401);
    const renewed = clientOf(test.app, cookieOf(done.headers, 'qd-local'));
    expect((await renewed.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('has ten tries at its own password, then waits', async () => {
    const { client } = await person('guesser');
    const guess = () => client.request({ method: 'POST', url: '/me/step-up', payload: { password: 'wrong' } });
    for (let tries = 0; tries < 10; tries += 1) expect((await guess()).body.code).toBe('password_wrong');
    expect((await guess()).status).toBe(429);
  });

  it('ends all its other sessions', async () => {
    const { client } = await person('tidy');
    const other = await signedIn('tidy');
    expect((await client.request({ method: 'DELETE', url: '/me/sessions' })).body).toEqual({ ended: 1 });
    expect((await other.request({ method: 'GET', url: '/me' })).status).toBe(401);
    expect((await client.request({ method: 'GET', url: '/me' })).status).toBe(200);
  });

  it('does not stay signed in by requests that run in the background', async () => {
    const { id, client } = await person('idle');
    const back = () =>
      test.database.pool.query(
        "UPDATE identity_session SET last_used_at = now() - interval '90 minutes' WHERE user_id = $1",
        [toUuid(id)],
      );
    const isStale = async () =>
      (
        await test.database.pool.query(
          "SELECT FROM identity_session WHERE user_id = $1 AND last_used_at < now() - interval '1 hour'",
          [toUuid(id)],
        )
      ).rowCount === 1;
    await back();
    await client.request({ method: 'GET', url: '/me', headers: { 'x-quarterdeck-background': '1' } });
    expect(await isStale()).toBe(true);
    await client.request({ method: 'GET', url: '/me' });
    expect(await isStale()).toBe(false);
  });
});

describe('the owner that nobody can reach any more', () => {
  it('comes back by a host command, written down', async () => {
    const { url, isNew } = await test.composition.identity.recoverOwner('rescue');
    expect(isNew).toBe(true);
    expect((await reset(url.split('#reset=')[1] ?? '')).status).toBe(204);
    const client = await signedIn('rescue');
    expect((await client.request({ method: 'GET', url: '/users' })).status).toBe(200);
    const { rows } = await test.database.pool.query(
      "SELECT actor_kind, actor_id FROM audit_event WHERE code = 'owner_recovered'",
    );
    expect(rows).toEqual([{ actor_kind: 'system', actor_id: 'host' }]);
  });
});
