import type { WorkloadRevisions } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant, addPerson, principalOf } from '../../testing/people.ts';
import type { SignedInClient } from '../../testing/test-app.ts';
import { type ShopCluster, startShopCluster } from './shop-cluster.fixture.ts';
import { createWorkloadRollouts } from './workload-rollouts.ts';

let shop: ShopCluster;
let owner: SignedInClient;
let id: string;

const apps = '/apis/apps/v1/namespaces/shop';
const image = (tag: string) => `registry.example.com/shop/cart:${tag}`;

beforeAll(async () => {
  shop = await startShopCluster();
  ({ owner, id } = shop);
  const labels = { app: 'search' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: image('1.0.0') }] } };
  await shop.put(`${apps}/statefulsets`, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'search' },
    spec: { replicas: 1, serviceName: 'search', selector: { matchLabels: labels }, template },
  });
  await shop.put('/apis/batch/v1/namespaces/shop/cronjobs', {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly' },
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
    },
  });
});
afterAll(() => shop.close());

type Live = { metadata: { uid: string }; spec: Record<string, unknown> & { template?: object } };
async function live(path: string): Promise<Live> {
  return (await shop.admin.request<Live>({ method: 'GET', path, identity: 'self' })).body;
}
async function patch(path: string, spec: object): Promise<void> {
  const contentType = 'application/strategic-merge-patch+json';
  const { status } = await shop.admin.request({ method: 'PATCH', path, identity: 'self', body: { spec }, contentType });
  expect(status).toBe(200);
}
const useImage = (path: string, tag: string) =>
  patch(path, { template: { spec: { containers: [{ name: 'app', image: image(tag) }] } } });

const ask = (method: 'GET' | 'POST', what: string, payload?: object, headers = {}, client = owner) =>
  client.request({
    method,
    url: `/clusters/${id}/namespaces/shop/workloads/${what}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
async function revisionsOf(what: string): Promise<WorkloadRevisions> {
  const { status, body } = await ask('GET', `${what}/revisions`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as unknown as WorkloadRevisions;
}
async function trail() {
  const { body } = await owner.request({ method: 'GET', url: '/audit?action=workloads:operate&limit=50' });
  return body.items as { reason?: string; changes?: object[] }[];
}

describe.each([
  { kind: 'a Deployment', what: 'deployments/cart' },
  { kind: 'a StatefulSet', what: 'statefulsets/search' },
])('revisions of $kind (listWorkloadRevisions, rollBackWorkload)', ({ what }) => {
  const path = `${apps}/${what}`;

  it('are told newest first, with what going back to each would change, images first', async () => {
    await expect.poll(async () => (await revisionsOf(what)).items.length).toBe(1);
    await useImage(path, '2.0.0');
    await expect.poll(async () => (await revisionsOf(what)).items.length).toBe(2);
    const { items, paused, uid } = await revisionsOf(what);
    expect({ paused, uid }).toEqual({ paused: false, uid: (await live(path)).metadata.uid });
    const [newest, first] = items;
    expect(newest).toMatchObject({ images: [image('2.0.0')], current: true, changes: [] });
    expect(first).toMatchObject({ images: [image('1.0.0')], current: false });
    expect(first?.changes).toEqual([
      {
        path: '.spec.containers[name="app"].image',
        before: JSON.stringify(image('2.0.0')),
        after: JSON.stringify(image('1.0.0')),
      },
    ]);
  });

  it('are gone back to, once for a key, and the trail has the images before and after', async () => {
    const { items, uid } = await revisionsOf(what);
    const revision = items.at(-1)?.revision;
    const key = { 'idempotency-key': `back-${what.replace('/', '-')}` };
    const before = (await trail()).length;
    const answers = [];
    for (const _time of [1, 2]) answers.push(await ask('POST', `${what}/rollback`, { uid, revision }, key));
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 200, body: { before: [image('2.0.0')], after: [image('1.0.0')] } });
    expect((await live(path)).spec.template).toMatchObject({ spec: { containers: [{ image: image('1.0.0') }] } });
    expect(JSON.stringify((await live(path)).spec.template)).not.toMatch(/pod-template-hash|\$patch/);
    const records = await trail();
    expect(records).toHaveLength(before + 2);
    expect(records[0]).toMatchObject({
      reason: 'outcome',
      changes: expect.arrayContaining([
        { path: 'revision', after: revision },
        { path: 'images', before: image('2.0.0'), after: image('1.0.0') },
      ]),
    });
  });

  it('that are not kept, or there already, are refused with what there is', async () => {
    await expect.poll(async () => (await revisionsOf(what)).items[0]?.current).toBe(true);
    const { items, uid } = await revisionsOf(what);
    expect(await ask('POST', `${what}/rollback`, { uid, revision: 77 })).toMatchObject({
      status: 422,
      body: {
        code: 'revision_not_found',
        detail: expect.stringContaining('it keeps '),
        errors: [{ pointer: '/revision' }],
      },
    });
    expect(await ask('POST', `${what}/rollback`, { uid, revision: items[0]?.revision })).toMatchObject({
      status: 422,
      body: { code: 'revision_current' },
    });
    expect(await ask('POST', `${what}/rollback`, { uid: 'of-yesterday', revision: 1 })).toMatchObject({
      status: 409,
      body: { code: 'object_replaced' },
    });
  });
});

describe('a rollback', () => {
  const workload = { namespace: 'shop', plural: 'deployments', name: 'cart' } as const;
  const cart = `${apps}/deployments/cart`;
  const rollouts = (change: Partial<Parameters<typeof createWorkloadRollouts>[0]>) => {
    const { access, connections, objectActions: actions } = shop.test.composition;
    const found = { access, connections, actions, findRelease: async () => undefined, releaseFieldManager: 'r' };
    return createWorkloadRollouts({ ...found, ...change });
  };
  const boss = async () => {
    const person = await addPerson(shop.test, `boss-${Math.random().toString(36).slice(2)}`);
    await addGrant(shop.test, person, 'owner');
    return { principal: principalOf(person), via: 'session' as const };
  };

  it('of what a release of ours put there is sent to that release, and changes nothing', async () => {
    const release = { id: 'rel_x', number: 12, project: 'shop', application: 'cart', environment: 'prod' };
    const before = await live(cart);
    const to = { uid: before.metadata.uid, revision: 2 };
    const actor = await boss();
    await expect(
      rollouts({ findRelease: async () => ({ release }) }).rollBack(actor, { clusterId: id, ...workload }, to),
    ).rejects.toMatchObject({
      code: 'release_owned',
      message: expect.stringContaining('/applications/shop/cart/prod/releases/12'),
    });
    // Whoever may not read it hears that there is one, and not which.
    const hidden = rollouts({ findRelease: async () => ({}) }).rollBack(actor, { clusterId: id, ...workload }, to);
    await expect(hidden).rejects.toMatchObject({
      code: 'release_owned',
      message: expect.not.stringContaining('shop/cart'),
    });
    expect(await live(cart)).toEqual(before);
    expect(
      await rollouts({ findRelease: async () => ({ release }) }).revisions(actor.principal, {
        clusterId: id,
        ...workload,
      }),
    ).toMatchObject({
      owner: { kind: 'release', release: { number: 12 } },
    });
  });

  /** Seen failing without the `test` of the template: what came meanwhile was gone. */
  it('does not put away a template that nobody compared', async () => {
    const { access, connections, objectActions } = shop.test.composition;
    const { items, uid } = await revisionsOf('deployments/cart');
    const revision = items.find(({ current }) => !current)?.revision ?? 0;
    const overtaken = rollouts({
      access,
      connections,
      actions: {
        perform: (actor, address, of, change) =>
          objectActions.perform(actor, address, of, {
            ...change,
            async body(now) {
              const made = typeof change.body === 'function' ? await change.body(now) : change.body;
              await useImage(cart, '3.0.0');
              return made;
            },
          }),
      },
    });
    await expect(
      overtaken.rollBack(await boss(), { clusterId: id, ...workload }, { uid, revision }),
    ).rejects.toMatchObject({
      code: 'object_replaced',
    });
    expect((await live(cart)).spec.template).toMatchObject({ spec: { containers: [{ image: image('3.0.0') }] } });
  });
});

describe('what can be paused (pauseWorkload, resumeWorkload)', () => {
  it.each([
    ['deployments/cart', `${apps}/deployments/cart`, 'paused'],
    ['cronjobs/nightly', '/apis/batch/v1/namespaces/shop/cronjobs/nightly', 'suspend'],
  ])('%s is, and goes on', async (what, path, field) => {
    const { uid } = (await live(path)).metadata;
    expect((await ask('POST', `${what}/pause`, { uid })).status).toBe(204);
    expect((await live(path)).spec[field]).toBe(true);
    expect((await trail())[0]).toMatchObject({
      changes: expect.arrayContaining([{ path: field, before: false, after: true }]),
    });
    if (field === 'paused') {
      expect((await revisionsOf(what)).paused).toBe(true);
      expect(await ask('POST', `${what}/rollback`, { uid, revision: 1 })).toMatchObject({
        status: 409,
        body: { code: 'rollout_paused' },
      });
    }
    expect((await ask('POST', `${what}/resume`, { uid })).status).toBe(204);
    expect((await live(path)).spec[field]).toBe(false);
  });

  it('is nothing that has no such word, and none of another uid', async () => {
    const { uid } = (await live(`${apps}/statefulsets/search`)).metadata;
    expect(await ask('POST', 'statefulsets/search/pause', { uid })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: 'params/plural' }] },
    });
    expect((await ask('POST', 'deployments/cart/pause', { uid })).body.code).toBe('object_replaced');
  });

  it('S22 asks for the right to operate, as a rollback does', async () => {
    const reader = await addPerson(shop.test, 'rita');
    await addGrant(shop.test, reader, 'viewer');
    const { uid } = (await live(`${apps}/deployments/cart`)).metadata;
    for (const [deed, body] of [
      ['pause', { uid }],
      ['resume', { uid }],
      ['rollback', { uid, revision: 1 }],
    ] as const)
      expect(await ask('POST', `deployments/cart/${deed}`, body, {}, reader)).toMatchObject({
        status: 403,
        body: { detail: expect.stringContaining('workloads:operate') },
      });
  });
});
