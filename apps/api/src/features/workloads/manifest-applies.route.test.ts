import type { ClusterClient } from '@quarterdeck/kubernetes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../testing/people.ts';
import type { SignedInClient } from '../../testing/test-app.ts';
import { addEditorAndReader, type ShopCluster, startShopCluster } from './shop-cluster.fixture.ts';

type Document = {
  verdict: string;
  line: number;
  namespace?: string;
  plural?: string;
  refusal?: { code: string; detail: string; places: { field?: string; line?: number }[] };
  conflicts: { field: string; manager: string; live?: string; ours?: string }[];
};
type Answer = { status: number; body: Record<string, unknown>; documents: Document[]; text: string };

let shop: ShopCluster;
let owner: SignedInClient;
let id: string;
let admin: ClusterClient;
let editor: Person;
let reader: Person;

beforeAll(async () => {
  shop = await startShopCluster();
  ({ owner, id, admin } = shop);
  ({ editor, reader } = await addEditorAndReader(shop));
});
afterAll(() => shop.close());

async function send(
  what: 'apply' | 'apply-previews',
  manifests: string,
  {
    client = owner,
    headers = {},
    ...more
  }: { client?: SignedInClient; headers?: Record<string, string>; namespace?: string; decisions?: object[] } = {},
): Promise<Answer> {
  const payload = { manifests, namespace: 'shop', ...more };
  const { status, body, text } = await client.request({
    method: 'POST',
    url: `/clusters/${id}/${what}`,
    payload,
    headers,
  });
  return { status, body, text, documents: (body.documents ?? []) as Document[] };
}
const configMap = (name: string, mode: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data:\n  mode: ${mode}\n`;

async function live(path: string) {
  const { status, body } = await admin.request<{
    data?: Record<string, string>;
    metadata?: { managedFields?: { manager: string }[] };
  }>({
    method: 'GET',
    path,
    identity: 'self',
  });
  return status === 200 ? body : undefined;
}
const mapPath = (name: string, namespace = 'shop') => `/api/v1/namespaces/${namespace}/configmaps/${name}`;
async function trail(action: string) {
  const { body } = await owner.request({ method: 'GET', url: `/audit?action=${action}&limit=50` });
  return body.items as { reason?: string; target: { name?: string }; changes?: { path: string; after?: unknown }[] }[];
}

describe('manifests (previewApply, applyManifests)', () => {
  it('are previewed document by document, and nothing is made', async () => {
    const text = `${configMap('one', 'a')}---\n${configMap('two', 'b')}`;
    const seen = await send('apply-previews', text);
    expect(seen.status, seen.text).toBe(200);
    expect(seen.documents).toMatchObject([
      { verdict: 'create', line: 1, namespace: 'shop', plural: 'configmaps' },
      { verdict: 'create', line: 8, namespace: 'shop', plural: 'configmaps' },
    ]);
    expect(await live(mapPath('one'))).toBeUndefined();
    expect(await trail('workloads:edit')).toEqual([]);
  });

  it('are applied each by itself: what is refused holds up no other, and the trail has all that was tried', async () => {
    const text = [
      configMap('one', 'a'),
      configMap('Bad_Name', 'x'),
      'apiVersion: example.com/v1\nkind: Gear\nmetadata: {name: g}\n',
      configMap('two', 'b'),
    ].join('---\n');
    const done = await send('apply', text);
    expect(done.documents.map(({ verdict, refusal }) => [verdict, refusal?.code])).toEqual([
      ['create', undefined],
      ['refused', expect.any(String)],
      ['refused', 'kind_unknown'],
      ['create', undefined],
    ]);
    expect((await live(mapPath('two')))?.metadata?.managedFields?.map(({ manager }) => manager)).toEqual([
      expect.stringMatching(/^quarterdeck-editor\.[a-z2-7]{8}$/),
    ]);
    expect(
      (await trail('workloads:edit')).filter(({ target }) => target.name === 'two').map(({ reason }) => reason),
    ).toEqual(['outcome', 'intent']);
    const again = await send('apply', configMap('one', 'a'));
    expect(again.documents[0]?.verdict).toBe('unchanged');
  });

  it('with a field that another manager owns are asked about: yielded, taken over, or left', async () => {
    await admin.request({
      method: 'PATCH',
      path: mapPath('shared'),
      query: { fieldManager: 'somebody', force: true },
      identity: 'self',
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { mode: 'theirs' } },
    });
    const text = configMap('shared', 'mine').replace('\ndata:\n', '\ndata:\n  other: x\n');
    const asked = await send('apply', text);
    expect(asked.documents[0]).toMatchObject({
      verdict: 'conflict',
      conflicts: [{ field: '.data.mode', manager: 'somebody', live: '"theirs"', ours: '"mine"' }],
    });
    expect((await live(mapPath('shared')))?.data).toEqual({ mode: 'theirs' });
    const about = (how: string, fields = ['.data.mode']) => ({ decisions: [{ document: 0, how, fields }] });
    expect((await send('apply', text, about('take', ['.data.other']))).documents[0]?.verdict).toBe('conflict');
    expect((await send('apply', text, about('yield'))).documents[0]?.verdict).toBe('change');
    expect((await live(mapPath('shared')))?.data).toEqual({ mode: 'theirs', other: 'x' });
    expect((await send('apply', text, about('take'))).documents[0]?.verdict).toBe('change');
    expect((await live(mapPath('shared')))?.data).toEqual({ mode: 'mine', other: 'x' });
    const [outcome] = await trail('workloads:edit');
    expect(outcome?.changes).toContainEqual({ path: 'force', after: 'true' });
  });

  it('are refused with the line where they are no manifests, or name what they cannot', async () => {
    expect(await send('apply', 'a: [')).toMatchObject({ status: 422, body: { code: 'manifest_invalid' } });
    expect(await send('apply', '# nothing')).toMatchObject({ status: 422 });
    expect(await send('apply', configMap('x', 'y', 'x: &a [1]\ny: *a\n'))).toMatchObject({
      status: 422,
      body: { detail: expect.stringMatching(/^Line 6: Aliases/) },
    });
    const many = Array.from({ length: 51 }, (_, index) => configMap(`m${index}`, 'a')).join('---\n');
    expect(await send('apply', many)).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('more than 50') },
    });
    const { documents } = await send(
      'apply-previews',
      [
        configMap('x', 'y', '  namespace: kube-system\n'),
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b}\n',
        'apiVersion: v1\nkind: List\nmetadata: {}\n',
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n',
        configMap('x', 'y', '  managedFields: []\n'),
        configMap('x', 'y').replace('\ndata:', '\ndota:'),
      ].join('---\n'),
    );
    expect(documents.map(({ verdict, refusal }) => [verdict, refusal?.places[0]?.field])).toEqual([
      ['refused', '.metadata.namespace'],
      ['refused', '.metadata.namespace'],
      ['refused', '.kind'],
      ['refused', '.metadata.name'],
      ['refused', '.metadata.managedFields'],
      ['refused', expect.stringContaining('dota')],
    ]);
    expect(documents[0]?.refusal?.places[0]?.line).toBe(5);
  });

  it('S17 never write what stands in place of a value of a Secret, and no value is told', async () => {
    const secret = (value: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData:\n  key: "${value}"\n`;
    const masked = await send('apply', secret('[secret]'));
    expect(masked.documents[0]).toMatchObject({
      verdict: 'refused',
      refusal: { places: [{ field: '.stringData.key', line: 5 }] },
    });
    expect(await live('/api/v1/namespaces/shop/secrets/token')).toBeUndefined();
    const done = await send('apply', secret('hunter2-hunter2'));
    expect(done.documents[0]?.verdict, done.text).toBe('create');
    const told = done.text + JSON.stringify(await trail('workloads:write-secrets'));
    for (const value of ['hunter2-hunter2', Buffer.from('hunter2-hunter2').toString('base64')])
      expect(told).not.toContain(value);
  });

  it('S22 go nowhere but where each document’s own place is allowed', async () => {
    const text = [
      configMap('mine', 'a'),
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: made}\n',
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: up}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: []\n',
    ].join('---\n');
    for (const what of ['apply-previews', 'apply'] as const) {
      const { documents, text: told } = await send(what, text, { client: editor });
      expect(
        documents.map(({ verdict, refusal }) => [verdict, refusal?.code]),
        told,
      ).toEqual([
        ['create', undefined],
        ['refused', 'forbidden'],
        ['refused', 'forbidden'],
        ['refused', 'forbidden'],
      ]);
    }
    expect(await live('/api/v1/namespaces/shop/secrets/s')).toBeUndefined();
    expect(await live('/api/v1/namespaces/made')).toBeUndefined();
    for (const what of ['apply-previews', 'apply'] as const)
      expect(await send(what, configMap('mine', 'b'), { client: reader })).toMatchObject({ status: 403 });
    expect((await live(mapPath('mine')))?.data).toEqual({ mode: 'a' });
  });

  it('are applied once for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'one-apply-of-once' };
    const first = await send('apply', configMap('once', 'a'), { headers: key });
    expect(first.documents[0]?.verdict).toBe('create');
    expect((await send('apply', configMap('once', 'a'), { headers: key })).documents[0]?.verdict).toBe('create');
    expect((await send('apply', configMap('once', 'a'))).documents[0]?.verdict).toBe('unchanged');
  });
});
