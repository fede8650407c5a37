import type { Permission, Token } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAsOwner,
  clientOf,
  createTestApp,
  programOf,
  type SignedInClient,
  type TestApp,
} from '../../testing/test-app.ts';
import { newToken } from './token-format.ts';

let test: TestApp;
let owner: SignedInClient;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
});
afterAll(() => test.close());

type Created = { token: Token; secret: string };

async function make(payload: object = {}): Promise<Created> {
  const { status, body } = await owner.request({
    method: 'POST',
    url: '/me/tokens',
    payload: { name: 'laptop', permissions: ['identity:self', 'audit:read', 'clusters:read'], ...payload },
  });
  expect([status, body.detail]).toEqual([201, undefined]);
  return body as Created;
}

const tokensOf = (body: Record<string, unknown>) => body.items as Token[];
const alter = (id: string, set: string) =>
  test.database.pool.query(`UPDATE identity_token SET ${set} WHERE lookup LIKE $1`, [`${id.split('_')[1]}%`]);

describe('a personal token', () => {
  it('is shown once, kept as a keyed hash, and listed without its secret', async () => {
    const { token, secret } = await make({ name: 'once' });
    expect(secret).toMatch(/^qdp_/);
    expect(secret.startsWith(token.prefix)).toBe(true);
    expect(token).toMatchObject({ kind: 'personal', state: 'active', endsInDays: 30, createdBy: 'owner' });
    const { body } = await owner.request({ method: 'GET', url: '/me/tokens?q=once' });
    expect(tokensOf(body)).toEqual([token]);
    expect(JSON.stringify(body)).not.toContain(secret.split('_')[2]);
    const stored = await test.database.pool.query('SELECT t::text AS row FROM identity_token t');
    expect(JSON.stringify(stored.rows)).not.toContain(secret.split('_')[2]);
  });

  it('signs a program in without a cookie and without an origin, also for changes', async () => {
    const { token, secret } = await make();
    const program = programOf(test.app, secret);
    expect((await program.request({ method: 'GET', url: '/audit' })).status).toBe(200);
    const current = await program.request({ method: 'GET', url: '/me/token' });
    expect(current.body).toMatchObject({
      id: token.id,
      owner: { kind: 'user', name: 'owner' },
      lastUsedIp: '127.0.0.1',
    });
    const other = await make({ name: 'to be revoked by a program' });
    expect((await program.request({ method: 'DELETE', url: `/me/tokens/${other.token.id}` })).status).toBe(204);
  });

  it('writes its last use at most once a minute', async () => {
    const { token, secret } = await make();
    const program = programOf(test.app, secret);
    const lastUse = async () =>
      tokensOf((await owner.request({ method: 'GET', url: '/me/tokens' })).body).find(({ id }) => id === token.id)
        ?.lastUsedAt;
    expect(await lastUse()).toBeUndefined();
    await program.request({ method: 'GET', url: '/me/token' });
    const first = await lastUse();
    expect(first).toBeDefined();
    await program.request({ method: 'GET', url: '/me/token' });
    expect(await lastUse()).toBe(first);
    await alter(secret, "last_used_at = last_used_at - interval '61 seconds'");
    await program.request({ method: 'GET', url: '/me/token' });
    expect(Date.parse(String(await lastUse()))).toBeGreaterThanOrEqual(Date.parse(String(first)));
  });

  it.each([
    [{ expiresInDays: 91 }, '/expiresInDays'],
    [{ expiresInDays: 0 }, '/expiresInDays'],
    [{ permissions: [] }, '/permissions'],
    [{ permissions: ['clusters:destroy'] }, '/permissions/0'],
    [{ cidrs: ['10.0.0.0'] }, '/cidrs/0'],
    [{ namespaces: [] }, '/namespaces'],
    [{ clusterSelector: {} }, '/clusterSelector'],
    [{ clusterIds: ['clu_01h455vb4pex5vsknk084sn02q'], clusterSelector: { tier: 'test' } }, '/clusterSelector'],
    [{ name: ' ' }, '/name'],
    [{ owner: 'somebody' }, '/owner'],
  ])('with %j is refused at the field', async (wrong, pointer) => {
    const { status, body } = await owner.request({
      method: 'POST',
      url: '/me/tokens',
      payload: { name: 'x', permissions: ['audit:read'], ...wrong },
    });
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([{ pointer }]);
  });

  it('is not made by a token, which would shed its limits and outlive its end', async () => {
    const { secret } = await make();
    const { status, body } = await programOf(test.app, secret).request({
      method: 'POST',
      url: '/me/tokens',
      payload: { name: 'child', permissions: ['audit:read'] },
    });
    expect([status, body.code]).toEqual([403, 'step_up_required']);
  });

  it('is not made by a session that did not prove itself again within 10 minutes', async () => {
    const proved = (at: string) => test.database.pool.query(`UPDATE identity_session SET authenticated_at = ${at}`);
    await proved("now() - interval '11 minutes'");
    const { status, body } = await owner.request({
      method: 'POST',
      url: '/me/tokens',
      payload: { name: 'unattended', permissions: ['audit:read'] },
    });
    await proved('now()');
    expect([status, body.code]).toEqual([403, 'step_up_required']);
  });

  it('has no session and no profile of its own', async () => {
    const { secret } = await make();
    const program = programOf(test.app, secret);
    expect((await program.request({ method: 'DELETE', url: '/me/session' })).status).toBe(403);
    expect((await owner.request({ method: 'GET', url: '/me/token' })).status).toBe(404);
  });

  it('leaves a record with its limits when made and when revoked', async () => {
    const { token } = await make({ name: 'recorded', namespaces: ['shop'], cidrs: ['10.0.0.0/8'] });
    await owner.request({ method: 'DELETE', url: `/me/tokens/${token.id}` });
    const { body } = await owner.request({ method: 'GET', url: `/audit?target=${token.id}` });
    const [revoked, made] = body.items as { changes: { path: string; after: unknown }[] }[];
    expect(revoked?.changes).toContainEqual({ path: 'revoked', after: true });
    expect(made?.changes).toEqual(
      expect.arrayContaining([
        { path: 'limits.namespaces', after: ['shop'] },
        { path: 'limits.cidrs', after: ['10.0.0.0/8'] },
        { path: 'limits.permissions', after: ['identity:self', 'audit:read', 'clusters:read'] },
      ]),
    );
  });

  it('counts: fifty live ones are enough for anybody', async () => {
    const other = await createTestApp();
    try {
      const person = await claimAsOwner(other);
      const request = {
        method: 'POST',
        url: '/me/tokens',
        payload: { name: 'x', permissions: ['audit:read'] },
      } as const;
      const answers = [];
      for (let batch = 0; batch < 6; batch += 1) {
        answers.push(...(await Promise.all(Array.from({ length: 9 }, () => person.request(request)))));
      }
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(50);
      expect(answers.find(({ status }) => status !== 201)).toMatchObject({
        status: 409,
        body: { code: 'too_many_tokens' },
      });
    } finally {
      await other.close();
    }
  });
});

describe('tokens that end', () => {
  it('are named fourteen days ahead and found by the filter', async () => {
    const { token } = await make({ name: 'soon', expiresInDays: 13 });
    expect(token).toMatchObject({ state: 'ending', endsInDays: 13 });
    const within = await owner.request({ method: 'GET', url: '/me/tokens?endsWithinDays=14&q=soon' });
    expect(tokensOf(within.body).map(({ id }) => id)).toEqual([token.id]);
    const state = await owner.request({ method: 'GET', url: '/me/tokens?state=ending&q=soon' });
    expect(tokensOf(state.body).map(({ id }) => id)).toEqual([token.id]);
    const never = await owner.request({ method: 'GET', url: '/me/tokens?endsWithinDays=5&q=soon' });
    expect(never.body).toMatchObject({ items: [], total: 0 });
  });

  it('go by pages, newest first, and a cursor fits its own list only', async () => {
    const first = await owner.request({ method: 'GET', url: '/me/tokens?limit=2' });
    expect(tokensOf(first.body)).toHaveLength(2);
    const second = await owner.request({ method: 'GET', url: `/me/tokens?limit=2&cursor=${first.body.nextCursor}` });
    const ids = [...tokensOf(first.body), ...tokensOf(second.body)].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    const foreign = await owner.request({ method: 'GET', url: `/tokens?limit=2&cursor=${first.body.nextCursor}` });
    expect(foreign.body.code).toBe('invalid_cursor');
  });
});

describe('S26: a token that has lost its ground', () => {
  const detailOf = async (secret: string) => {
    const { status, body } = await programOf(test.app, secret).request({ method: 'GET', url: '/audit' });
    return [status, body.code, String(body.detail)] as const;
  };

  it('expired a second ago is 401, and its holder hears why', async () => {
    const { secret } = await make();
    await alter(secret, "expires_at = now() - interval '1 second'");
    expect(await detailOf(secret)).toEqual([401, 'unauthenticated', expect.stringContaining('expired')]);
  });

  it('revoked is 401', async () => {
    const { token, secret } = await make();
    expect((await detailOf(secret))[0]).toBe(200);
    await owner.request({ method: 'DELETE', url: `/me/tokens/${token.id}` });
    expect(await detailOf(secret)).toEqual([401, 'unauthenticated', expect.stringContaining('revoked')]);
    expect((await owner.request({ method: 'DELETE', url: `/me/tokens/${token.id}` })).status).toBe(404);
  });

  it('of a disabled person is 401', async () => {
    const { secret } = await make();
    await test.database.pool.query('UPDATE identity_user SET disabled_at = now()');
    const [status, , detail] = await detailOf(secret);
    await test.database.pool.query('UPDATE identity_user SET disabled_at = NULL');
    expect([status, detail]).toEqual([401, expect.stringContaining('disabled')]);
    expect((await detailOf(secret))[0]).toBe(200);
  });

  it('from a network it is not for is 401, recorded once a minute', async () => {
    const { token, secret } = await make({ cidrs: ['192.0.2.0/24'] });
    expect(await detailOf(secret)).toEqual([401, 'unauthenticated', expect.stringContaining('127.0.0.1')]);
    await detailOf(secret);
    const { body } = await owner.request({ method: 'GET', url: `/audit?target=${token.id}&outcome=denied` });
    expect(body.items).toMatchObject([{ code: 'token_network_refused' }]);
  });

  it('limited to a project reaches nothing of the fleet', async () => {
    const projects = await owner.request({ method: 'GET', url: '/projects' });
    const [project] = projects.body.items as { id: string }[];
    const { secret } = await make({ permissions: ['environments:read', 'identity:manage'], projectIds: [project?.id] });
    const program = programOf(test.app, secret);
    expect((await program.request({ method: 'GET', url: `/projects/${project?.id}/environments` })).status).toBe(200);
    const other = 'prj_01h455vb4pex5vsknk084sn02q';
    expect((await program.request({ method: 'GET', url: `/projects/${other}/environments` })).status).toBe(404);
    expect((await program.request({ method: 'GET', url: '/tokens' })).status).toBe(403);
  });

  it('of an owner who was demoted does no more than the owner', async () => {
    const { secret } = await make();
    const before = await programOf(test.app, secret).request({ method: 'GET', url: '/tokens' });
    expect(before.status).toBe(403);
    await test.database.pool.query("UPDATE access_grants SET expires_at = now() - interval '1 second'");
    test.composition.access.dropCopies();
    const after = await programOf(test.app, secret).request({ method: 'GET', url: '/audit' });
    await test.database.pool.query('UPDATE access_grants SET expires_at = NULL');
    test.composition.access.dropCopies();
    expect(after.status).toBe(403);
  });

  it.each([
    ['without its checksum', (secret: string) => secret.slice(0, -1)],
    ['of another secret', () => newToken('personal').text],
    ['of another kind', (secret: string) => secret.replace('qdp_', 'qds_')],
    ['with a space in it', (secret: string) => `${secret} x`],
    ['that is empty', () => ''],
  ])('%s tells nothing but 401', async (_name, spoil) => {
    const { secret } = await make();
    const { status, body } = await programOf(test.app, spoil(secret)).request({ method: 'GET', url: '/audit' });
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  it('and a known id with a wrong secret is answered like an unknown id', async () => {
    const { secret } = await make();
    const [, lookup] = secret.split('_');
    const stranger = newToken('personal');
    await test.database.pool.query('UPDATE identity_token SET lookup = $1 WHERE lookup = $2', [
      stranger.lookup,
      lookup,
    ]);
    const known = await detailOf(stranger.text);
    const unknown = await detailOf(newToken('personal').text);
    expect(known).toEqual(unknown);
  });
});

describe('a token beside other proofs', () => {
  it('and a cookie in one request is 400', async () => {
    const { secret } = await make();
    const { status } = await owner.request({
      method: 'GET',
      url: '/me',
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(status).toBe(400);
  });

  it.each(['Basic b3duZXI6eA==', 'Bearer', 'Bearer  ', 'Token abc'])(
    'of the form "%s" is 401',
    async (authorization) => {
      const { status } = await clientOf(test.app).request({ method: 'GET', url: '/me', headers: { authorization } });
      expect(status).toBe(401);
    },
  );
});

describe('S16: a token', () => {
  it('is in no log, no audit record and no later answer', async () => {
    const { token, secret } = await make({ name: 'canary' });
    const program = programOf(test.app, secret);
    for (const url of ['/me/token', '/me/tokens', '/tokens', '/audit?limit=200', '/no-such-thing', '/clusters/x']) {
      const { body } = await program.request({ method: 'GET', url });
      expect(JSON.stringify(body)).not.toContain(secret.split('_')[2]);
    }
    await program.request({ method: 'POST', url: '/me/tokens', payload: { name: secret, permissions: [secret] } });
    await owner.request({ method: 'DELETE', url: `/tokens/${token.id}` });
    await program.request({ method: 'GET', url: '/me' });
    const stored = await test.database.pool.query('SELECT e::text AS row FROM audit_event e');
    expect(JSON.stringify(stored.rows)).not.toContain(secret.split('_')[2]);
    expect(test.logged.join('')).not.toContain(secret.split('_')[2]);
  });
});

describe('all tokens', () => {
  it('are listed and revoked by whoever may manage identities, and by nobody else', async () => {
    const { token, secret } = await make({ name: 'stolen', permissions: ['identity:self', 'identity:manage'] });
    const { body } = await owner.request({ method: 'GET', url: '/tokens?q=stolen&kind=personal' });
    expect(tokensOf(body)).toMatchObject([{ id: token.id, owner: { name: 'owner' } }]);
    const narrow = await make({ permissions: ['audit:read'] satisfies Permission[] });
    const refused = await programOf(test.app, narrow.secret).request({ method: 'DELETE', url: `/tokens/${token.id}` });
    expect(refused.status).toBe(403);
    expect((await owner.request({ method: 'DELETE', url: `/tokens/${token.id}` })).status).toBe(204);
    expect((await programOf(test.app, secret).request({ method: 'GET', url: '/me/token' })).status).toBe(401);
  });
});
