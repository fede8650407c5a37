import type { ServiceAccount, Token } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { addGrant } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, programOf, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let projectId: string;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  const { body } = await owner.request({ method: 'GET', url: '/projects' });
  projectId = (body.items as { id: string }[])[0]?.id ?? '';
});
afterAll(() => test.close());

async function account(payload: object): Promise<ServiceAccount> {
  const { status, body } = await owner.request({ method: 'POST', url: '/service-accounts', payload });
  expect([status, body.detail]).toEqual([201, undefined]);
  return body as ServiceAccount;
}

async function tokenOf(id: string, payload: object = {}): Promise<{ token: Token; secret: string }> {
  const { status, body } = await owner.request({
    method: 'POST',
    url: `/service-accounts/${id}/tokens`,
    payload: { name: 'ci', permissions: ['identity:self', 'audit:read'], ...payload },
  });
  expect([status, body.detail]).toEqual([201, undefined]);
  return body as { token: Token; secret: string };
}

/** Grants of service accounts have pages of their own; here the row says what the sentence needs. */
const grantOwner = (id: string) => addGrant(test, { kind: 'service_account', uuid: toUuid(id) }, 'owner');

describe('a service account', () => {
  it('is made for the fleet or for a project, listed by name, renamed and described', async () => {
    const fleet = await account({ name: 'inventory-sync', description: 'Nightly export' });
    const shop = await account({ name: 'shop-ci', projectId });
    expect(fleet).toMatchObject({ disabled: false, activeTokens: 0 });
    expect(shop.projectId).toBe(projectId);
    const { body } = await owner.request({ method: 'GET', url: '/service-accounts' });
    // The first project has its automation account from the start.
    expect((body.items as ServiceAccount[]).map(({ name }) => name)).toEqual([
      'default-automation',
      'inventory-sync',
      'shop-ci',
    ]);
    const ofProject = await owner.request({ method: 'GET', url: `/service-accounts?projectId=${projectId}` });
    expect((ofProject.body.items as ServiceAccount[]).map(({ name }) => name)).toEqual([
      'default-automation',
      'shop-ci',
    ]);
    const renamed = await owner.request({
      method: 'PATCH',
      url: `/service-accounts/${shop.id}`,
      payload: { name: 'shop-pipeline' },
    });
    expect(renamed.body).toMatchObject({ name: 'shop-pipeline', description: '' });
  });

  it('goes by pages', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await account({ name });
    const first = await owner.request({ method: 'GET', url: '/service-accounts?q=page-&limit=2' });
    const second = await owner.request({
      method: 'GET',
      url: `/service-accounts?q=page-&limit=2&cursor=${first.body.nextCursor}`,
    });
    expect(
      [first.body, second.body].flatMap((body) => (body.items as ServiceAccount[]).map(({ name }) => name)),
    ).toEqual(['page-a', 'page-b', 'page-c']);
    expect(first.body.total).toBe(3);
  });

  it('has a name of its own, and its project exists', async () => {
    await account({ name: 'twice' });
    const again = await owner.request({ method: 'POST', url: '/service-accounts', payload: { name: 'twice' } });
    expect([again.status, again.body.code]).toEqual([409, 'service_account_exists']);
    const other = await account({ name: 'other' });
    const renamed = await owner.request({
      method: 'PATCH',
      url: `/service-accounts/${other.id}`,
      payload: { name: 'twice' },
    });
    expect(renamed.body.code).toBe('service_account_exists');
    const lost = await owner.request({
      method: 'POST',
      url: '/service-accounts',
      payload: { name: 'lost', projectId: 'prj_01h455vb4pex5vsknk084sn02q' },
    });
    expect(lost.status).toBe(404);
  });

  it('may nothing until it is granted a role', async () => {
    const { id } = await account({ name: 'newborn' });
    const { secret } = await tokenOf(id);
    const program = programOf(test.app, secret);
    expect(secret).toMatch(/^qds_/);
    expect((await program.request({ method: 'GET', url: '/audit' })).status).toBe(403);
    await grantOwner(id);
    expect((await program.request({ method: 'GET', url: '/audit' })).status).toBe(200);
    const who = await program.request({ method: 'GET', url: '/me/token' });
    expect(who.body).toMatchObject({ kind: 'service', owner: { kind: 'service-account', id, name: 'newborn' } });
  });

  it('disabled signs in nowhere and gets no token; enabled it works again', async () => {
    const { id } = await account({ name: 'sleeper' });
    const { secret } = await tokenOf(id);
    const program = programOf(test.app, secret);
    const set = (disabled: boolean) =>
      owner.request({ method: 'PATCH', url: `/service-accounts/${id}`, payload: { disabled } });
    expect((await set(true)).body).toMatchObject({ disabled: true });
    expect((await program.request({ method: 'GET', url: '/me/token' })).status).toBe(401);
    const refused = await owner.request({
      method: 'POST',
      url: `/service-accounts/${id}/tokens`,
      payload: { name: 'x', permissions: ['audit:read'] },
    });
    expect(refused.body.code).toBe('service_account_disabled');
    await set(false);
    expect((await program.request({ method: 'GET', url: '/me/token' })).status).toBe(200);
  });

  it('deleted takes its tokens and grants with it', async () => {
    const { id } = await account({ name: 'leaver' });
    await grantOwner(id);
    const { secret } = await tokenOf(id);
    expect((await owner.request({ method: 'DELETE', url: `/service-accounts/${id}` })).status).toBe(204);
    expect((await programOf(test.app, secret).request({ method: 'GET', url: '/me/token' })).status).toBe(401);
    expect((await owner.request({ method: 'GET', url: `/service-accounts/${id}/tokens` })).status).toBe(404);
    const grants = await test.database.pool.query('SELECT FROM access_grants WHERE subject_id = $1', [toUuid(id)]);
    expect(grants.rowCount).toBe(0);
    const { body } = await owner.request({ method: 'GET', url: `/audit?target=${id}` });
    expect(body.items).toMatchObject([{ changes: [{ path: 'deleted', after: true }] }, {}]);
  });
});

describe('tokens of a service account', () => {
  it('are listed and revoked under it alone', async () => {
    const mine = await account({ name: 'mine' });
    const other = await account({ name: 'not-mine' });
    const { token, secret } = await tokenOf(mine.id, { expiresInDays: 365 });
    const { body } = await owner.request({ method: 'GET', url: `/service-accounts/${mine.id}/tokens` });
    expect((body.items as Token[]).map(({ id }) => id)).toEqual([token.id]);
    const wrong = await owner.request({ method: 'DELETE', url: `/service-accounts/${other.id}/tokens/${token.id}` });
    expect(wrong.status).toBe(404);
    const revoked = await owner.request({ method: 'DELETE', url: `/service-accounts/${mine.id}/tokens/${token.id}` });
    expect(revoked.status).toBe(204);
    expect((await programOf(test.app, secret).request({ method: 'GET', url: '/me/token' })).status).toBe(401);
  });

  it('live a year at most', async () => {
    const { id } = await account({ name: 'too-long' });
    const { status, body } = await owner.request({
      method: 'POST',
      url: `/service-accounts/${id}/tokens`,
      payload: { name: 'x', permissions: ['audit:read'], expiresInDays: 366 },
    });
    expect([status, body.errors]).toMatchObject([422, [{ pointer: '/expiresInDays' }]]);
  });

  it('of a project stay in the project', async () => {
    const { id } = await account({ name: 'tenant', projectId });
    const { token } = await tokenOf(id);
    expect(token.limits.projectIds).toEqual([projectId]);
    const { status, body } = await owner.request({
      method: 'POST',
      url: `/service-accounts/${id}/tokens`,
      payload: { name: 'x', permissions: ['audit:read'], projectIds: ['prj_01h455vb4pex5vsknk084sn02q'] },
    });
    expect([status, body.errors]).toMatchObject([422, [{ pointer: '/projectIds/0' }]]);
  });

  it('hold only permissions that their maker holds', async () => {
    const { id } = await account({ name: 'climber' });
    await test.database.pool.query(
      "DELETE FROM access_role_permissions WHERE role_id = 'owner' AND permission = 'audit:configure'",
    );
    test.composition.access.dropCopies();
    const { status, body } = await owner.request({
      method: 'POST',
      url: `/service-accounts/${id}/tokens`,
      payload: { name: 'x', permissions: ['audit:read', 'audit:configure'] },
    });
    expect([status, body.code, body.errors]).toMatchObject([
      403,
      'permission_not_held',
      [{ pointer: '/permissions/1' }],
    ]);
  });

  it('are not made by a token, and a stranger sees no account', async () => {
    const { id } = await account({ name: 'self-server' });
    await grantOwner(id);
    const { secret } = await tokenOf(id, { permissions: ['identity:self', 'identity:service-accounts'] });
    const made = await programOf(test.app, secret).request({
      method: 'POST',
      url: `/service-accounts/${id}/tokens`,
      payload: { name: 'x', permissions: ['identity:self'] },
    });
    expect(made.body.code).toBe('step_up_required');
    const nobody = await account({ name: 'nobody' });
    const stranger = programOf(test.app, (await tokenOf(nobody.id)).secret);
    expect((await stranger.request({ method: 'GET', url: '/service-accounts' })).status).toBe(403);
    expect((await stranger.request({ method: 'GET', url: `/service-accounts/${id}/tokens` })).status).toBe(403);
    expect((await stranger.request({ method: 'GET', url: '/me/sessions' })).status).toBe(403);
  });
});
