import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { addGrant, addPerson, giveNumber, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOrigin } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let admin: Person;
let member: Person;
let projectA: string;
let projectB: string;
let ownerGrant: string;
const cluster = newId('clu');

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  await test.composition.access.putCluster(test.database.pool, cluster, { cluster: 'alpha', tier: 'staging' });
  const project = async (slug: string) =>
    String((await owner.request({ method: 'POST', url: '/projects', payload: { slug } })).body.id);
  [projectA, projectB] = [await project('a'), await project('b')];
  admin = await addPerson(test, 'admin');
  member = await addPerson(test, 'member');
  await addGrant(test, admin, 'project-admin', { kind: 'project', id: projectA });
  const { body } = await owner.request({ method: 'GET', url: '/access/grants?role=owner' });
  ownerGrant = (body.items as { id: string }[])[0]?.id ?? '';
});
afterAll(() => test.close());

const grant = (who: SignedInClient, subject: Person, roleId: string, scope: object, more = {}) =>
  who.request({
    method: 'POST',
    url: '/access/grants',
    payload: { subject: { kind: 'user', id: subject.id }, roleId, scope, ...more },
  });
const inA = () => ({ kind: 'project' as const, id: projectA });

describe('granting', () => {
  it('lets a project admin give what they hold, and shows the members of the project', async () => {
    const made = await grant(admin, member, 'developer', inA());
    expect(made).toMatchObject({
      status: 201,
      body: { role: 'Developer', scopeName: 'a', subject: { displayName: 'Member' }, createdBy: 'Admin' },
    });
    const members = await admin.request({ method: 'GET', url: `/access/grants?project=${projectA}&q=memb` });
    expect(members.body).toMatchObject({ total: 1, items: [{ roleId: 'developer' }] });
    expect(await grant(admin, member, 'developer', inA())).toMatchObject({
      status: 409,
      body: { code: 'grant_exists' },
    });
  });

  it('beyond one project needs a fresh proof of who gives', async () => {
    const stale = await addPerson(test, 'stale');
    await addGrant(test, stale, 'platform-admin');
    await test.database.pool.query(
      "UPDATE identity_session SET authenticated_at = now() - interval '11 minutes' WHERE user_id = $1",
      [stale.uuid],
    );
    const friend = await addPerson(test, 'friend');
    for (const scope of [
      { kind: 'fleet' },
      { kind: 'set', selector: { tier: 'staging' } },
      { kind: 'cluster', id: cluster },
    ]) {
      expect(await grant(stale, friend, 'viewer', scope)).toMatchObject({
        status: 403,
        body: { code: 'step_up_required' },
      });
    }
    expect((await grant(stale, friend, 'viewer', inA())).status).toBe(201);
    expect((await grant(owner, friend, 'viewer', { kind: 'fleet' })).status).toBe(201);
  });

  it('shows before what a grant would give, and why it would be refused', async () => {
    const preview = (who: SignedInClient, roleId: string, scope: object) =>
      who.request({
        method: 'POST',
        url: '/access/grants/preview',
        payload: { subject: { kind: 'user', id: member.id }, roleId, scope },
      });
    expect(await preview(admin, 'release-manager', inA())).toMatchObject({ status: 200, body: { groups: [] } });
    await owner.request({
      method: 'POST',
      url: `/projects/${projectA}/environments`,
      payload: { name: 'prod', tier: 'production', rules: [{ selector: { cluster: 'alpha' }, namespace: 'a-prod' }] },
    });
    await giveNumber(test, cluster, projectA, 2);
    const release = await preview(admin, 'release-manager', inA());
    expect(release).toMatchObject({ status: 200, body: { groups: ['quarterdeck:p002:deployers'] } });
    expect(release.body.gains).toContain('releases:approve');
    expect(release.body.gains).not.toContain('releases:create');
    expect(release.body).not.toHaveProperty('refusal');
    expect((await preview(admin, 'viewer', { kind: 'project', id: projectB })).body.refusal).toMatchObject({
      code: 'not_found',
    });
    expect((await preview(owner, 'sre', { kind: 'set', selector: { tier: 'staging' } })).body).toMatchObject({
      clusters: 1,
      groups: ['quarterdeck:operators'],
    });
  });

  it('S25 refuses to widen own rights: own grant, own expiry, own role, owner by a platform admin', async () => {
    expect(await grant(admin, admin, 'developer', inA())).toMatchObject({ status: 403, body: { code: 'self_grant' } });
    const platform = await addPerson(test, 'platform');
    await addGrant(test, platform, 'platform-admin');
    await expect.poll(async () => (await platform.request({ url: '/access/roles' })).status).toBe(200);
    expect(await grant(platform, member, 'owner', { kind: 'fleet' })).toMatchObject({
      status: 403,
      body: { code: 'beyond_own_rights' },
    });
    const url = `/access/grants/${ownerGrant}`;
    expect(await platform.request({ method: 'DELETE', url })).toMatchObject({
      status: 403,
      body: { code: 'owners_only' },
    });
    expect(
      await platform.request({ method: 'POST', url: '/access/roles', payload: role('mine', ['access:roles']) }),
    ).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const { body } = await platform.request({ method: 'GET', url: `/access/grants?subject=${platform.id}` });
    const own = (body.items as { id: string }[])[0]?.id;
    expect(
      await owner.request({ method: 'PATCH', url: `/access/grants/${own}`, payload: { expiresAt: later(1) } }),
    ).toMatchObject({ status: 200 });
    expect(
      await platform.request({ method: 'PATCH', url: `/access/grants/${own}`, payload: { expiresAt: null } }),
    ).toMatchObject({ status: 403, body: { code: 'self_grant' } });
  });

  it('S25 refuses more than the giver holds there: a role with more, a place beside, the fleet', async () => {
    await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: role('Preemptor', ['releases:take-over', 'clusters:administer']),
    });
    const { body } = await owner.request({ method: 'GET', url: '/access/roles' });
    const custom = (body.items as { id: string; name: string }[]).find(({ name }) => name === 'Preemptor')?.id ?? '';
    expect(await grant(admin, member, custom, inA())).toMatchObject({
      status: 403,
      body: { code: 'beyond_own_rights', detail: expect.stringContaining('clusters:administer') },
    });
    expect(await grant(admin, member, 'viewer', { kind: 'project', id: projectB })).toMatchObject({ status: 404 });
    expect((await grant(admin, member, 'viewer', { kind: 'fleet' })).status).toBe(404);
    expect((await grant(admin, member, 'viewer', { kind: 'cluster', id: cluster })).status).toBe(404);
  });

  it('S25 takes labels that a grant or a rule selects by for a grant', async () => {
    const sre = await addPerson(test, 'sre');
    await addGrant(test, sre, 'sre', { kind: 'set', selector: { tier: 'staging' } });
    await addGrant(test, member, 'sre', { kind: 'set', selector: { tier: 'production' } });
    const relabel = (labels: Record<string, string>) =>
      test.composition.access.mutate(
        {
          actor: {
            principal: { ...principalFor(sre), kind: 'user' },
            via: 'session',
          },
          permission: 'clusters:update',
          target: { clusterId: cluster },
        },
        async (tx) => {
          await test.composition.access.relabelCluster(
            tx,
            { principal: principalFor(sre), via: 'session' },
            cluster,
            labels,
          );
          return { value: undefined, audit: [{ action: 'clusters:update', target: { kind: 'cluster' } }] };
        },
      );
    await expect(relabel({ cluster: 'alpha', tier: 'production' })).rejects.toMatchObject({ status: 403 });
    await owner.request({
      method: 'POST',
      url: `/projects/${projectB}/environments`,
      payload: { name: 'eu', tier: 'test', rules: [{ selector: { region: 'eu' }, namespace: 'b-eu' }] },
    });
    await expect(relabel({ cluster: 'alpha', tier: 'staging', region: 'eu' })).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('access:projects'),
    });
    await expect(relabel({ cluster: 'alpha', tier: 'staging', owner: 'us' })).resolves.toBeUndefined();
  });

  it('keeps the last owner, whoever asks', async () => {
    const url = `/access/grants/${ownerGrant}`;
    expect(await owner.request({ method: 'DELETE', url })).toMatchObject({ status: 409, body: { code: 'last_owner' } });
    expect(await owner.request({ method: 'PATCH', url, payload: { expiresAt: later(60) } })).toMatchObject({
      status: 409,
      body: { code: 'last_owner' },
    });
    const second = await addPerson(test, 'second');
    expect((await grant(owner, second, 'owner', { kind: 'fleet' })).status).toBe(201);
    const { body } = await owner.request({ method: 'GET', url: '/access/grants?role=owner' });
    const grants = body.items as { id: string; subject: { id: string } }[];
    const theirs = grants.find((item) => item.subject.id === second.id)?.id;
    const both = await Promise.all([
      second.request({ method: 'DELETE', url }),
      owner.request({ method: 'DELETE', url: `/access/grants/${theirs}` }),
    ]);
    expect(both.filter(({ status }) => status === 204).length).toBe(1);
    const { rows } = await test.database.pool.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM access_grants WHERE role_id = 'owner'",
    );
    expect(rows[0]?.n).toBe(1);
    if (both[0]?.status === 204) owner = second;
  });

  it('refuses what cannot be, naming the field', async () => {
    const cases: [object, string, string][] = [
      [{ roleId: 'nobody' }, 'unknown_role', '/roleId'],
      [{ subject: { kind: 'user', id: newId('usr') } }, 'unknown_subject', '/subject/id'],
      [{ scope: { kind: 'project', id: newId('prj') } }, 'unknown_scope', '/scope/id'],
      [{ roleId: 'owner', scope: inA() }, 'role_not_for_scope', '/scope/kind'],
      [{ roleId: 'automation', scope: inA() }, 'role_not_for_subject', '/subject/kind'],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiry_in_past', '/expiresAt'],
    ];
    for (const [change, code, pointer] of cases) {
      const payload = { subject: { kind: 'user', id: member.id }, roleId: 'viewer', scope: inA(), ...change };
      expect(await owner.request({ method: 'POST', url: '/access/grants', payload })).toMatchObject({
        status: 422,
        body: { code, errors: [{ pointer }] },
      });
    }
  });

  it('is written down, and a revoked grant is gone at once', async () => {
    const { body } = await admin.request({ method: 'GET', url: `/access/grants?project=${projectA}&role=developer` });
    const id = (body.items as { id: string }[])[0]?.id;
    expect((await admin.request({ method: 'DELETE', url: `/access/grants/${id}` })).status).toBe(204);
    expect((await admin.request({ method: 'DELETE', url: `/access/grants/${id}` })).status).toBe(404);
    const { rows } = await test.database.pool.query<{ record: { changes: { path: string }[] } }>(
      "SELECT record FROM audit_event WHERE action = 'access:grant' AND target_id = $1 AND outcome = 'allowed' ORDER BY seq",
      [id],
    );
    expect(rows.map(({ record }) => record.changes.at(-1)?.path)).toEqual(['granted', 'revoked']);
  });
});

describe('the review of access', () => {
  it('S51 has a line for each grant, with its end and last use, in cells that no spreadsheet runs', async () => {
    const formula = await addPerson(test, '=cmd|calc');
    await addGrant(test, formula, 'project-admin', inA());
    expect((await formula.request({ url: `/access/grants?project=${projectA}` })).status).toBe(200);
    const read = async (format: string) => {
      const url = `/api/v1/access/review?format=${format}`;
      const headers = { origin: testOrigin, cookie: owner.cookie };
      const answer = await test.app.inject({ method: 'GET', url, headers });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-disposition']).toContain('attachment');
      return answer.payload;
    };
    const lines = (await read('jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { subject: { id: string }; lastUsedAt?: string });
    const { body } = await owner.request({ method: 'GET', url: '/access/grants?limit=1' });
    expect(lines).toHaveLength(body.total as number);
    expect(lines.find(({ subject }) => subject.id === formula.id)?.lastUsedAt).toBeDefined();
    const csv = await read('csv');
    expect(csv.split('\r\n')[0]).toContain('subject,kind,subjectId');
    expect(csv).toContain(`'=cmd|calc,user,${formula.id}`.replace("'=cmd|calc", `"'=cmd|calc"`));
    expect((await admin.request({ method: 'GET', url: '/access/review' })).status).toBe(403);
  });
});

describe('roles', () => {
  it('come with the table of the product; custom ones can be changed and deleted while unused', async () => {
    const listed = (await owner.request({ method: 'GET', url: '/access/roles' })).body.items as {
      id: string;
      rung?: string;
    }[];
    expect(listed.slice(0, 11).map(({ id, rung }) => `${id} ${rung}`)).toEqual([
      'owner admins',
      'platform-admin admins',
      'sre operators',
      'auditor viewers',
      'project-admin deployers',
      'release-manager deployers',
      'developer deployers',
      'debugger deployers',
      'deployer deployers',
      'automation operators',
      'viewer viewers',
    ]);
    const made = await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: role('Logs', ['workloads:logs']),
    });
    expect(made).toMatchObject({ status: 201, body: { rung: 'viewers', builtIn: false } });
    expect(
      await owner.request({ method: 'POST', url: '/access/roles', payload: role('Logs', ['workloads:logs']) }),
    ).toMatchObject({ status: 409, body: { code: 'role_exists' } });
    const url = `/access/roles/${made.body.id}`;
    await grant(owner, member, String(made.body.id), inA());
    expect(
      await owner.request({
        method: 'PUT',
        url,
        payload: { ...role('Logs', ['workloads:logs', 'logs:query']), scopes: ['fleet'] },
      }),
    ).toMatchObject({ status: 409, body: { code: 'role_scope_in_use' } });
    expect(
      await owner.request({ method: 'PUT', url, payload: role('Logs', ['workloads:logs', 'logs:query']) }),
    ).toMatchObject({ status: 200, body: { permissions: expect.arrayContaining(['logs:query']) } });
    expect(await owner.request({ method: 'DELETE', url })).toMatchObject({
      status: 409,
      body: { code: 'role_in_use' },
    });
    const { body } = await owner.request({ method: 'GET', url: `/access/grants?role=${made.body.id}` });
    await owner.request({ method: 'DELETE', url: `/access/grants/${(body.items as { id: string }[])[0]?.id}` });
    expect((await owner.request({ method: 'DELETE', url })).status).toBe(204);
    expect((await owner.request({ method: 'DELETE', url: '/access/roles/owner' })).status).toBe(404);
  });

  it('S25 are not widened by who holds them', async () => {
    const editor = await addPerson(test, 'editor');
    const made = await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: role('Role editor', ['access:roles', 'access:read']),
    });
    await addGrant(test, editor, String(made.body.id));
    await expect.poll(async () => (await editor.request({ url: '/access/roles' })).status).toBe(200);
    expect(
      await editor.request({
        method: 'PUT',
        url: `/access/roles/${made.body.id}`,
        payload: role('Role editor', ['access:roles', 'access:read', 'access:grant']),
      }),
    ).toMatchObject({ status: 403, body: { code: 'self_grant' } });
    expect(
      await editor.request({ method: 'POST', url: '/access/roles', payload: role('All', ['clusters:mint']) }),
    ).toMatchObject({ status: 403, body: { code: 'beyond_own_rights' } });
  });
});

function role(name: string, permissions: string[]) {
  return { name, permissions, scopes: ['fleet', 'project'] };
}

function later(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

function principalFor(person: Person) {
  return {
    kind: 'user' as const,
    id: person.id,
    name: 'sre',
    displayName: 'SRE',
    credential: { kind: 'session' as const, id: person.sessionId, expiresAt: new Date(Date.now() + 60_000) },
    subjects: [person.uuid],
  };
}
