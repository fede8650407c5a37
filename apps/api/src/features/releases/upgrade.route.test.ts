// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { createUpgrades, previewUpgrades, type UpgradePreview } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** Three applications of one template, in two projects; nothing is dialled. */
let test: TestApp;
let owner: SignedInClient;
let developer: Person;
let viewer: Person;
let stranger: Person;
const versions: Record<string, string> = {};
const ids: Record<string, string> = {};

type Who = Pick<SignedInClient, 'request'>;
async function post(url: string, payload: object, who: Who = owner): Promise<Record<string, unknown>> {
  const { status, body } = await who.request({ method: 'POST', url, payload });
  expect(status, `${url}: ${JSON.stringify(body)}`).toBeLessThan(300);
  return body;
}

/** 1.1.0 has one field more, 2.0.0 wants a parameter that nobody gave. */
const filesOf = (version: string): Record<string, string> => {
  const isMajor = version === '2.0.0';
  const properties = { text: { type: 'string', maxLength: 20, default: 'hi' }, size: { type: 'string', maxLength: 9 } };
  const schema = {
    type: 'object',
    additionalProperties: false,
    properties,
    ...(isMajor ? { required: ['size'] } : {}),
  };
  const more = version === '1.0.0' ? '' : ', more: "yes"';
  return {
    'template.yaml': `name: greeter\nversion: ${version}\n`,
    'schema.json': JSON.stringify(schema),
    'manifests/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "\${app.name}" }\ndata: { text: "\${params.text}"${more} }\n`,
    'tests/one.yaml': `layers: { application: { size: small } }\nmanifests:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: { name: sample, namespace: demo-staging, labels: { app.kubernetes.io/name: sample, app.kubernetes.io/managed-by: quarterdeck, quarterdeck.dev/application: sample, quarterdeck.dev/environment: staging } }\n    data: { text: hi${more} }\n`,
  };
};

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: ['127.0.0.1/32:1'] });
  owner = await claimAsOwner(test);
  for (const slug of ['alpha', 'beta']) {
    const access = { kind: 'token', server: 'https://127.0.0.1:1', token: 'none' };
    await post('/clusters', { slug, access, acceptUnverified: true });
  }
  let templateId: unknown;
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
    const files = filesOf(version);
    const url = templateId === undefined ? '/templates' : `/templates/${templateId}/versions`;
    const draft = await post(url, { files });
    templateId = draft.templateId;
    await post(`/template-versions/${draft.id}/publish`, { sha256: draft.sha256 });
    versions[version] = String(draft.id);
  }
  for (const slug of ['shop', 'bank']) {
    ids[slug] = String((await post('/projects', { slug })).id);
    const rules = ['alpha', 'beta'].map((cluster) => ({ selector: { cluster }, namespace: `${slug}-prod` }));
    const environment = { name: 'prod', tier: 'production', rules };
    ids[`${slug}-prod`] = String((await post(`/projects/${ids[slug]}/environments`, environment)).id);
  }
  for (const [project, slug] of [
    ['shop', 'cart'],
    ['shop', 'idle'],
    ['bank', 'till'],
  ] as const) {
    const environments = [{ environmentId: ids[`${project}-prod`] }];
    ids[slug] = String((await post('/applications', { projectId: ids[project], slug, environments })).id);
    const templateVersionId = versions['1.0.0'];
    if (slug === 'idle') {
      const url = `/applications/${ids.idle}/template`;
      await owner.request({ method: 'PUT', url, payload: { templateVersionId } });
    } else {
      const environmentId = ids[`${project}-prod`];
      await post('/releases', { applicationId: ids[slug], environmentId, templateVersionId, images: {} });
    }
  }
  developer = await addPerson(test, 'dev');
  await addGrant(test, developer, 'developer', { kind: 'project', id: ids.shop ?? '' });
  viewer = await addPerson(test, 'viewer');
  await addGrant(test, viewer, 'viewer', { kind: 'project', id: ids.bank ?? '' });
  await addGrant(test, viewer, 'developer', { kind: 'project', id: ids.shop ?? '' });
  stranger = await addPerson(test, 'stranger');
});
afterAll(() => test.close());

const look = (who: Who, version: string) =>
  who.request({ method: 'GET', url: previewUpgrades.path.replace(':id', versions[version] ?? '') });
const preview = async (who: Who, version = '1.1.0') => {
  const { status, body } = await look(who, version);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as unknown as UpgradePreview;
};
const upgrade = (who: Who, items: object[], headers: Record<string, string> = {}, version = '1.1.0') =>
  who.request({
    method: 'POST',
    url: createUpgrades.path.replace(':id', versions[version] ?? ''),
    payload: { items },
    headers,
  });
const seen = ({ items }: UpgradePreview, application: string) => {
  const item = items.find((one) => one.application === application);
  return {
    applicationId: item?.applicationId,
    environmentId: item?.environmentId,
    contentSha256: item?.contentSha256 ?? '0'.repeat(64),
  };
};

describe('a new version, for all who follow an older one', () => {
  it('is shown as one change where it changes the same, over applications and clusters', async () => {
    const { items, changes, total } = await preview(owner);
    expect(total).toBe(3);
    expect(items.map(({ application, from, state, clusters }) => [application, from, state, clusters])).toEqual([
      ['till', '1.0.0', 'changes', ['alpha', 'beta']],
      ['cart', '1.0.0', 'changes', ['alpha', 'beta']],
      ['idle', '1.0.0', 'not_deployed', []],
    ]);
    expect(changes).toMatchObject([
      { change: 'change', kind: 'ConfigMap', objects: 4, fields: [{ pointer: '/data/more', after: '"yes"' }] },
    ]);
    expect(items.map((item) => item.changes)).toEqual([[0], [0], []]);
  });

  it('is refused where it wants a parameter that nobody gave, which it names', async () => {
    const { items } = await preview(owner, '2.0.0');
    expect(items[0]).toMatchObject({
      state: 'refused',
      problem: { code: 'parameters_invalid', errors: [{ pointer: '/parameters/size' }] },
    });
  });

  it('shows nobody an application that they may not read', async () => {
    expect((await preview(developer)).items.map(({ application }) => application)).toEqual(['cart', 'idle']);
    const { status } = await look(stranger, '1.1.0');
    expect(status).toBe(403);
    const forViewer = await preview(viewer);
    expect(forViewer.items.map(({ application, state, problem }) => [application, state, problem?.code])).toEqual([
      ['till', 'refused', 'forbidden'],
      ['cart', 'changes', undefined],
      ['idle', 'not_deployed', undefined],
    ]);
  });

  it('is released by each one’s rights: what is refused keeps nothing else from its release', async () => {
    const all = await preview(owner);
    const items = ['till', 'cart', 'idle'].map((slug) => seen(all, slug));
    const key = { 'idempotency-key': 'upgrade-them-all' };
    const { status, body } = await upgrade(viewer, items, key);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        items: [
          { problem: { code: 'forbidden' } },
          { release: { number: 2 } },
          { problem: { code: 'nothing_deployed' } },
        ],
      },
    });
    const again = await upgrade(viewer, items, key);
    expect(again.body).toEqual(body);
    const foreign = await upgrade(developer, [seen(all, 'till')]);
    expect(foreign.body.items).toMatchObject([{ problem: { code: 'not_found' } }]);
    const { items: pins } = (await owner.request({ method: 'GET', url: `/applications/${ids.cart}/template` })).body;
    expect(pins).toMatchObject([{ version: '1.1.0' }]);
    expect((await preview(owner)).items.map(({ application }) => application)).toEqual(['till', 'idle']);
    const { items: made } = (await owner.request({ method: 'GET', url: `/releases?application=${ids.till}` })).body;
    expect(made).toHaveLength(1);
  });

  it('is not released when it is not what was seen', async () => {
    const till = { ...seen(await preview(owner), 'till'), contentSha256: 'f'.repeat(64) };
    expect((await upgrade(owner, [till])).body.items).toMatchObject([{ problem: { code: 'preview_outdated' } }]);
  });

  it('has to be published', async () => {
    const files = { ...filesOf('1.1.0'), 'template.yaml': 'name: greeter\nversion: 3.0.0\n' };
    const { templateId } = (await owner.request({ method: 'GET', url: `/template-versions/${versions['1.0.0']}` }))
      .body;
    const draft = await post(`/templates/${templateId}/versions`, { files });
    versions.draft = String(draft.id);
    const refusal = { status: 409, body: { code: 'template_not_published' } };
    expect(await look(owner, 'draft')).toMatchObject(refusal);
    expect(await upgrade(owner, [seen(await preview(owner), 'till')], {}, 'draft')).toMatchObject(refusal);
  });
});
