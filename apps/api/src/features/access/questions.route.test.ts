import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { addGrant, addPerson, giveNumber, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let developer: Person;
let nobody: Person;
let project: string;
let foreign: string;
const cluster = newId('clu');

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  await test.composition.access.putCluster(test.database.pool, cluster, { cluster: 'alpha' });
  const make = async (slug: string) => {
    const { body } = await owner.request({ method: 'POST', url: '/projects', payload: { slug } });
    await owner.request({
      method: 'POST',
      url: `/projects/${body.id}/environments`,
      payload: {
        name: 'prod',
        tier: 'production',
        rules: [{ selector: { cluster: 'alpha' }, namespace: `${slug}-prod` }],
      },
    });
    return String(body.id);
  };
  [project, foreign] = [await make('shop'), await make('bank')];
  developer = await addPerson(test, 'dev');
  nobody = await addPerson(test, 'nobody');
  await addGrant(test, developer, 'developer', { kind: 'project', id: project });
  await vi.waitFor(async () => expect((await developer.request({ url: '/projects' })).body.total).toBe(1), {
    timeout: 60_000,
  });
});
afterAll(() => test.close());

describe('"may I"', () => {
  it('answers many at once, and says who to ask only where the object may be read', async () => {
    const ask = (permission: string, target: object) => ({ permission, target });
    const { status, body } = await developer.request({
      method: 'POST',
      url: '/access/checks',
      payload: {
        checks: [
          ask('releases:create', { projectId: project }),
          ask('releases:approve', { projectId: project }),
          ask('releases:create', { projectId: foreign }),
          ask('workloads:logs', { clusterId: cluster, namespace: 'shop-prod' }),
          ask('workloads:logs', { clusterId: cluster, namespace: 'bank-prod' }),
          ask('workloads:logs', { clusterId: cluster, namespace: 'bank-prod', projectId: project }),
          ask('clusters:read', { clusterId: cluster }),
          ask('clusters:update', { clusterId: cluster }),
          ask('audit:read', {}),
        ],
      },
    });
    expect(status).toBe(200);
    const items = body.items as { allowed: boolean; roles?: { id: string }[]; grantors?: string[] }[];
    expect(items.map((item) => item.allowed)).toEqual([true, false, false, true, false, false, true, false, false]);
    expect(items[1]?.roles?.map((role) => role.id)).toContain('release-manager');
    expect(items[1]?.grantors).toEqual(['Test Owner']);
    expect(items[2]?.grantors).toEqual([]);
    expect(items[7]?.grantors).toEqual(['Test Owner']);
  });
});

describe('what the portal shows', () => {
  it('goes by what a person may do anywhere; the whole fleet is told apart', async () => {
    const { body } = await developer.request({ url: '/me' });
    expect(body.permissionsSomewhere).toEqual(expect.arrayContaining(['releases:create', 'inventory:read']));
    expect(body.permissionsSomewhere).not.toContain('releases:approve');
    expect(body.permissions).toEqual(['identity:self']);
    expect((await nobody.request({ url: '/me' })).body.permissionsSomewhere).toEqual(['identity:self']);
  });
});

describe('whom a grant may name', () => {
  it('is found by a part of the name (listSubjects), for those who may read grants', async () => {
    const { status, body } = await owner.request({ url: '/access/subjects?q=DEV' });
    expect(status).toBe(200);
    expect(body.items).toEqual([{ kind: 'user', id: developer.id, name: 'dev', displayName: 'Dev', disabled: false }]);
    expect((await owner.request({ url: '/access/subjects?q=DEV&kind=group' })).body.total).toBe(0);
    expect((await developer.request({ url: '/access/subjects?q=DEV' })).status).toBe(403);
    expect((await owner.request({ url: '/access/subjects?q=D' })).status).toBe(422);
  });

  it('names the programs of one’s own projects alone', async () => {
    const admin = await addPerson(test, 'shop-admin');
    await addGrant(test, admin, 'project-admin', { kind: 'project', id: project });
    const { body } = await admin.request({ url: '/access/subjects?q=automation' });
    expect((body.items as { name: string }[]).map(({ name }) => name)).toEqual(['shop-automation']);
    expect((await owner.request({ url: '/access/subjects?q=automation' })).body.total).toBeGreaterThan(1);
  });
});

describe('explain', () => {
  const explain = async (subject: Person, permission: string, target: object) => {
    const payload = { subject: { kind: 'user', id: subject.id }, permission, target };
    const { status, body } = await owner.request({ method: 'POST', url: '/access/explain', payload });
    expect(status).toBe(200);
    return body as {
      allowed: boolean;
      summary: string;
      grant?: { roleId: string };
      missing?: { piece: string; grants: { roleId: string }[]; roles: { id: string }[] };
      groups: string[];
      cluster: { answer: string; question?: string };
    };
  };

  it('names the deciding grant, the groups carried, and what the cluster was asked', async () => {
    await giveNumber(test, cluster, project, 2);
    const answer = await explain(developer, 'workloads:logs', { clusterId: cluster, namespace: 'shop-prod' });
    expect(answer).toMatchObject({
      allowed: true,
      grant: { roleId: 'developer' },
      groups: ['quarterdeck:members', 'quarterdeck:p002:deployers'],
      cluster: { question: 'get pods/log in shop-prod', answer: 'unreachable' },
    });
    expect(answer.summary).toBe('Dev may: Developer at shop.');
  });

  it('names the nearest missing piece', async () => {
    const cases: [Person, string, object, string][] = [
      [nobody, 'releases:create', { projectId: project }, 'no_grants'],
      [developer, 'releases:approve', { projectId: project }, 'role_lacks_permission'],
      [developer, 'releases:create', { projectId: foreign }, 'other_scope'],
      [developer, 'workloads:logs', { clusterId: cluster, namespace: 'mine' }, 'namespace_unowned'],
      [developer, 'workloads:logs', { clusterId: cluster, namespace: 'bank-prod' }, 'other_scope'],
    ];
    for (const [subject, permission, target, piece] of cases) {
      const asked = await owner.request({
        method: 'POST',
        url: '/access/explain',
        payload: { subject: { kind: 'user', id: subject.id }, permission, target },
      });
      expect(asked.body).toMatchObject({ allowed: false, missing: { piece } });
    }
    const { missing } = await explain(developer, 'releases:approve', { projectId: project });
    expect(missing?.roles.map(({ id }) => id)).toEqual(expect.arrayContaining(['release-manager', 'project-admin']));
    expect(missing?.grants).toMatchObject([{ roleId: 'developer' }]);
  });

  it('says that a grant has ended, that an account is disabled, that a project is archived', async () => {
    const ended = await addPerson(test, 'ended');
    const id = await addGrant(test, ended, 'developer', { kind: 'project', id: project });
    const url = `/access/grants/${id}`;
    await owner.request({
      method: 'PATCH',
      url,
      payload: { expiresAt: new Date(Date.now() + 300).toISOString() },
    });
    await expect
      .poll(async () => (await explain(ended, 'releases:create', { projectId: project })).missing?.piece)
      .toBe('expired');
    await test.database.pool.query('UPDATE identity_user SET disabled_at = now() WHERE id = $1', [ended.uuid]);
    expect((await explain(ended, 'releases:create', { projectId: project })).missing?.piece).toBe('account_disabled');
    await owner.request({ method: 'POST', url: `/projects/${foreign}/archive` });
    expect((await explain(developer, 'releases:create', { projectId: foreign })).missing?.piece).toBe(
      'project_archived',
    );
    await owner.request({ method: 'POST', url: `/projects/${foreign}/restore` });
  });

  it('is for whoever may explain there, and refuses an account that is none', async () => {
    const payload = {
      subject: { kind: 'user', id: nobody.id },
      permission: 'releases:create',
      target: { projectId: project },
    };
    expect((await developer.request({ method: 'POST', url: '/access/explain', payload })).status).toBe(404);
    const gone = { ...payload, subject: { kind: 'user', id: newId('usr') } };
    expect(await owner.request({ method: 'POST', url: '/access/explain', payload: gone })).toMatchObject({
      status: 422,
      body: { code: 'unknown_subject', errors: [{ pointer: '/subject/id' }] },
    });
  });
});
