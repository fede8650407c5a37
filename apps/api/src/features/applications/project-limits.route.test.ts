import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** What a project may have and put out, whoever in it asks. */
let test: TestApp;
let owner: SignedInClient;
let developer: Person;
let projectId: string;
let environmentId: string;
let templateVersionId: string;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
  await post('/clusters', { slug: 'alpha', access, acceptUnverified: true });
  projectId = await post('/projects', { slug: 'shop' });
  const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop' }];
  environmentId = await post(`/projects/${projectId}/environments`, { name: 'prod', tier: 'production', rules });
  developer = await addPerson(test, 'dev');
  await addGrant(test, developer, 'project-admin', { kind: 'project', id: projectId });
  const { body } = await owner.request({ method: 'GET', url: '/templates' });
  templateVersionId = (body.items as { latestVersionId: string }[])[0]?.latestVersionId ?? '';
});
afterAll(() => test.close());

async function post(url: string, payload: object): Promise<string> {
  const { status, body } = await owner.request({ method: 'POST', url, payload });
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body.id);
}

const change = (payload: object) => owner.request({ method: 'PATCH', url: `/projects/${projectId}`, payload });
const create = (slug: string) =>
  developer.request({
    method: 'POST',
    url: '/applications',
    payload: { projectId, slug, environments: [{ environmentId }] },
  });

describe('the quota of applications', () => {
  it('is kept, however many ask at once, and says which field, why, and what helps', async () => {
    await change({ quotas: { applications: 2 } });
    const answers = await Promise.all(['one', 'two', 'three', 'four'].map(create));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'quota_reached',
      detail:
        'shop may have 2 applications, this would make 3. Remove one, or ask who manages projects for a higher quota.',
      errors: [{ pointer: '/projectId', code: 'quota_reached' }],
    });
    const { rows } = await test.database.pool.query('SELECT count(*)::int AS n FROM applications_application');
    expect(rows).toEqual([{ n: 2 }]);
  });

  it('has room again when one is deleted, or when it is raised', async () => {
    const { body } = await developer.request({ url: '/applications' });
    const [first] = body.items as { id: string }[];
    expect((await developer.request({ method: 'DELETE', url: `/applications/${first?.id}` })).status).toBe(204);
    expect((await create('five')).status).toBe(201);
    expect((await create('six')).status).toBe(409);
    await change({ quotas: {} });
    expect((await create('six')).status).toBe(201);
  });

  it('names the field of the environment where that is what is too much', async () => {
    await change({ quotas: { environments: 1 } });
    const rules = [{ selector: { cluster: 'alpha' }, namespace: 'more' }];
    const payload = { name: 'more', tier: 'test', rules };
    const refused = await owner.request({ method: 'POST', url: `/projects/${projectId}/environments`, payload });
    expect(refused).toMatchObject({ status: 409, body: { code: 'quota_reached', errors: [{ pointer: '/name' }] } });
    await change({ quotas: {} });
  });
});

describe('the templates of a project', () => {
  const release = async (url: string) => {
    const { body } = await developer.request({ url: '/applications?slug=six' });
    const applicationId = (body.items as { id: string; slug: string }[]).find(({ slug }) => slug === 'six')?.id;
    const images = { main: 'registry.example.com/shop/web:1' };
    const payload = { applicationId, environmentId, templateVersionId, images, parameters: {} };
    return developer.request({ method: 'POST', url, payload });
  };

  it('S24 alone are previewed, deployed and put back; the refusal names field, reason and way out', async () => {
    const allowed = await release('/releases');
    expect(allowed.status).toBe(202);
    await test.database.pool.query("UPDATE release SET state = 'succeeded'");
    await test.database.pool.query("UPDATE target_run SET state = 'healthy'");
    await change({ templateSources: ['php-fpm'] });
    const refusal = {
      status: 403,
      body: {
        code: 'template_not_allowed',
        detail:
          'shop may not deploy the template web-service. Choose one of php-fpm, or ask who manages projects to allow it.',
        errors: [{ pointer: '/templateVersionId' }],
      },
    };
    expect(await release('/release-previews')).toMatchObject(refusal);
    expect(await release('/releases')).toMatchObject(refusal);
    const back = await developer.request({ method: 'POST', url: `/releases/${allowed.body.id}/rollback`, payload: {} });
    expect(back).toMatchObject(refusal);
    await change({ templateSources: ['php-fpm', 'web-service'] });
    expect((await release('/releases')).status).toBe(202);
  });
});
