import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { addCluster, type FakeCluster, podRow } from './fleet.fixture.ts';

let test: TestApp;
let owner: SignedInClient;
let alpha: FakeCluster;
let beta: FakeCluster;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  alpha = await addCluster(test, 'alpha');
  beta = await addCluster(test, 'beta');
});
afterAll(() => test.close());

const ask = (path: string) => owner.request({ method: 'GET', url: `/inventory/${path}` });

describe('the pods of namespaces (listNamespaceLoads)', () => {
  it('are counted with what they request; those that have ended hold nothing', async () => {
    await test.composition.inventoryStore.putObjects(alpha.fence, 'pods', [
      podRow('cart-1', { cpuMilli: 500, memoryBytes: 1024 }),
      podRow('cart-2', { cpuMilli: 250, health: 'failed', statusText: 'CrashLoopBackOff' }),
      podRow('job-1', { cpuMilli: 9000, facts: { phase: 'Succeeded' } }),
      podRow('feed-1', { namespace: 'media' }),
    ]);
    await test.composition.inventoryStore.putObjects(beta.fence, 'pods', [podRow('cart-1', { cpuMilli: 100 })]);
    const { status, body } = await ask('namespaces/loads?clusters=alpha');
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.items).toEqual([
      { cluster: 'alpha', namespace: 'media', pods: 1, inTrouble: 0, cpuCores: 0, memoryBytes: 0 },
      { cluster: 'alpha', namespace: 'shop', pods: 2, inTrouble: 1, cpuCores: 0.75, memoryBytes: 1024 },
    ]);
    expect(body.clusters).toMatchObject([{ slug: 'alpha' }]);
    expect(await ask('namespaces/loads?clusters=nobody')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: 'query/clusters' }] },
    });
  });
});

describe('events over time (countEvents)', () => {
  it('are counted by when they were last seen, warnings apart, within the hours', async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const event = (uid: string, minutes: number, type = 'Warning') => ({
      uid,
      namespace: 'shop',
      object: 'Pod/cart-1',
      objectUid: 'u',
      type,
      reason: 'BackOff',
      message: 'restarting',
      count: 1,
      firstAt: ago(minutes),
      lastAt: ago(minutes),
    });
    await test.composition.inventoryStore.putEvents(alpha.fence, [
      event('a', 1),
      event('b', 1, 'Normal'),
      event('c', 130),
      event('d', 60 * 30),
    ]);
    const { status, body } = await ask('events/counts?clusters=alpha&hours=24');
    expect(status, JSON.stringify(body)).toBe(200);
    const slots = body.slots as { warnings: number; others: number }[];
    expect(body.slotMinutes).toBe(30);
    expect(slots.reduce((all, { warnings }) => all + warnings, 0)).toBe(2);
    expect(slots.reduce((all, { others }) => all + others, 0)).toBe(1);
    expect(((await ask('events/counts?clusters=alpha&hours=1')).body.slots as object[]).length).toBeLessThan(3);
    expect((await ask('events/counts?clusters=beta')).body.slots).toEqual([]);
    expect((await ask('events/counts?hours=73')).status).toBe(422);
  });
});
