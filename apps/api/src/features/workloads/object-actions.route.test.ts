import type { ClusterClient } from '@quarterdeck/kubernetes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson } from '../../testing/people.ts';
import type { SignedInClient, TestApp } from '../../testing/test-app.ts';
import { type ShopCluster, startShopCluster } from './shop-cluster.fixture.ts';

type Live = {
  metadata: { uid: string; labels?: Record<string, string> };
  spec: { replicas?: number; template?: { metadata?: { annotations?: Record<string, string> } } };
};

let shop: ShopCluster;
let test: TestApp;
let owner: SignedInClient;
let id: string;
let admin: ClusterClient;

beforeAll(async () => {
  shop = await startShopCluster();
  ({ test, owner, id, admin } = shop);
  await shop.put('/api/v1/namespaces/shop/secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'database' },
    data: { password: 'aHVudGVyMg==' },
  });
  await shop.put('/api/v1/namespaces/shop/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', labels: { app: 'cart', old: 'yes' } },
  });
});
afterAll(() => shop.close());

const cartPath = '/apis/apps/v1/namespaces/shop/deployments/cart';
const settingsPath = '/api/v1/namespaces/shop/configmaps/settings';

async function live(path: string): Promise<Live | undefined> {
  const answer = await admin.request<Live>({ method: 'GET', path, identity: 'self' });
  return answer.status === 200 ? answer.body : undefined;
}
async function uidOf(path: string): Promise<string> {
  return (await live(path))?.metadata.uid ?? '';
}
async function shopPods(): Promise<{ name: string; uid: string }[]> {
  const pods = await admin.request<{ items: { metadata: { name: string; uid: string } }[] }>({
    method: 'GET',
    path: '/api/v1/namespaces/shop/pods',
    identity: 'self',
  });
  return pods.body.items.map(({ metadata }) => metadata);
}
function ask(method: 'POST' | 'PATCH' | 'DELETE', where: string, payload?: object, client = owner) {
  const body = payload === undefined ? {} : { payload };
  return client.request({ method, url: `/clusters/${id}/namespaces/${where}`, ...body });
}
async function trail(action: string) {
  const { body } = await owner.request({ method: 'GET', url: `/audit?action=${action}&limit=20` });
  return body.items as { reason?: string; outcome: string; changes?: { path: string; after?: unknown }[] }[];
}

describe('a workload (restartWorkload, scaleWorkload)', () => {
  it('is restarted: its pods get a new template, and the trail has the intent and the outcome', async () => {
    const answer = await ask('POST', 'shop/workloads/deployments/cart/restart', { uid: await uidOf(cartPath) });
    expect(answer.status, JSON.stringify(answer.body)).toBe(204);
    const cart = await live(cartPath);
    expect(cart?.spec.template?.metadata?.annotations).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
    const records = await trail('workloads:operate');
    expect(records.map(({ reason }) => reason)).toEqual(['outcome', 'intent']);
    expect(records[0]?.changes).toContainEqual({ path: 'restartedAt', after: expect.stringMatching(/^20/) });
  });

  it('is scaled, and the answer says from what to what', async () => {
    const uid = await uidOf(cartPath);
    const { status, body } = await ask('POST', 'shop/workloads/deployments/cart/scale', { uid, replicas: 3 });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toEqual({ before: 2, after: 3, warnings: [] });
    expect((await live(cartPath))?.spec.replicas).toBe(3);
  });

  it('that is another one by now is not touched', async () => {
    const before = await live(cartPath);
    const answer = await ask('POST', 'shop/workloads/deployments/cart/scale', { uid: 'of-yesterday', replicas: 9 });
    expect(answer).toMatchObject({ status: 409, body: { code: 'object_replaced' } });
    expect(await live(cartPath)).toEqual(before);
  });

  it('of a kind that has no replicas, or with too many, is refused at the door', async () => {
    const uid = await uidOf(cartPath);
    expect(await ask('POST', 'shop/workloads/daemonsets/cart/scale', { uid, replicas: 1 })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: 'params/plural' }] },
    });
    expect(await ask('POST', 'shop/workloads/deployments/cart/scale', { uid, replicas: 10_001 })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/replicas' }] },
    });
  });
});

describe('an object (labelObject, deleteObject)', () => {
  it('gets and loses labels, and keeps the others', async () => {
    const uid = await uidOf(settingsPath);
    const labels = { team: 'shop', old: null };
    const answer = await ask('PATCH', 'shop/objects/core/configmaps/settings/labels', { uid, labels });
    expect(answer.status, JSON.stringify(answer.body)).toBe(204);
    expect((await live(settingsPath))?.metadata.labels).toEqual({ app: 'cart', team: 'shop' });
    expect((await trail('workloads:edit'))[0]?.changes).toContainEqual({ path: 'labels/team', after: 'shop' });
  });

  it('is not labelled with what Kubernetes takes for no label', async () => {
    const uid = await uidOf(settingsPath);
    const answer = await ask('PATCH', 'shop/objects/core/configmaps/settings/labels', { uid, labels: { 'a b': 'x' } });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/labels', detail: 'a b is no name of a label' }] },
    });
  });

  it('is deleted only while it is the one that was seen', async () => {
    expect(await ask('DELETE', 'shop/objects/core/configmaps/settings?uid=other')).toMatchObject({ status: 409 });
    expect(await live(settingsPath)).toBeDefined();
    const uid = await uidOf(settingsPath);
    expect(await ask('DELETE', `shop/objects/core/configmaps/settings?uid=${uid}`)).toMatchObject({ status: 204 });
    expect(await live(settingsPath)).toBeUndefined();
    expect(await ask('DELETE', `shop/objects/core/configmaps/settings?uid=${uid}`)).toMatchObject({
      status: 404,
      body: { code: 'object_not_found' },
    });
  });
});

describe('a deed that is only asked about (previewDeed)', () => {
  const preview = (where: string, uid: string, deed: object, client = owner) =>
    ask('POST', `${where}/previews`, { uid, deed }, client);
  const cart = 'shop/objects/apps/deployments/cart';

  it('is put to the cluster, changes nothing there, and leaves nothing in the trail', async () => {
    const before = await live(cartPath);
    const uid = await uidOf(cartPath);
    const trailed = (await trail('workloads:operate')).length;
    const scaled = await preview(cart, uid, { kind: 'scale', replicas: 5 });
    expect(scaled).toMatchObject({ status: 200, body: { replicas: { before: 3, after: 5 }, warnings: [] } });
    expect(scaled.body.refusal).toBeUndefined();
    for (const deed of [{ kind: 'restart' }, { kind: 'label', labels: { team: 'x' } }, { kind: 'delete' }])
      expect((await preview(cart, uid, deed)).body).toEqual({ warnings: [] });
    expect(await live(cartPath)).toEqual(before);
    expect(await trail('workloads:operate')).toHaveLength(trailed);
  });

  it('names what made the object', async () => {
    const pod = (await shopPods())[0];
    const answer = await preview(`shop/objects/core/pods/${pod?.name}`, String(pod?.uid), { kind: 'delete' });
    expect(answer.body).toMatchObject({ owner: { kind: 'ReplicaSet', name: expect.stringMatching(/^cart-/) } });
  });

  it('tells what the deed would be refused with, the cluster’s own no among it', async () => {
    expect(await preview(cart, 'of-yesterday', { kind: 'delete' })).toMatchObject({
      status: 200,
      body: { refusal: { code: 'object_replaced' } },
    });
    const role = await uidOf('/apis/rbac.authorization.k8s.io/v1/clusterroles/view');
    const where = '_/objects/rbac.authorization.k8s.io/clusterroles/view';
    expect(await preview(where, role, { kind: 'delete' })).toMatchObject({
      status: 200,
      body: { refusal: { code: 'cluster_forbidden' } },
    });
  });

  it('S22 asks for the deed’s own right, and the deed must be one that the kind knows', async () => {
    const reader = await addPerson(test, 'rita');
    await addGrant(test, reader, 'viewer');
    const uid = await uidOf(cartPath);
    expect(await preview(cart, uid, { kind: 'scale', replicas: 0 }, reader)).toMatchObject({
      status: 200,
      body: { refusal: { code: 'forbidden', detail: expect.stringContaining('workloads:operate') } },
    });
    expect(await preview('shop/objects/core/configmaps/settings', uid, { kind: 'restart' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: 'params/plural' }] },
    });
    expect(await preview(cart, uid, { kind: 'explode' })).toMatchObject({ status: 422 });
  });
});

describe('who may (deletePod among them)', () => {
  it('S22 is asked for what the kind needs: a Secret is not labelled by the right to edit alone', async () => {
    const role = await owner.request({
      method: 'POST',
      url: '/access/roles',
      payload: {
        name: 'Editor',
        permissions: ['workloads:edit', 'clusters:read', 'inventory:read'],
        scopes: ['fleet'],
      },
    });
    expect(role.status, JSON.stringify(role.body)).toBe(201);
    const editor = await addPerson(test, 'eva');
    await addGrant(test, editor, String(role.body.id));
    const uid = await uidOf('/api/v1/namespaces/shop/secrets/database');
    const answer = await ask('PATCH', 'shop/objects/core/secrets/database/labels', { uid, labels: { a: 'b' } }, editor);
    expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining('workloads:write-secrets') } });
    expect(await ask('DELETE', `shop/objects/core/secrets/database?uid=${uid}`, undefined, editor)).toMatchObject({
      status: 403,
    });
    expect(await ask('DELETE', `_/objects/core/namespaces/shop?uid=x`, undefined, editor)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('clusters:administer') },
    });
  });

  it('operates without editing: a pod is deleted by who may operate', async () => {
    const pod = (await shopPods())[0];
    expect(pod).toBeDefined();
    expect(await ask('DELETE', `shop/pods/${pod?.name}?uid=${pod?.uid}`)).toMatchObject({ status: 204 });
  });
});
