import type { ClusterClient } from '@quarterdeck/kubernetes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../testing/people.ts';
import type { SignedInClient } from '../../testing/test-app.ts';
import { addEditorAndReader, type ShopCluster, startShopCluster } from './shop-cluster.fixture.ts';

type Live = {
  metadata: { resourceVersion: string; labels?: Record<string, string>; managedFields?: { manager: string }[] };
  spec?: { replicas?: number };
  data?: Record<string, string>;
};

let shop: ShopCluster;
let owner: SignedInClient;
let id: string;
let admin: ClusterClient;
let editor: Person;
let reader: Person;

const password = 'hunter2-hunter2';
const encoded = Buffer.from(password).toString('base64');
const cart = 'shop/objects/apps/deployments/cart';
const cartPath = '/apis/apps/v1/namespaces/shop/deployments/cart';
const database = 'shop/objects/core/secrets/database';
const databasePath = '/api/v1/namespaces/shop/secrets/database';

beforeAll(async () => {
  shop = await startShopCluster();
  ({ owner, id, admin } = shop);
  await shop.put('/api/v1/namespaces/shop/secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'database' },
    data: { password: encoded, user: 'c2hvcA==' },
  });
  ({ editor, reader } = await addEditorAndReader(shop));
});
afterAll(() => shop.close());

type Editable = { yaml: string; uid: string; resourceVersion: string; masked: boolean };

async function open(where: string, client = owner): Promise<Editable> {
  const url = `/clusters/${id}/namespaces/${where}/editable`;
  const { status, body } = await client.request({ method: 'GET', url });
  expect(status, JSON.stringify(body)).toBe(200);
  return body as unknown as Editable;
}
const edited = ({ yaml, uid, resourceVersion }: Editable, from: string | RegExp, to: string) => ({
  yaml: yaml.replace(from, to),
  uid,
  resourceVersion,
});
const preview = (where: string, payload: object, client = owner) =>
  client.request({ method: 'POST', url: `/clusters/${id}/namespaces/${where}/edit-previews`, payload });
const save = (where: string, payload: object, client = owner, headers: Record<string, string> = {}) =>
  client.request({ method: 'PUT', url: `/clusters/${id}/namespaces/${where}`, payload, headers });

async function live(path: string): Promise<Live> {
  return (await admin.request<Live>({ method: 'GET', path, identity: 'self' })).body;
}
async function relabel(path: string, labels: Record<string, string>): Promise<void> {
  const answer = await admin.request({
    method: 'PATCH',
    path,
    query: { fieldManager: 'somebody' },
    identity: 'self',
    contentType: 'application/merge-patch+json',
    body: { metadata: { labels } },
  });
  expect(answer.status).toBe(200);
}
async function trail(action: string) {
  const { body } = await owner.request({ method: 'GET', url: `/audit?action=${action}&limit=20` });
  return body.items as { reason?: string; outcome: string; changes?: { path: string; after?: unknown }[] }[];
}

describe('an object as a person edits it (readEditable)', () => {
  it('is without its status and what the cluster sets', async () => {
    await expect.poll(async () => 'status' in (await live(cartPath))).toBe(true);
    const form = await open(cart);
    expect(form).toMatchObject({
      masked: false,
      owners: [],
      resourceVersion: (await live(cartPath)).metadata.resourceVersion,
    });
    expect(form.yaml).toContain('image: registry.example.com/shop/cart:1.0.0');
    expect(form.yaml).not.toMatch(/^status:|managedFields|resourceVersion|uid:|creationTimestamp/m);
  });
});

describe('what saving would come to (previewEdit)', () => {
  it('is the result beside the object, with who owns each changed field; nothing is changed nor recorded', async () => {
    await relabel(cartPath, { team: 'shop' });
    const before = await live(cartPath);
    const trailed = (await trail('workloads:edit')).length;
    const { status, body } = await preview(cart, edited(await open(cart), 'team: shop', 'team: other'));
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({
      change: 'change',
      before: expect.stringContaining('team: shop'),
      after: expect.stringContaining('team: other'),
      fields: [
        { path: '.metadata.labels.team', before: '"shop"', after: '"other"', owners: [{ manager: 'somebody' }] },
      ],
      warnings: [],
    });
    expect(body.refusal).toBeUndefined();
    expect((await live(cartPath)).metadata.labels).toEqual(before.metadata.labels);
    expect(await trail('workloads:edit')).toHaveLength(trailed);
    expect((await preview(cart, await bare(cart))).body).toMatchObject({ change: 'unchanged', fields: [] });
  });

  it('is told with the line and the field where the text is refused, by us or by the cluster', async () => {
    const form = await open(cart);
    const line = (text: string, word: string) => text.split('\n').findIndex((row) => row.includes(word)) + 1;
    const refusal = async (from: string | RegExp, to: string) => {
      const given = edited(form, from, to);
      const { body } = await preview(cart, given);
      return { ...(body.refusal as { code: string; places: { field?: string; line?: number }[] }), text: given.yaml };
    };
    const unknown = await refusal('replicas: 2', 'replicas: 2\n  replica: 3');
    expect(unknown.places).toMatchObject([{ field: 'spec.replica', line: line(unknown.text, 'replica: 3') }]);
    const unmatched = await refusal('labels:\n        app: cart', 'labels:\n        app: other');
    expect(unmatched).toMatchObject({
      code: 'invalid_object',
      places: [{ field: 'spec.template.metadata.labels', line: line(unmatched.text, 'app: other') - 1 }],
    });
    const twice = await refusal('replicas: 2', 'replicas: 2\n  replicas: 3');
    expect(twice).toMatchObject({ code: 'manifest_invalid', places: [{ line: line(twice.text, 'replicas: 3') }] });
    const bent = await refusal('kind: Deployment', 'kind: [');
    expect(bent.code).toBe('manifest_invalid');
    expect((await refusal(/^.*$/s, '# nothing')).code).toBe('manifest_invalid');
  });
});

async function bare(where: string) {
  const { yaml, uid, resourceVersion } = await open(where);
  return { yaml, uid, resourceVersion };
}

describe('an edit that is saved (saveEdit)', () => {
  it('changes the object under a manager of its own, with intent, outcome and fields in the trail', async () => {
    const given = edited(await open(cart), 'replicas: 2', 'replicas: 3');
    const { status, body } = await save(cart, given);
    expect(status, JSON.stringify(body)).toBe(200);
    const now = await live(cartPath);
    expect(body).toMatchObject({ changed: true, resourceVersion: expect.any(String), warnings: [] });
    expect(now.spec?.replicas).toBe(3);
    expect(now.metadata.managedFields?.map(({ manager }) => manager)).toContainEqual(
      expect.stringMatching(/^quarterdeck-editor\.[a-z2-7]{8}$/),
    );
    const [outcome, intent] = await trail('workloads:edit');
    expect([intent?.reason, outcome?.reason]).toEqual(['intent', 'outcome']);
    expect(outcome?.changes).toContainEqual({ path: 'fields/.spec.replicas', before: 2, after: 3 });
    expect(outcome?.changes).toContainEqual({
      path: 'fieldManager',
      after: expect.stringMatching(/^quarterdeck-editor/),
    });
  });

  it('of a version that was overtaken is not saved over the other', async () => {
    const given = edited(await open(cart), 'team: shop', 'team: mine');
    await relabel(cartPath, { team: 'theirs' });
    expect(await save(cart, given)).toMatchObject({ status: 409, body: { code: 'object_changed' } });
    expect(await preview(cart, given)).toMatchObject({ status: 409, body: { code: 'object_changed' } });
    expect((await live(cartPath)).metadata.labels?.team).toBe('theirs');
    expect(await save(cart, { ...(await bare(cart)), uid: 'of-yesterday' })).toMatchObject({
      status: 409,
      body: { code: 'object_replaced' },
    });
  });

  it('is refused with the line where the cluster refuses it', async () => {
    const before = await live(cartPath);
    const unmatched = edited(await open(cart), 'labels:\n        app: cart', 'labels:\n        app: other');
    expect(await save(cart, unmatched)).toMatchObject({
      status: 422,
      body: {
        code: 'cluster_refused',
        detail: expect.stringMatching(/^Line \d+, spec\.template\.metadata\.labels: /),
        errors: [{ pointer: '/yaml', code: 'invalid_object' }],
      },
    });
    expect(await live(cartPath)).toEqual(before);
    expect((await trail('workloads:edit'))[0]).toMatchObject({ outcome: 'failed', reason: 'outcome' });
  });

  it('S22 stays at the place that was authorised, whatever the text names', async () => {
    const before = await live(cartPath);
    for (const [from, to] of [
      ['namespace: shop', 'namespace: kube-system'],
      ['  name: cart', '  name: other'],
      ['kind: Deployment', 'kind: DaemonSet'],
    ] as const)
      expect(await save(cart, edited(await open(cart), from, to))).toMatchObject({
        status: 422,
        body: { code: 'manifest_invalid', detail: expect.stringMatching(/^Line \d+, \./) },
      });
    expect(await live(cartPath)).toEqual(before);
    const elsewhere = await admin.request({
      method: 'GET',
      path: '/apis/apps/v1/namespaces/kube-system/deployments/cart',
      identity: 'self',
    });
    expect(elsewhere.status).toBe(404);
  });

  it('is nothing that a reader can do, nor look at beforehand', async () => {
    const before = await live(cartPath);
    const given = edited(await open(cart, reader), 'replicas: 3', 'replicas: 9');
    for (const send of [save, preview])
      expect(await send(cart, given, reader)).toMatchObject({
        status: 403,
        body: { code: 'forbidden', detail: expect.stringContaining('workloads:edit') },
      });
    expect(await live(cartPath)).toEqual(before);
  });

  it('is done once for one Idempotency-Key', async () => {
    const given = edited(await open(cart), 'replicas: 3', 'replicas: 4');
    const key = { 'idempotency-key': 'one-edit-of-cart' };
    const first = await save(cart, given, owner, key);
    expect(first.status, JSON.stringify(first.body)).toBe(200);
    expect(await save(cart, given, owner, key)).toMatchObject({ status: 200, body: first.body });
    expect((await save(cart, given)).status).toBe(409);
  });
});

describe('a Secret that is edited', () => {
  const valuesOf = (client = owner) =>
    client.request({ method: 'GET', url: `/clusters/${id}/namespaces/${database}/editable?values=true` });

  it('S17 keeps the values that were not shown, and leaves none in an answer or the trail', async () => {
    const form = await open(database);
    expect(form.masked).toBe(true);
    const given = edited(form, /user: .*/, 'user: bmV3LXVzZXI=');
    const seen = await preview(database, given);
    expect(seen.body).toMatchObject({
      change: 'change',
      after: expect.stringContaining('[secret, changed]'),
      fields: [{ path: '.data.user' }],
    });
    const done = await save(database, given);
    expect(done.status, JSON.stringify(done.body)).toBe(200);
    expect((await live(databasePath)).data).toEqual({ password: encoded, user: 'bmV3LXVzZXI=' });
    const kept = JSON.stringify([form, seen.body, done.body, await trail('workloads:write-secrets')]);
    for (const value of [encoded, password, 'bmV3LXVzZXI=', 'new-user']) expect(kept).not.toContain(value);
  });

  it('S17 is never given what stands in place of a value', async () => {
    const before = await live(databasePath);
    const form = await open(database);
    for (const text of [
      form.yaml.replace('password:', 'renamed:'),
      `${form.yaml}stringData:\n  password: "[secret]"\n`,
      form.yaml.replace(/password: .*/, 'other: "[secret, changed]"'),
    ])
      expect(await save(database, { ...(await bare(database)), yaml: text })).toMatchObject({
        status: 422,
        body: { code: 'manifest_invalid', detail: expect.stringContaining('a value that is not shown') },
      });
    expect(await live(databasePath)).toEqual(before);
  });

  it('S17 shows its values to who may read them, which is recorded, and to nobody else', async () => {
    const shown = await valuesOf();
    expect(shown).toMatchObject({ status: 200, body: { masked: false, yaml: expect.stringContaining(encoded) } });
    expect((await trail('workloads:read-secrets')).map(({ reason }) => reason)).toEqual(['outcome', 'intent']);
    const refused = await valuesOf(editor);
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining('workloads:read-secrets') } });
    expect(refused.text).not.toContain(encoded);
  });

  it('S22 is not written by the right to edit alone, nor is what the whole cluster shares', async () => {
    const before = await live(databasePath);
    const given = { ...(await bare(database)), yaml: 'kind: Secret' };
    for (const send of [save, preview])
      expect(await send(database, given, editor)).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining('workloads:write-secrets') },
      });
    const namespace = '_/objects/core/namespaces/shop';
    expect(await save(namespace, await bare(namespace), editor)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('clusters:administer') },
    });
    expect(await live(databasePath)).toEqual(before);
  });
});
