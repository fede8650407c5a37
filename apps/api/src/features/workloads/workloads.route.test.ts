import type { ClusterClient } from '@quarterdeck/kubernetes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, principalOf } from '../../testing/people.ts';
import { clientOf, type SignedInClient, type TestApp, testOrigin } from '../../testing/test-app.ts';
import { createPodLogs } from './pod-logs.ts';
import { type ShopCluster, startShopCluster } from './shop-cluster.fixture.ts';

let shop: ShopCluster;
let test: TestApp;
let owner: SignedInClient;
let id: string;
let admin: ClusterClient;

const password = 'hunter2-hunter2';
const encoded = Buffer.from(password).toString('base64');

beforeAll(async () => {
  shop = await startShopCluster();
  ({ test, owner, id, admin } = shop);
  await shop.put('/api/v1/namespaces/shop/secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'database',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { password: encoded } }),
        team: 'shop',
      },
    },
    data: { password: encoded },
  });
});
afterAll(() => shop.close());

const read = (where: string, client = owner) =>
  client.request({ method: 'GET', url: `/clusters/${id}/namespaces/${where}` });

describe('one object, live', () => {
  it('is what its cluster holds, without managedFields, with who wrote it', async () => {
    const { status, body } = await read('shop/objects/apps/deployments/cart');
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', masked: false, owners: [] });
    expect(body.yaml).toContain('image: registry.example.com/shop/cart:1.0.0');
    expect(body.yaml).not.toContain('managedFields');
    expect((body.managers as unknown[]).length).toBeGreaterThan(0);
  });

  it('may be cluster-wide', async () => {
    const { status, body } = await read('_/objects/core/namespaces/shop');
    expect(status).toBe(200);
    expect(body).toMatchObject({ kind: 'Namespace' });
  });

  it('S58 may be of a kind that a definition added: its conditions, whatever they hold, and who owns it', async () => {
    const definition = { group: 'example.com', plural: 'gears', kind: 'Gear', version: 'v1beta2' };
    const { group, plural, kind, version } = definition;
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await shop.put('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural, kind, singular: 'gear', listKind: 'GearList' },
        versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: open } }],
      },
    });
    // One role that an owner of the cluster makes adds a kind to what everybody there may read.
    await shop.put('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'gears', labels: { 'quarterdeck.dev/aggregate-to-viewers': 'true' } },
      rules: [{ apiGroups: [group], resources: [plural], verbs: ['get', 'list'] }],
    });
    const cart = await admin.request<{ metadata: { uid: string } }>({
      method: 'GET',
      path: '/apis/apps/v1/namespaces/shop/deployments/cart',
      identity: 'self',
    });
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart', uid: cart.body.metadata.uid };
    const ready = { type: 'Ready', status: 'False', reason: 'Stuck', lastTransitionTime: '2026-11-26T05:00:00Z' };
    await shop.put(`/apis/${group}/${version}/namespaces/shop/${plural}`, {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { name: 'first', namespace: 'shop', ownerReferences: [owner] },
      spec: { teeth: 12 },
      status: { conditions: [ready, 'no condition', null, { type: 7, status: true, message: {} }] },
    });
    const { status, body } = await read(`shop/objects/${group}/${plural}/first`);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({
      ...{ apiVersion: `${group}/${version}`, kind, owners: [owner] },
      conditions: [
        { type: 'Ready', status: 'False', reason: 'Stuck', lastTransitionAt: '2026-11-26T05:00:00.000Z' },
        { type: '', status: '' },
      ],
    });
    expect(body.yaml).toContain('teeth: 12');
  });

  it('S17 shows of a Secret the keys and no value, not the copy kubectl keeps either', async () => {
    const { status, body } = await read('shop/objects/core/secrets/database');
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.masked).toBe(true);
    expect(body.yaml).toContain('password:');
    expect(body.yaml).toContain('team: shop');
    expect(JSON.stringify(body)).not.toContain(encoded);
    expect(JSON.stringify(body)).not.toContain(password);
  });

  it('that is not there, of a group nobody serves, or of no cluster of ours, is said in words', async () => {
    expect(await read('shop/objects/core/pods/gone')).toMatchObject({
      status: 404,
      body: { code: 'object_not_found', detail: 'There is no gone among the pods in shop any more.' },
    });
    expect(await read('shop/objects/nobody.example.com/things/a')).toMatchObject({
      status: 404,
      body: { code: 'kind_unknown' },
    });
    const elsewhere = await owner.request({
      method: 'GET',
      url: '/clusters/clu_00000000000000000000000000/namespaces/shop/objects/core/pods/cart',
    });
    expect(elsewhere.status).toBe(404);
  });

  it.each([
    ['shop/objects/core/secrets%2Fdatabase/x', 'plural'],
    ['shop/objects/core/pods/..%2F..%2Fsecrets', 'name'],
    ['shop%2F..%2Fkube-system/objects/core/pods/a', 'namespace'],
    ['shop/objects/..%2F..%2Fapi/pods/a', 'group'],
  ])('of a crafted address is refused: %s', async (where, field) => {
    const { status, body } = await read(where);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.stringify(body)).toMatch(new RegExp(`${field}|not_found`));
  });

  it('is nothing for somebody who is not signed in', async () => {
    expect((await read('shop/objects/core/secrets/database', clientOf(test.app))).status).toBe(401);
  });
});

describe('the log of a pod', () => {
  it('that is opened before its container starts says what it waits for, and goes on by itself', async () => {
    const pods = '/api/v1/namespaces/shop/pods';
    // There is no node yet, so it stays as it is.
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'early' } };
    const spec = { containers: [{ name: 'app', image: 'registry.example.com/shop/cart:1.0.0' }] };
    expect((await admin.request({ method: 'POST', path: pods, identity: 'self', body: { ...pod, spec } })).status).toBe(
      201,
    );
    const heard: { type: string; text?: string }[] = [];
    const socket = await test.app.injectWS(
      `/api/v1/clusters/${id}/namespaces/shop/pods/early/logs/follow`,
      { headers: { origin: testOrigin, cookie: owner.cookie, 'sec-websocket-protocol': 'quarterdeck.logs.v1' } },
      { onInit: (early) => early.on('message', (data) => heard.push(JSON.parse(String(data)))) },
    );
    const told = { type: 'marker', text: 'The container app has not started yet: Pending.' };
    await expect.poll(() => heard).toMatchObject([told]);
    const capacity = { cpu: '8', memory: '16Gi', pods: '110' };
    const node = { metadata: { name: 'n1' }, status: { capacity, allocatable: capacity } };
    await admin.request({
      method: 'POST',
      path: '/api/v1/nodes',
      identity: 'self',
      body: { apiVersion: 'v1', kind: 'Node', ...node },
    });
    const type = (message: { type: string }) => message.type;
    await expect.poll(() => heard.map(type)).toContain('lines');
    socket.terminate();
  });

  it('that never comes is given up, with what it waited for', async () => {
    const { access, audit, connections } = test.composition;
    const logs = createPodLogs({ access, audit, connections, patience: { waitMs: 1500, pauseMs: 20 } });
    const spec = { containers: [{ name: 'app', image: 'registry.example.com/shop/cart:missing' }] };
    await admin.request({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods',
      identity: 'self',
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'never' }, spec },
    });
    const reader = await addPerson(test, 'reader');
    await addGrant(test, reader, 'owner');
    const actor = { principal: principalOf(reader), via: 'session' as const };
    const query = { clusterId: id, namespace: 'shop', pod: 'never', tailLines: 10, previous: false };
    const heard: unknown[] = [];
    const following = (async () => {
      for await (const part of logs.follow(actor, query, new AbortController().signal)) heard.push(part);
    })();
    await expect(following).rejects.toMatchObject({ code: 'logs_unavailable' });
    expect(heard.length).toBeGreaterThan(0);
  });

  it('whose container does not exist is said to have none, at once', async () => {
    const heard: { type: string }[] = [];
    const socket = await test.app.injectWS(
      `/api/v1/clusters/${id}/namespaces/shop/pods/early/logs/follow?container=none`,
      { headers: { origin: testOrigin, cookie: owner.cookie, 'sec-websocket-protocol': 'quarterdeck.logs.v1' } },
      { onInit: (early) => early.on('message', (data) => heard.push(JSON.parse(String(data)))) },
    );
    await expect.poll(() => heard).toMatchObject([{ type: 'end', code: 'logs_unavailable' }]);
    socket.terminate();
  });

  it('of a pod that is gone is said to be gone', async () => {
    const { status, body } = await owner.request({
      method: 'GET',
      url: `/clusters/${id}/namespaces/shop/pods/gone/logs`,
    });
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'pod_not_found' });
  });
});

describe('why a workload does not run (diagnoseWorkload)', () => {
  it('is told with what was seen and what to do next', async () => {
    const labels = { app: 'sick' };
    await shop.put('/apis/apps/v1/namespaces/shop/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'sick', namespace: 'shop' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'app', image: 'registry.example.com/x:missing' }] },
        },
      },
    });
    await expect
      .poll(async () => (await read('shop/workloads/deployments/sick/diagnosis')).body)
      .toMatchObject({
        state: 'in_progress',
        verdict: {
          code: expect.stringMatching(/^(image_pull|unschedulable)/),
          object: { kind: 'Pod', namespace: 'shop' },
          evidence: expect.arrayContaining([expect.any(String)]),
          nextStep: expect.any(String),
        },
      });
  });

  it('is not told of a workload that is not there, nor of another kind', async () => {
    expect(await read('shop/workloads/deployments/nope/diagnosis')).toMatchObject({
      status: 404,
      body: { code: 'object_not_found' },
    });
    expect((await read('shop/workloads/replicasets/cart/diagnosis')).status).toBe(422);
  });
});
