import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, toUuid } from '../../platform/ids.ts';
import { claimAsOwner, clientOf, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let projectId: string;
const clusterA = newId('clu');
const clusterB = newId('clu');

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  const { access } = test.composition;
  await access.putCluster(test.database.pool, clusterA, { cluster: 'alpha', tier: 'production' });
  await access.putCluster(test.database.pool, clusterB, { cluster: 'beta', tier: 'staging' });
  projectId = (await access.projects.list())[0]?.id ?? '';
});
afterAll(() => test.close());

const create = (payload: object) =>
  owner.request({ method: 'POST', url: `/projects/${projectId}/environments`, payload });

describe('projects', () => {
  it('start with one, whose number names its groups in member clusters', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/projects' });
    expect(body.items).toMatchObject([{ slug: 'default', number: 1 }]);
  });
});

describe('environments', () => {
  it('own the namespaces that their rules select', async () => {
    const made = await create({
      name: 'prod',
      tier: 'production',
      rules: [{ selector: { tier: 'production' }, namespace: 'shop' }],
    });
    expect(made.status).toBe(201);
    const owned = await test.composition.access.projects.namespacesOf(String(made.body.id));
    expect(owned).toMatchObject([{ clusterId: clusterA, namespace: 'shop', projectNumber: 1 }]);
    const listed = await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` });
    expect(listed.body.items).toMatchObject([{ name: 'prod' }]);
  });

  it('are refused with a name that exists, a reserved namespace, or a namespace another one owns', async () => {
    const rules = [{ selector: { cluster: 'beta' }, namespace: 'other' }];
    expect(await create({ name: 'prod', tier: 'production', rules })).toMatchObject({
      status: 409,
      body: { code: 'environment_exists' },
    });
    for (const namespace of ['default', 'kube-system', 'quarterdeck-system']) {
      expect(await create({ name: 'x', tier: 'test', rules: [{ selector: {}, namespace }] })).toMatchObject({
        status: 422,
        body: { code: 'namespace_reserved', errors: [{ pointer: '/rules/0/namespace' }] },
      });
    }
    expect(
      await create({ name: 'copy', tier: 'test', rules: [{ selector: { cluster: 'alpha' }, namespace: 'shop' }] }),
    ).toMatchObject({
      status: 409,
      body: { code: 'namespace_taken' },
    });
    const { body } = await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` });
    expect(body.total).toBe(1);
  });

  it('follow their rules when these change', async () => {
    const { body } = await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` });
    const id = (body.items as { id: string }[])[0]?.id ?? '';
    const changed = await owner.request({
      method: 'PUT',
      url: `/projects/${projectId}/environments/${id}`,
      payload: { tier: 'staging', rules: [{ selector: {}, namespace: 'shop' }] },
    });
    expect(changed).toMatchObject({ status: 200, body: { tier: 'staging' } });
    expect(await test.composition.access.projects.namespacesOf(id)).toHaveLength(2);
  });

  it('get a namespace in a cluster that comes later and matches', async () => {
    const later = newId('clu');
    await test.composition.access.putCluster(test.database.pool, later, { cluster: 'gamma' });
    const owned = await test.composition.access.projects.ownerOf(later, 'shop');
    expect(owned).toMatchObject({ projectId });
    await test.composition.access.removeCluster(test.database.pool, later);
    expect(await test.composition.access.projects.ownerOf(later, 'shop')).toBeUndefined();
  });
});

describe('the check', () => {
  it('answers 404 for what a person may not read, and writes the denial down once', async () => {
    await test.database.pool.query('DELETE FROM access_grants');
    const denied = await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` });
    expect(denied).toMatchObject({ status: 404, body: { code: 'not_found' } });
    await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` });
    const collection = await owner.request({ method: 'GET', url: '/audit' });
    expect(collection).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(collection.body.detail).toContain('audit:read');
    const rows = await test.database.pool.query("SELECT action FROM audit_event WHERE outcome = 'denied' ORDER BY at");
    expect(rows.rows.map((row) => row.action)).toEqual(['access:read', 'audit:read']);
  });

  it('gives a grant at project scope the environments of that project only', async () => {
    const { access, identity } = test.composition;
    const principal = await identity.authenticate(owner.cookie.split('=')[1] ?? '');
    if (principal?.kind !== 'user') throw new Error('no session');
    await test.database.pool.query(
      "INSERT INTO access_grants (id, subject_id, role_id, scope_kind, scope_id) VALUES ($1, $2, 'owner', 'project', $3)",
      [toUuid(newId('grt')), principal.subjects[0], toUuid(projectId)],
    );
    expect((await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` })).status).toBe(200);
    expect((await owner.request({ method: 'GET', url: `/projects/${newId('prj')}/environments` })).status).toBe(404);
    expect((await owner.request({ method: 'GET', url: '/audit' })).status).toBe(403);
    expect(await access.groupsFor(principal, clusterA)).toEqual(['quarterdeck:members']);
    expect(await access.groupsFor(principal, clusterA, 'shop')).toEqual([
      'quarterdeck:members',
      'quarterdeck:p001:admins',
    ]);
  });

  it('lets an expired grant count for nothing', async () => {
    await test.database.pool.query("UPDATE access_grants SET expires_at = now() - interval '1 second'");
    expect((await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` })).status).toBe(404);
  });

  it('lets no change through without an audit record', async () => {
    await test.database.pool.query('UPDATE access_grants SET expires_at = NULL');
    const { access, identity } = test.composition;
    const principal = await identity.authenticate(owner.cookie.split('=')[1] ?? '');
    if (principal === undefined) throw new Error('no session');
    const change = access.mutate(
      { actor: { principal, via: 'session' }, permission: 'access:projects', target: { projectId } },
      async (tx) => {
        await tx.query("UPDATE access_project SET display_name = 'changed'");
        return { value: undefined, audit: [] };
      },
    );
    await expect(change).rejects.toThrow(/audit record/);
    expect((await access.projects.get(projectId)).displayName).toBe('Default');
  });

  it('asks nobody without a session', async () => {
    expect(
      (await clientOf(test.app).request({ method: 'GET', url: `/projects/${projectId}/environments` })).status,
    ).toBe(401);
  });
});
