import type { ServiceAccount, Token } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, programOf, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** A program that holds the owner role is an owner: whoever disables it, or speaks as it, must be one too. */
let test: TestApp;
let owner: SignedInClient;
let projectId: string;
let admin: Person;
let projectAdmin: Person;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  const { body } = await owner.request({ method: 'POST', url: '/projects', payload: { slug: 'shop' } });
  projectId = String(body.id);
  admin = await addPerson(test, 'admin');
  await addGrant(test, admin, 'platform-admin');
  projectAdmin = await addPerson(test, 'project-admin');
  await addGrant(test, projectAdmin, 'project-admin', { kind: 'project', id: projectId });
});
afterAll(() => test.close());

/** An account that is an owner, and a token of it that was made before. */
async function ownerProgram(name: string, place: object = {}): Promise<{ id: string; token: string }> {
  const { body } = await owner.request({ method: 'POST', url: '/service-accounts', payload: { name, ...place } });
  const { id } = body as ServiceAccount;
  await addGrant(test, { kind: 'service_account', uuid: toUuid(id) }, 'owner');
  const made = await makeToken(owner, id);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return { id, token: (made.body.token as Token).id };
}

const makeToken = (who: SignedInClient, id: string) =>
  who.request({
    method: 'POST',
    url: `/service-accounts/${id}/tokens`,
    payload: { name: 'ci', permissions: ['environments:read'] },
  });

const touches = (who: Pick<SignedInClient, 'request'>, { id, token }: { id: string; token: string }) => [
  () => who.request({ method: 'PATCH', url: `/service-accounts/${id}`, payload: { disabled: true } }),
  () => who.request({ method: 'PATCH', url: `/service-accounts/${id}`, payload: { name: 'renamed' } }),
  () => who.request({ method: 'DELETE', url: `/service-accounts/${id}/tokens/${token}` }),
  () => who.request({ method: 'DELETE', url: `/service-accounts/${id}` }),
];

async function stateOf(id: string): Promise<object | undefined> {
  const { body } = await owner.request({ method: 'GET', url: '/service-accounts?limit=200' });
  return (body.items as ServiceAccount[]).find((account) => account.id === id);
}

describe('a program that is an owner', () => {
  it('S25 is disabled, renamed, deleted and given tokens by owners alone', async () => {
    const program = await ownerProgram('root-bot');
    const before = await stateOf(program.id);
    for (const touch of [...touches(admin, program), () => makeToken(admin, program.id)]) {
      expect(await touch()).toMatchObject({ status: 403, body: { code: 'owners_only' } });
    }
    expect(await admin.request({ method: 'DELETE', url: `/tokens/${program.token}` })).toMatchObject({
      status: 403,
      body: { code: 'owners_only' },
    });
    expect(await stateOf(program.id)).toEqual(before);
    for (const touch of touches(owner, program)) expect((await touch()).status).toBeLessThan(300);
    expect(await stateOf(program.id)).toBeUndefined();
  });

  it('S25 is so in a project too, for the project’s admin and for an owner’s token that stops there', async () => {
    const program = await ownerProgram('shop-bot', { projectId });
    for (const touch of [...touches(projectAdmin, program), () => makeToken(projectAdmin, program.id)]) {
      expect(await touch()).toMatchObject({ status: 403, body: { code: 'owners_only' } });
    }
    const made = await owner.request({
      method: 'POST',
      url: '/me/tokens',
      payload: { name: 'narrow', permissions: ['identity:service-accounts'], projectIds: [projectId] },
    });
    const narrow = programOf(test.app, String(made.body.secret));
    for (const touch of touches(narrow, program)) {
      expect(await touch()).toMatchObject({ status: 403, body: { code: 'owners_only' } });
    }
  });

  it('S25 gets no CI job to speak as it from whoever is no owner', async () => {
    const program = await ownerProgram('ci-root');
    const configurer = await addPerson(test, 'configurer');
    const role = await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: { name: 'Configurer', permissions: ['identity:configure', 'environments:read'], scopes: ['fleet'] },
    });
    await addGrant(test, configurer, String(role.body.id));
    const rule = {
      name: 'root-ci',
      issuer: 'https://gitlab.example.com',
      gitlabProjectId: 7,
      refType: 'branch',
      ref: 'main',
      serviceAccountId: program.id,
      permissions: ['environments:read'],
    };
    const refused = { status: 403, body: { code: 'owners_only' } };
    expect(await configurer.request({ method: 'POST', url: '/trust-rules', payload: rule })).toMatchObject(refused);
    const made = await owner.request({ method: 'POST', url: '/trust-rules', payload: rule });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const url = `/trust-rules/${made.body.id}`;
    expect(await configurer.request({ method: 'PUT', url, payload: { ...rule, ref: 'evil' } })).toMatchObject(refused);
    expect(await configurer.request({ method: 'DELETE', url })).toMatchObject(refused);
  });

  it('does not count as the last owner: a person who can sign in stays', async () => {
    await ownerProgram('spare');
    const { body } = await owner.request({ method: 'GET', url: '/access/grants?role=owner' });
    const grants = body.items as { id: string; subject: { kind: string } }[];
    const own = grants.find(({ subject }) => subject.kind === 'user')?.id;
    expect(await owner.request({ method: 'DELETE', url: `/access/grants/${own}` })).toMatchObject({
      status: 409,
      body: { code: 'last_owner' },
    });
  });
});
