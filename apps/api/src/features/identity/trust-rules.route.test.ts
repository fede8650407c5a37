import type { TrustRule } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let fleetAccount: string;
let projectAccount: string;
let projectId: string;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  const projects = await owner.request({ method: 'GET', url: '/projects' });
  projectId = (projects.body.items as { id: string }[])[0]?.id ?? '';
  const account = async (payload: object) =>
    String((await owner.request({ method: 'POST', url: '/service-accounts', payload })).body.id);
  fleetAccount = await account({ name: 'fleet-ci' });
  projectAccount = await account({ name: 'shop-ci', projectId });
});
afterAll(() => test.close());

const rule = (change: object = {}) => ({
  name: 'cart on main',
  issuer: 'https://gitlab.example.com',
  gitlabProjectId: 22,
  ref: 'main',
  serviceAccountId: fleetAccount,
  permissions: ['pipelines:deploy'],
  ...change,
});
const create = (change: object = {}) => owner.request({ method: 'POST', url: '/trust-rules', payload: rule(change) });

describe('trust rules', () => {
  it('are made with safe defaults, replaced, listed by name and deleted', async () => {
    const made = await create();
    expect(made).toMatchObject({
      status: 201,
      body: {
        refType: 'branch',
        allowMergeRequests: false,
        lifeMinutes: 15,
        enabled: true,
        serviceAccountName: 'fleet-ci',
      },
    });
    await create({ name: 'another' });
    const { body } = await owner.request({ method: 'GET', url: '/trust-rules' });
    expect((body.items as TrustRule[]).map(({ name }) => name)).toEqual(['another', 'cart on main']);
    const replaced = await owner.request({
      method: 'PUT',
      url: `/trust-rules/${made.body.id}`,
      payload: rule({ ref: 'release', enabled: false }),
    });
    expect(replaced.body).toMatchObject({ id: made.body.id, ref: 'release', enabled: false });
    const { body: audit } = await owner.request({ method: 'GET', url: `/audit?target=${made.body.id}` });
    expect((audit.items as { changes: object[] }[])[0]?.changes).toEqual(
      expect.arrayContaining([
        { path: 'ref', before: 'main', after: 'release' },
        { path: 'enabled', before: true, after: false },
      ]),
    );
    expect((await owner.request({ method: 'DELETE', url: `/trust-rules/${made.body.id}` })).status).toBe(204);
    expect((await owner.request({ method: 'DELETE', url: `/trust-rules/${made.body.id}` })).status).toBe(404);
    const gone = await owner.request({ method: 'PUT', url: `/trust-rules/${made.body.id}`, payload: rule() });
    expect(gone.status).toBe(404);
  });

  it('of a project account give tokens of that project only', async () => {
    const made = await create({ name: 'tenant', serviceAccountId: projectAccount });
    expect(made.body.projectIds).toEqual([projectId]);
    const other = await create({
      name: 'tenant 2',
      serviceAccountId: projectAccount,
      projectIds: ['prj_01h455vb4pex5vsknk084sn02q'],
    });
    expect(other.body.errors).toMatchObject([{ pointer: '/projectIds/0' }]);
  });

  it.each([
    [{ issuer: 'http://gitlab.example.com' }, '/issuer', 'invalid_input'],
    [{ issuer: 'https://user@gitlab.example.com' }, '/issuer', 'invalid_input'],
    [{ gitlabProjectId: 'shop/cart' }, '/gitlabProjectId', 'invalid_input'],
    [{ ref: '*main' }, '/ref', 'invalid_input'],
    [{ lifeMinutes: 16 }, '/lifeMinutes', 'invalid_input'],
    [{ permissions: [] }, '/permissions', 'invalid_input'],
    [{ serviceAccountId: 'sva_01h455vb4pex5vsknk084sn02q' }, '/serviceAccountId', 'unknown_service_account'],
    [{ caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, '/caPem', 'ca_invalid'],
  ])('with %j are refused at the field', async (wrong, pointer, code) => {
    const { status, body } = await create({ name: 'wrong', ...wrong });
    expect([status, body.code, body.errors]).toMatchObject([422, code, [{ pointer }]]);
  });

  it('give no permission that their maker does not hold', async () => {
    const taken = "role_id = 'owner' AND permission = 'audit:configure'";
    await test.database.pool.query(`DELETE FROM access_role_permissions WHERE ${taken}`);
    const { status, body } = await create({ name: 'climber', permissions: ['audit:read', 'audit:configure'] });
    expect([status, body.code, body.errors]).toMatchObject([
      403,
      'permission_not_held',
      [{ pointer: '/permissions/1' }],
    ]);
  });

  it('have names of their own', async () => {
    await create({ name: 'taken' });
    expect(await create({ name: 'taken' })).toMatchObject({ status: 409, body: { code: 'trust_rule_exists' } });
  });
});
