// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** One application in two environments; nothing is dialled. */
let test: TestApp;
let owner: SignedInClient;
let developer: Person;
let deployer: Person;
let viewer: Person;
let projectId: string;
let staging: string;
let prod: string;
let targets: { id: string; cluster: string }[];
let applicationId: string;
let versions: Record<string, string>;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
  for (const slug of ['alpha', 'beta'])
    await call(owner, { method: 'POST', url: '/clusters', payload: { slug, access, acceptUnverified: true } });
  projectId = String((await call(owner, { method: 'POST', url: '/projects', payload: { slug: 'shop' } })).id);
  const environment = async (name: string, clusters: string[]) => {
    const rules = clusters.map((cluster) => ({ selector: { cluster }, namespace: `shop-${name}` }));
    return String(
      (
        await call(owner, {
          method: 'POST',
          url: `/projects/${projectId}/environments`,
          payload: { name, tier: 'test', rules },
        })
      ).id,
    );
  };
  staging = await environment('staging', ['alpha']);
  prod = await environment('prod', ['alpha', 'beta']);
  const environments = [{ environmentId: staging }, { environmentId: prod }];
  const application = await call(owner, {
    method: 'POST',
    url: '/applications',
    payload: { projectId, slug: 'web', environments },
  });
  applicationId = String(application.id);
  targets = (application.environments as { environmentId: string; targets: typeof targets }[]).flatMap((one) =>
    one.environmentId === prod ? one.targets : [],
  );
  developer = await addPerson(test, 'dev');
  await addGrant(test, developer, 'developer', { kind: 'project', id: projectId });
  viewer = await addPerson(test, 'viewer');
  await addGrant(test, viewer, 'viewer', { kind: 'project', id: projectId });
  deployer = await addPerson(test, 'robot');
  await addGrant(test, deployer, 'deployer', { kind: 'project', id: projectId });
  const { items } = await call(owner, { method: 'GET', url: '/templates' });
  versions = Object.fromEntries(
    (items as { name: string; latestVersionId: string }[]).map((one) => [one.name, one.latestVersionId]),
  );
});
afterAll(() => test.close());

type Who = Pick<SignedInClient, 'request'>;
type Ask = { method: 'GET' | 'POST' | 'PUT'; url: string; payload?: object };
const ask = (who: Who, request: Ask) => who.request(request);

async function call(who: Who, request: Ask) {
  const { status, body } = await ask(who, request);
  expect(status, `${request.method} ${request.url}: ${JSON.stringify(body)}`).toBeLessThan(300);
  return body;
}

const save = (who: Who, place: object, value: object, baseRevision: number) =>
  ask(who, {
    method: 'PUT',
    url: `/applications/${applicationId}/parameters`,
    payload: { ...place, value, baseRevision },
  });
const effective = (query: string) =>
  call(developer, { method: 'GET', url: `/applications/${applicationId}/parameters/effective?${query}` });
const follow = (who: Who, template: string, environmentId?: string) =>
  ask(who, {
    method: 'PUT',
    url: `/applications/${applicationId}/template`,
    payload: {
      templateVersionId: versions[template],
      ...(environmentId === undefined ? {} : { environmentId }),
    },
  });
const image = { main: 'registry.example.com/shop/web:1' };
const release = (who: Who, more: object = {}) =>
  ask(who, {
    method: 'POST',
    url: '/releases',
    payload: { applicationId, environmentId: prod, images: image, ...more },
  });
/** Nothing runs here: a release ends as soon as the next one is tried. */
const end = () =>
  test.database.pool.query("UPDATE release SET state = 'succeeded'; UPDATE target_run SET state = 'healthy'");

describe('the template an application follows', () => {
  it('is chosen for all of it, and otherwise for one environment', async () => {
    expect(
      await ask(developer, {
        method: 'GET',
        url: `/applications/${applicationId}/parameters/effective?environment=${prod}`,
      }),
    ).toMatchObject({
      status: 422,
      body: { code: 'no_template' },
    });
    await call(developer, {
      method: 'PUT',
      url: `/applications/${applicationId}/template`,
      payload: {
        templateVersionId: versions['web-service'],
      },
    });
    expect((await follow(developer, 'worker', staging)).status).toBe(200);
    const { items } = await call(developer, { method: 'GET', url: `/applications/${applicationId}/template` });
    expect(items).toMatchObject([
      { template: 'web-service', state: 'published' },
      { template: 'worker', environmentId: staging, changedBy: expect.any(String) },
    ]);
    const templates = (await call(developer, { method: 'GET', url: '/templates' })).items as {
      name: string;
      applications: number;
    }[];
    expect(templates.find(({ name }) => name === 'worker')?.applications).toBe(1);
    await follow(developer, 'web-service', staging);
  });

  it('is chosen by those who may write parameters there alone', async () => {
    expect((await follow(viewer, 'worker')).status).toBe(403);
    expect((await follow(deployer, 'worker')).status).toBe(404);
  });
});

describe('layers of parameters', () => {
  it('come to one value per target, each leaf with layer, revision and author', async () => {
    expect(
      await save(developer, { layer: 'application' }, { port: 9000, env: { A: 'app', B: 'app' } }, 0),
    ).toMatchObject({
      status: 200,
      body: { revision: 1, author: expect.any(String) },
    });
    await save(developer, { layer: 'environment', environmentId: prod }, { replicas: 4, env: { B: 'prod' } }, 0);
    const [alpha] = targets;
    await save(developer, { layer: 'target', targetId: alpha?.id }, { replicas: 6, env: { A: null } }, 0);
    const there = await effective(`environment=${prod}&target=${alpha?.id}`);
    expect(there).toMatchObject({
      merged: { port: 9000, replicas: 6, env: { B: 'prod' } },
      effective: { port: 9000, replicas: 6, env: { B: 'prod' }, autoscaling: { enabled: false } },
      errors: [],
    });
    const from = (pointer: string) =>
      (there.provenance as { pointer: string }[]).find((one) => one.pointer === pointer);
    expect(from('/port')).toMatchObject({ layer: 'application', revision: 1, author: expect.any(String) });
    expect(from('/env/B')).toMatchObject({ layer: 'environment', revision: 1 });
    expect(from('/replicas')).toMatchObject({ layer: 'target', revision: 1, at: expect.any(String) });
    expect(from('/resources/cpu')).toMatchObject({ layer: 'default' });
    const below = await effective(`environment=${prod}&without=environment`);
    expect(below.merged).toEqual({ port: 9000, env: { A: 'app', B: 'app' } });
    expect(await effective(`environment=${staging}`)).toMatchObject({
      merged: { port: 9000, env: { A: 'app', B: 'app' } },
    });
    const { items } = await call(developer, { method: 'GET', url: `/applications/${applicationId}/parameters` });
    expect(
      (items as { layer: string; revision: number }[]).map(({ layer, revision }) => `${layer} ${revision}`),
    ).toEqual([...['application 1', 'environment 0', 'target 0', 'environment 1', 'target 1', 'target 0']]);
  });

  it('are not written over what somebody saved meanwhile, and keep their history', async () => {
    const place = { layer: 'environment', environmentId: prod };
    const race = await Promise.all([
      save(developer, place, { replicas: 5 }, 1),
      save(owner, place, { replicas: 7 }, 1),
    ]);
    expect(race.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(race.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'parameters_changed',
      errors: [{ pointer: '/baseRevision' }],
    });
    const change = test.database.pool.query("UPDATE param_layer SET value = '{}'");
    await expect(change).rejects.toThrow('cannot be changed');
    expect((await save(developer, place, { replicas: 4, env: { B: 'prod' } }, 2)).status).toBe(200);
  });

  it('say by field what does not fit the template', async () => {
    const refused = await save(developer, { layer: 'application' }, { port: 0, colour: 'red' }, 1);
    expect(refused).toMatchObject({ status: 422, body: { code: 'parameters_invalid' } });
    const pointers = (refused.body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(['/value/colour', '/value/port']);
  });

  it('are saved by those who may, where they may', async () => {
    expect((await save(viewer, { layer: 'application' }, { port: 1 }, 1)).status).toBe(403);
    const foreign = { layer: 'target', targetId: 'tgt_01h455vb4pex5vsknk084sn02q' };
    expect((await save(developer, foreign, {}, 0)).status).toBe(404);
  });
});

describe('a locked parameter', () => {
  const folder = { hostPaths: { logs: { hostPath: '/var/log', path: '/logs' } } };
  let daemon: string;

  beforeAll(async () => {
    const environments = [{ environmentId: prod }];
    daemon = String(
      (await call(owner, { method: 'POST', url: '/applications', payload: { projectId, slug: 'agent', environments } }))
        .id,
    );
    await call(owner, {
      method: 'PUT',
      url: `/applications/${daemon}/template`,
      payload: { templateVersionId: versions.daemon },
    });
  });
  const put = (who: Who, place: object) =>
    ask(who, {
      method: 'PUT',
      url: `/applications/${daemon}/parameters`,
      payload: { ...place, value: folder, baseRevision: 0 },
    });

  it('is set in its layer alone, by those who hold its permission', async () => {
    expect(await put(developer, { layer: 'application' })).toMatchObject({
      status: 403,
      body: {
        code: 'parameter_locked',
        errors: [{ pointer: '/value/hostPaths', detail: expect.stringContaining('environments:manage') }],
      },
    });
    expect(await put(owner, { layer: 'environment', environmentId: prod })).toMatchObject({
      status: 403,
      body: { code: 'parameter_locked', detail: expect.stringContaining('in the layer application') },
    });
    expect((await put(owner, { layer: 'application' })).status).toBe(200);
  });

  it('is no more free in the form of a release', async () => {
    const input = { applicationId: daemon, environmentId: prod, images: image, parameters: folder };
    for (const who of [developer, owner]) {
      expect(await ask(who, { method: 'POST', url: '/releases', payload: input })).toMatchObject({
        status: 403,
        body: { code: 'parameter_locked', errors: [{ pointer: '/parameters/hostPaths' }] },
      });
    }
  });
});

describe('a release', () => {
  const rendered = async (id: unknown) => {
    const { items } = await call(owner, { method: 'GET', url: `/releases/${id}/objects` });
    return Object.fromEntries(
      (items as { cluster: string; kind: string; manifest: string }[])
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ cluster, manifest }) => [cluster, manifest]),
    );
  };

  it('of images alone has the version that is followed and the layers that are kept, per target', async () => {
    const made = await release(deployer);
    expect(made.status, JSON.stringify(made.body)).toBe(202);
    expect(made.body).toMatchObject({
      template: expect.stringContaining('web-service'),
      parameters: { port: 9000, replicas: 4 },
    });
    const manifests = await rendered(made.body.id);
    expect(manifests.alpha).toContain('replicas: 6');
    expect(manifests.beta).toContain('replicas: 4');
    expect(manifests.beta).toContain('containerPort: 9000');
    await end();
  });

  it('with parameters keeps them as the layer of its environment', async () => {
    const made = await release(developer, { parameters: { replicas: 8 } });
    expect(made.status, JSON.stringify(made.body)).toBe(202);
    await end();
    const { items } = await call(developer, { method: 'GET', url: `/applications/${applicationId}/parameters` });
    expect((items as object[])[3]).toMatchObject({
      layer: 'environment',
      revision: 4,
      value: { replicas: 8 },
      author: expect.any(String),
    });
    const again = await release(deployer);
    expect((await rendered(again.body.id)).beta).toContain('replicas: 8');
    await end();
  });

  it('with other parameters needs the permission to write them; with the same it does not', async () => {
    expect(await release(deployer, { parameters: { replicas: 9 } })).toMatchObject({ status: 403 });
    expect((await release(deployer, { parameters: { replicas: 8 } })).status).toBe(202);
    await end();
    // As stored: in another order than it was typed.
    const [env, cpu] = [
      { LONG_NAME: '1', A: '2' },
      { memory: '1Gi', cpu: '1' },
    ];
    expect((await release(developer, { parameters: { resources: cpu, env, replicas: 8 } })).status).toBe(202);
    await end();
    expect((await release(deployer, { parameters: { replicas: 8, env, resources: cpu } })).status).toBe(202);
    await end();
    const { items } = await call(developer, { method: 'GET', url: `/applications/${applicationId}/parameters` });
    expect((items as { revision: number }[])[3]?.revision).toBe(5);
  });

  it('of a withdrawn version, a draft or another project’s template is refused; putting one back is not', async () => {
    const files = (name: string) => ({
      'template.yaml': `name: ${name}\nversion: 1.0.0\n`,
      'schema.json': '{"type":"object","additionalProperties":false,"properties":{}}',
      'manifests/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "${app.name}" }\n',
    });
    const environments = [{ environmentId: prod }];
    const id = String(
      (await call(owner, { method: 'POST', url: '/applications', payload: { projectId, slug: 'small', environments } }))
        .id,
    );
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files: files('settings') } });
    const input = { applicationId: id, environmentId: prod, images: {}, templateVersionId: draft.id };
    const refusal = (code: string, status = 409) => ({ status, body: { code } });
    expect(await ask(owner, { method: 'POST', url: '/releases', payload: input })).toMatchObject(
      refusal('template_not_published'),
    );
    await call(owner, {
      method: 'POST',
      url: `/template-versions/${draft.id}/publish`,
      payload: { sha256: draft.sha256 },
    });
    const made = await call(owner, { method: 'POST', url: '/releases', payload: input });
    await end();
    await call(owner, {
      method: 'POST',
      url: `/template-versions/${draft.id}/withdraw`,
      payload: { reason: 'It was a mistake' },
    });
    const withdrawn = await ask(owner, { method: 'POST', url: '/releases', payload: input });
    expect(withdrawn).toMatchObject(refusal('template_withdrawn'));
    expect(withdrawn.body.detail).toContain('It was a mistake');
    expect((await ask(owner, { method: 'POST', url: `/releases/${made.id}/rollback`, payload: {} })).status).toBe(202);
    await end();
    const other = String((await call(owner, { method: 'POST', url: '/projects', payload: { slug: 'other' } })).id);
    const theirs = await call(owner, {
      method: 'POST',
      url: '/templates',
      payload: { projectId: other, files: files('theirs') },
    });
    await call(owner, {
      method: 'POST',
      url: `/template-versions/${theirs.id}/publish`,
      payload: { sha256: theirs.sha256 },
    });
    expect(
      await ask(owner, { method: 'POST', url: '/releases', payload: { ...input, templateVersionId: theirs.id } }),
    ).toMatchObject(refusal('not_found', 404));
  });

  it('S24 names every image it renders: those inside of raw manifests too', async () => {
    const change = { registries: ['registry.example.com/shop'] };
    expect((await owner.request({ method: 'PATCH', url: `/projects/${projectId}`, payload: change })).status).toBe(200);
    const environments = [{ environmentId: prod }];
    const id = String(
      (await call(owner, { method: 'POST', url: '/applications', payload: { projectId, slug: 'bare', environments } }))
        .id,
    );
    const pod = (from: string) => ({
      manifests: `apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: { containers: [{ name: a, image: "${from}" }] }\n`,
    });
    const input = { applicationId: id, environmentId: prod, images: {}, templateVersionId: versions.raw };
    const outside = await ask(owner, {
      method: 'POST',
      url: '/releases',
      payload: { ...input, parameters: pod('evil.test/miner:1') },
    });
    expect(outside).toMatchObject({
      status: 403,
      body: { code: 'image_not_allowed', errors: [{ pointer: '/parameters' }] },
    });
    expect(
      (
        await ask(owner, {
          method: 'POST',
          url: '/releases',
          payload: { ...input, parameters: pod('registry.example.com/shop/a:1') },
        })
      ).status,
    ).toBe(202);
  });
});
