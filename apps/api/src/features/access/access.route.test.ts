import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { systemActor } from '../../platform/principal.ts';
import { addGrant, addPerson, giveNumber, type Person, principalOf } from '../../testing/people.ts';
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
  const { body } = await owner.request({ method: 'GET', url: '/projects' });
  projectId = (body.items as { id: string }[])[0]?.id ?? '';
});
afterAll(() => test.close());

const create = (payload: object) =>
  owner.request({ method: 'POST', url: `/projects/${projectId}/environments`, payload });
const change = (id: string, payload: object) =>
  owner.request({ method: 'PUT', url: `/projects/${projectId}/environments/${id}`, payload });

async function first(): Promise<{ id: string; revision: number }> {
  const { body } = await owner.request({ method: 'GET', url: `/projects/${projectId}/environments` });
  return (body.items as { id: string; revision: number }[])[0] ?? { id: '', revision: 0 };
}

describe('projects', () => {
  it('start with one', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/projects' });
    expect(body.items).toMatchObject([{ slug: 'default' }]);
  });

  it('are created with registries and quotas, renamed, archived and restored', async () => {
    const made = await owner.request({
      method: 'POST',
      url: '/projects',
      payload: {
        slug: 'shop',
        displayName: 'Shop',
        registries: ['registry.example.com/shop'],
        quotas: { environments: 1 },
      },
    });
    expect(made).toMatchObject({ status: 201, body: { slug: 'shop', quotas: { environments: 1 } } });
    const url = `/projects/${made.body.id}`;
    const members = await owner.request({ method: 'GET', url: `/access/grants?project=${made.body.id}` });
    expect(members.body.items).toMatchObject([
      {
        roleId: 'automation',
        subject: { kind: 'service_account', id: made.body.automationId, name: 'shop-automation' },
      },
    ]);
    expect(
      await owner.request({
        method: 'PATCH',
        url: `/projects/${made.body.id}`,
        payload: { displayName: 'The shop' },
      }),
    ).toMatchObject({
      status: 200,
      body: { displayName: 'The shop', registries: ['registry.example.com/shop'] },
    });
    const environment = (name: string) =>
      owner.request({
        method: 'POST',
        url: `${url}/environments`,
        payload: { name, tier: 'test', rules: [{ selector: { cluster: 'beta' }, namespace: `shop-${name}` }] },
      });
    expect((await environment('one')).status).toBe(201);
    expect(await environment('two')).toMatchObject({ status: 409, body: { code: 'quota_reached' } });

    expect((await owner.request({ method: 'POST', url: `${url}/archive` })).body.archivedAt).toBeDefined();
    expect(await environment('three')).toMatchObject({ status: 409, body: { code: 'project_archived' } });
    expect((await owner.request({ method: 'GET', url: '/projects?archived=true' })).body.items).toMatchObject([
      { slug: 'shop' },
    ]);
    expect((await owner.request({ method: 'POST', url: `${url}/restore` })).body).not.toHaveProperty('archivedAt');
    expect(await owner.request({ method: 'GET', url })).toMatchObject({ status: 200, body: { slug: 'shop' } });
  });

  it('are refused with a slug that exists or a registry that is none, naming the field', async () => {
    expect(await owner.request({ method: 'POST', url: '/projects', payload: { slug: 'default' } })).toMatchObject({
      status: 409,
      body: { code: 'project_exists', errors: [{ pointer: '/slug' }] },
    });
    const bad = { slug: 'other', registries: ['https://registry.example.com/'] };
    expect(await owner.request({ method: 'POST', url: '/projects', payload: bad })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/registries/0' }] },
    });
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
    expect(owned).toMatchObject([{ clusterId: clusterA, namespace: 'shop', projectNumber: undefined }]);
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

  it('stand in the order of their tiers, and in the one that somebody gives them (orderEnvironments)', async () => {
    const { body } = await owner.request({ method: 'POST', url: '/projects', payload: { slug: 'ordered' } });
    const url = `/projects/${body.id}`;
    for (const [name, tier] of [
      ['live', 'production'],
      ['dev', 'development'],
      ['check', 'staging'],
    ] as const)
      await owner.request({
        method: 'POST',
        url: `${url}/environments`,
        payload: { name, tier, rules: [{ selector: { cluster: 'alpha' }, namespace: `ordered-${name}` }] },
      });
    const listed = async () =>
      (await owner.request({ method: 'GET', url: `${url}/environments` })).body.items as { id: string; name: string }[];
    const names = async () => (await listed()).map(({ name }) => name);
    expect(await names()).toEqual(['dev', 'check', 'live']);
    const ids = (await listed()).map(({ id }) => id).toReversed();
    const order = (environmentIds: string[]) =>
      owner.request({ method: 'PUT', url: `${url}/environment-order`, payload: { environmentIds } });
    expect(await order(ids)).toMatchObject({ status: 200, body: { items: [{ position: 0, name: 'live' }, {}, {}] } });
    expect(await names()).toEqual(['live', 'check', 'dev']);
    for (const wrong of [ids.slice(1), [...ids.slice(1), ids[1] ?? '']])
      expect(await order(wrong)).toMatchObject({
        status: 422,
        body: { code: 'order_incomplete', errors: [{ pointer: '/environmentIds' }] },
      });
  });

  it('follow their rules when these change', async () => {
    const { id, revision } = await first();
    const changed = await change(id, { tier: 'staging', rules: [{ selector: {}, namespace: 'shop' }], revision });
    expect(changed).toMatchObject({ status: 200, body: { tier: 'staging', revision: revision + 1 } });
    expect(await test.composition.access.projects.namespacesOf(id)).toHaveLength(2);
  });

  it('are not overwritten by who read them before somebody else changed them, and stay as they are', async () => {
    const { id, revision } = await first();
    const rules = (namespace: string) => [{ selector: {}, namespace }];
    // Both have the same one in their hands, and both save at once: one of them is told.
    const both = await Promise.all(
      ['shop', 'late'].map((namespace) => change(id, { tier: 'staging', rules: rules(namespace), revision })),
    );
    const [won, lost] = both.toSorted((a, b) => a.status - b.status);
    expect(won).toMatchObject({ status: 200, body: { revision: revision + 1 } });
    expect(lost).toMatchObject({
      status: 409,
      body: { code: 'environment_changed', errors: [{ pointer: '/revision' }] },
    });
    expect(await first()).toMatchObject({ rules: won?.body.rules, revision: revision + 1 });
    const blind = await change(id, { tier: 'staging', rules: rules('shop') });
    expect(blind).toMatchObject({ status: 422, body: { errors: [{ pointer: '/revision' }] } });
    expect((await change(id, { tier: 'staging', rules: rules('shop'), revision: revision + 1 })).status).toBe(200);
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
  let stranger: Person;
  beforeAll(async () => {
    stranger = await addPerson(test, 'stranger');
  });

  it('answers 404 for what a person may not read, and writes the denial down once', async () => {
    const url = `/projects/${projectId}/archive`;
    expect(await stranger.request({ method: 'POST', url })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    await stranger.request({ method: 'POST', url });
    const collection = await stranger.request({ method: 'GET', url: '/audit' });
    expect(collection).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(collection.body.detail).toContain('audit:read');
    const rows = await test.database.pool.query("SELECT action FROM audit_event WHERE outcome = 'denied' ORDER BY at");
    expect(rows.rows.map((row) => row.action)).toEqual(['access:projects', 'audit:read']);
  });

  it('gives a grant at project scope the environments of that project only, and rungs in its namespaces only', async () => {
    await addGrant(test, stranger, 'project-admin', { kind: 'project', id: projectId });
    const principal = principalOf(stranger);
    const { access } = test.composition;
    await vi.waitFor(
      async () => {
        expect((await stranger.request({ method: 'GET', url: `/projects/${projectId}/environments` })).status).toBe(
          200,
        );
      },
      { timeout: 60_000 },
    );
    expect((await stranger.request({ method: 'GET', url: `/projects/${newId('prj')}/environments` })).status).toBe(404);
    expect((await stranger.request({ method: 'GET', url: '/projects' })).body.total).toBe(1);
    expect(await access.groupsFor(principal, clusterA)).toEqual(['quarterdeck:members']);
    // Until its namespace there is made ready, the project has no number in a cluster, and its people no group.
    expect(await access.groupsFor(principal, clusterA, 'shop')).toEqual(['quarterdeck:members']);
    await giveNumber(test, clusterA, projectId, 1);
    expect(await access.groupsFor(principal, clusterA, 'shop')).toEqual([
      'quarterdeck:members',
      'quarterdeck:p001:deployers',
    ]);
    expect(await access.groupsFor(principal, clusterA, 'elsewhere')).toEqual(['quarterdeck:members']);
  });

  it('lets an expired grant count for nothing', async () => {
    await test.database.pool.query(
      "UPDATE access_grants SET expires_at = now() - interval '1 second' WHERE role_id = 'project-admin'",
    );
    await vi.waitFor(
      async () => {
        expect((await stranger.request({ method: 'GET', url: `/projects/${projectId}/environments` })).status).toBe(
          403,
        );
      },
      { timeout: 60_000 },
    );
  });

  it('lets no change through without an audit record', async () => {
    const { access } = test.composition;
    const change = access.mutate(
      { actor: systemActor('test', ['access:projects']), permission: 'access:projects', target: { projectId } },
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
