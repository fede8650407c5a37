// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let projectId: string;
let projectAdmin: Person;
let stranger: Person;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  projectId = String((await call(owner, { method: 'POST', url: '/projects', payload: { slug: 'shop' } })).id);
  const other = String((await call(owner, { method: 'POST', url: '/projects', payload: { slug: 'other' } })).id);
  projectAdmin = await addPerson(test, 'admin');
  await addGrant(test, projectAdmin, 'project-admin', { kind: 'project', id: projectId });
  stranger = await addPerson(test, 'stranger');
  await addGrant(test, stranger, 'project-admin', { kind: 'project', id: other });
});
afterAll(() => test.close());

type Who = Pick<SignedInClient, 'request'>;
type Ask = { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; url: string; payload?: object };
const ask = (who: Who, request: Ask) => who.request(request);

async function call(who: Who, request: Ask) {
  const { status, body } = await ask(who, request);
  expect(status, `${request.method} ${request.url}: ${JSON.stringify(body)}`).toBeLessThan(300);
  return body;
}

const schema = (properties: object) => JSON.stringify({ type: 'object', additionalProperties: false, properties });
const text = { type: 'string', maxLength: 20, default: 'hello', title: 'Text' };
const filesOf = (name: string, version = '1.0.0', more: Record<string, string> = {}): Record<string, string> => ({
  'template.yaml': `name: ${name}\ntitle: A ${name}\nversion: ${version}\n`,
  'schema.json': schema({ text }),
  'manifests/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "${app.name}" }\ndata: { text: "${params.text}" }\n',
  ...more,
});

const published = async (name: string, version = '1.0.0', more: Record<string, string> = {}) => {
  const draft = await call(owner, {
    method: 'POST',
    url: '/templates',
    payload: { files: filesOf(name, version, more) },
  });
  return call(owner, {
    method: 'POST',
    url: `/template-versions/${draft.id}/publish`,
    payload: { sha256: draft.sha256 },
  });
};

describe('the catalogue', () => {
  it('offers the built-in templates first, with version and number of applications', async () => {
    const { items } = await call(owner, { method: 'GET', url: '/templates' });
    expect((items as object[])[0]).toMatchObject({
      name: 'web-service',
      builtIn: true,
      latestVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      versions: 1,
      drafts: 0,
      applications: 0,
    });
    expect((items as object[]).length).toBe(8);
  });

  it('shows a template with its versions', async () => {
    const { items } = await call(owner, { method: 'GET', url: '/templates' });
    const { id } = (items as { id: string }[])[0] ?? { id: '' };
    const template = await call(owner, { method: 'GET', url: `/templates/${id}` });
    expect(template.items).toMatchObject([{ state: 'published', users: [] }]);
  });
});

describe('a template of one’s own', () => {
  it('begins as a draft, is saved, published, and never changes after that', async () => {
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('greeter') } });
    expect(draft).toMatchObject({ name: 'greeter', version: '1.0.0', state: 'draft' });
    const files = filesOf('greeter', '1.0.1');
    const saved = await call(owner, {
      method: 'PUT',
      url: `/template-versions/${draft.id}`,
      payload: { files, sha256: draft.sha256 },
    });
    expect(saved).toMatchObject({ version: '1.0.1', state: 'draft' });
    const made = await call(owner, {
      method: 'POST',
      url: `/template-versions/${draft.id}/publish`,
      payload: { sha256: saved.sha256 },
    });
    expect(made).toMatchObject({ state: 'published', publishedAt: expect.any(String) });
    const late = await ask(owner, {
      method: 'PUT',
      url: `/template-versions/${draft.id}`,
      payload: { files, sha256: saved.sha256 },
    });
    expect(late).toMatchObject({ status: 409, body: { code: 'template_not_draft' } });
    const gone = await ask(owner, { method: 'DELETE', url: `/template-versions/${draft.id}` });
    expect(gone).toMatchObject({ status: 409, body: { code: 'template_not_draft' } });
    const changes = [
      "files = '{}'::jsonb",
      "sha256 = 'x'",
      "version = '9.9.9'",
      "state = 'draft'",
      "published_at = now() - interval '1 day'",
    ];
    for (const change of changes) {
      const update = test.database.pool.query(`UPDATE template_version SET ${change} WHERE version = '1.0.1'`);
      await expect(update, change).rejects.toThrow('cannot be changed');
    }
    await expect(test.database.pool.query("DELETE FROM template_version WHERE version = '1.0.1'")).rejects.toThrow(
      'changed',
    );
  });

  it('is not written over what somebody else saved meanwhile', async () => {
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('shared') } });
    const mine = { files: filesOf('shared', '1.0.1'), sha256: draft.sha256 };
    await call(owner, { method: 'PUT', url: `/template-versions/${draft.id}`, payload: mine });
    const theirs = await ask(owner, {
      method: 'PUT',
      url: `/template-versions/${draft.id}`,
      payload: {
        ...mine,
        files: filesOf('shared', '1.0.2'),
      },
    });
    expect(theirs).toMatchObject({ status: 409, body: { code: 'draft_changed' } });
    const unseen = await ask(owner, {
      method: 'POST',
      url: `/template-versions/${draft.id}/publish`,
      payload: { sha256: draft.sha256 },
    });
    expect(unseen).toMatchObject({ status: 409, body: { code: 'draft_changed' } });
  });

  it('thrown away as a draft is gone, and its name is free again', async () => {
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('passing') } });
    expect((await ask(owner, { method: 'DELETE', url: `/template-versions/${draft.id}` })).status).toBe(204);
    expect((await ask(owner, { method: 'GET', url: `/templates/${draft.templateId}` })).status).toBe(404);
    await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('passing') } });
  });

  it('has a name of its own, one that stays', async () => {
    await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('taken') } });
    expect(await ask(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('taken') } })).toMatchObject(
      {
        status: 409,
        body: { code: 'template_exists', errors: [{ pointer: '/files/template.yaml' }] },
      },
    );
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('steady') } });
    const renamed = { files: filesOf('restless'), sha256: draft.sha256 };
    expect(await ask(owner, { method: 'PUT', url: `/template-versions/${draft.id}`, payload: renamed })).toMatchObject({
      status: 422,
      body: { code: 'template_invalid', detail: expect.stringContaining('A name stays') },
    });
  });

  it('may be wrong while it is a draft, and says where', async () => {
    const files = filesOf('broken', '1.0.0', { 'manifests/map.yaml': 'a: [1' });
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files } });
    expect(draft.problem).toMatchObject({ file: 'manifests/map.yaml' });
    expect(
      await ask(owner, { method: 'POST', url: '/templates', payload: { files: { 'template.yaml': 'name: 1' } } }),
    ).toMatchObject({
      status: 422,
      body: { code: 'template_invalid' },
    });
  });

  it('built in is followed by none of one’s own', async () => {
    const { items } = await call(owner, { method: 'GET', url: '/templates' });
    const { id } = (items as { id: string }[])[0] ?? { id: '' };
    const mine = await ask(owner, {
      method: 'POST',
      url: `/templates/${id}/versions`,
      payload: { files: filesOf('web-service', '9.0.0') },
    });
    expect(mine).toMatchObject({ status: 409, body: { code: 'template_built_in' } });
  });
});

describe('publishing', () => {
  const publish = async (files: Record<string, string>) => {
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files } });
    return ask(owner, {
      method: 'POST',
      url: `/template-versions/${draft.id}/publish`,
      payload: { sha256: draft.sha256 },
    });
  };
  const pod = '{ spec: { containers: [{ name: a, image: "registry.example.com/a:1" }] } }';
  const deployment = `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec: { replicas: 1, template: ${pod} }\n`;

  it.each<[string, Record<string, string>, string]>([
    ['does not load', { 'manifests/map.yaml': 'a: yes' }, 'template_invalid'],
    ['breaks rules without a reason', { 'manifests/map.yaml': deployment }, 'lint_failed'],
    ['differs from its golden tests', { 'tests/one.yaml': 'layers: {}\nmanifests: []\n' }, 'golden_failed'],
  ])('refuses what %s, with everything that is wrong', async (_case, more, code) => {
    const refused = await publish(filesOf(`odd-${code.replaceAll('_', '-')}`, '1.0.0', more));
    expect(refused).toMatchObject({ status: 422, body: { code } });
    expect(refused.body.errors).toContainEqual({ pointer: '/files', code, detail: expect.any(String) });
  });

  it('wants a version above the newest, and a step as large as the change', async () => {
    const first = await published('stepper');
    const next = (version: string, more: Record<string, string> = {}) =>
      ask(owner, {
        method: 'POST',
        url: `/templates/${first.templateId}/versions`,
        payload: { files: filesOf('stepper', version, more) },
      });
    expect(await next('1.0.0')).toMatchObject({ status: 409, body: { code: 'version_exists' } });
    const publishNext = async (version: string, more: Record<string, string> = {}) => {
      const { body } = await next(version, more);
      return ask(owner, {
        method: 'POST',
        url: `/template-versions/${body.id}/publish`,
        payload: { sha256: body.sha256 },
      });
    };
    expect(await publishNext('0.9.0')).toMatchObject({ status: 422, body: { code: 'version_not_newer' } });
    const renamed = {
      'schema.json': schema({ words: text }),
      'manifests/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "${app.name}" }\ndata: { text: "${params.words}" }\n',
    };
    expect(await publishNext('1.1.0', renamed)).toMatchObject({
      status: 422,
      body: { code: 'version_too_small', detail: expect.stringContaining('needs a major one') },
    });
    expect((await publishNext('2.0.0', renamed)).status).toBe(200);
    const { items } = await call(owner, { method: 'GET', url: `/templates/${first.templateId}` });
    expect((items as { version: string }[]).map(({ version }) => version)).toEqual([
      '2.0.0',
      '1.1.0',
      '1.0.0',
      '0.9.0',
    ]);
  });

  it('is deprecated, then withdrawn, each with a reason; another one is offered instead', async () => {
    const first = await published('fading');
    const deprecate = (reason: string) =>
      ask(owner, { method: 'POST', url: `/template-versions/${first.id}/deprecate`, payload: { reason } });
    expect((await deprecate('')).status).toBe(422);
    expect(await deprecate('Take 2.0.0 instead')).toMatchObject({ status: 200, body: { state: 'deprecated' } });
    expect(await deprecate('Once more')).toMatchObject({ status: 409, body: { code: 'template_not_published' } });
    const withdrawn = await call(owner, {
      method: 'POST',
      url: `/template-versions/${first.id}/withdraw`,
      payload: { reason: 'It leaks' },
    });
    expect(withdrawn).toMatchObject({ state: 'withdrawn', reason: 'It leaks' });
    const { items } = await call(owner, { method: 'GET', url: '/templates' });
    expect((items as { name: string }[]).find(({ name }) => name === 'fading')).not.toHaveProperty('latestVersionId');
  });
});

describe('trying files out', () => {
  it('renders what is not saved yet, and says which file or parameter is wrong', async () => {
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('tried') } });
    const render = (payload: object) =>
      call(owner, { method: 'POST', url: `/template-versions/${draft.id}/render`, payload: payload });
    const files = filesOf('tried', '1.0.0', {
      'manifests/more.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more }\n',
    });
    const parameters = { text: 'a: b' };
    const { objects } = await render({ files, parameters });
    expect((objects as { name: string }[]).map(({ name }) => name)).toEqual(['sample', 'more']);
    expect((objects as { manifest: string }[])[0]?.manifest).toContain('text: "a: b"');
    expect(await render({ parameters: { text: 'x'.repeat(21) } })).toMatchObject({
      objects: [],
      errors: [{ pointer: '/text' }],
    });
    const wrong = filesOf('tried', '1.0.0', { 'manifests/map.yaml': 'a: "${params.nope}"' });
    expect(await render({ files: wrong })).toMatchObject({ problem: { file: 'manifests/map.yaml' }, objects: [] });
    const list = `[${Array.from({ length: 50 }, (_, index) => index)}]`;
    const loop = (name: string, each: string) => `{ $for: "${name} in ${list}", $each: ${each} }`;
    const endless = filesOf('tried', '1.0.0', {
      'manifests/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: { a: ${loop('a', loop('b', loop('c', 'x')))} }\n`,
    });
    expect((await render({ files: endless })).problem).toMatchObject({
      code: 'render_too_large',
      file: 'manifests/map.yaml',
    });
  });

  it('says what lint, golden tests and compatibility find', async () => {
    const first = await published('judged', '1.0.0', { 'tests/one.yaml': 'layers: {}\nmanifests: []\n' }).catch(
      () => undefined,
    );
    expect(first).toBeUndefined();
    const draft = await call(owner, { method: 'POST', url: '/templates', payload: { files: filesOf('judging') } });
    const files = filesOf('judging', '1.0.0', { 'tests/one.yaml': 'layers: {}\nmanifests: []\n' });
    const report = await call(owner, {
      method: 'POST',
      url: `/template-versions/${draft.id}/lint`,
      payload: { files },
    });
    expect(report).toMatchObject({
      lint: [],
      golden: [{ file: 'tests/one.yaml', ok: false }],
      blockers: [expect.any(String)],
    });
    const [{ renewed } = { renewed: '' }] = report.golden as { renewed: string }[];
    const mended = { files: { ...files, 'tests/one.yaml': renewed } };
    expect(
      await call(owner, { method: 'POST', url: `/template-versions/${draft.id}/lint`, payload: mended }),
    ).toMatchObject({ blockers: [] });
  });
});

describe('a template of a project', () => {
  it('is seen and changed by those of the project, and does not exist for others', async () => {
    const draft = await call(projectAdmin, {
      method: 'POST',
      url: '/templates',
      payload: { projectId, files: filesOf('ours') },
    });
    const done = await call(projectAdmin, {
      method: 'POST',
      url: `/template-versions/${draft.id}/publish`,
      payload: { sha256: draft.sha256 },
    });
    const names = async (who: Who) =>
      ((await call(who, { method: 'GET', url: '/templates' })).items as { name: string }[]).map(({ name }) => name);
    expect(await names(projectAdmin)).toContain('ours');
    expect(await names(stranger)).not.toContain('ours');
    for (const [method, url, payload] of [
      ['GET', `/templates/${done.templateId}`, undefined],
      ['GET', `/template-versions/${done.id}`, undefined],
      ['POST', `/template-versions/${done.id}/render`, {}],
      ['POST', `/template-versions/${done.id}/lint`, {}],
      ['POST', `/template-versions/${done.id}/withdraw`, { reason: 'Mine now' }],
      ['POST', `/templates/${done.templateId}/versions`, { files: filesOf('ours', '1.1.0') }],
    ] as const)
      expect(
        (await ask(stranger, { method, url, ...(payload === undefined ? {} : { payload }) })).status,
        `${method} ${url}`,
      ).toBe(404);
  });

  it('is all that a project may write: the installation’s are not its own', async () => {
    expect(
      (await ask(projectAdmin, { method: 'POST', url: '/templates', payload: { files: filesOf('everybodys') } }))
        .status,
    ).toBe(403);
    const mine = await published('fleetwide');
    const withdraw = await ask(projectAdmin, {
      method: 'POST',
      url: `/template-versions/${mine.id}/withdraw`,
      payload: {
        reason: 'Away with it',
      },
    });
    expect(withdraw.status).toBe(403);
  });
});
