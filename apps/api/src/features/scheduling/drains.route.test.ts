import type { Drain, DrainPlan } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toUuid } from '../../platform/ids.ts';
import type { Loop } from '../../platform/jobs/loop.ts';
import { addGrant, addPerson } from '../../testing/people.ts';
import type { SignedInClient } from '../../testing/test-app.ts';
import { type DrainedCluster, type LivePod, startDrainedCluster } from './drained-cluster.fixture.ts';
import { startDrainLoop } from './drains.jobs.ts';
import { DrainLostError } from './evict-pods.ts';

let world: DrainedCluster;
let owner: SignedInClient;
let id: string;
const workers = new Set<Loop>();

beforeAll(async () => {
  world = await startDrainedCluster();
  ({ owner, id } = world);
}, 90_000);
afterAll(async () => {
  await Promise.all([...workers].map((worker) => worker.stop()));
  await world.close();
});

const patient = { timeout: 60_000, interval: 100 };
const timing = { lookMs: 50, idleMs: 50, retrySeconds: 0.2 };

/** A worker that drains. @param change what of its store is another */
function startWorker(change: Partial<DrainedCluster['test']['composition']['drainsStore']> = {}): Loop {
  const { database, access, audit, connections, proxyRecords, drainsStore, logger } = world.test.composition;
  const store = { ...drainsStore, ...change };
  const worker = startDrainLoop({ database, access, audit, connections, records: proxyRecords, store, logger, timing });
  workers.add(worker);
  return worker;
}
async function stop(worker: Loop): Promise<void> {
  await worker.stop();
  workers.delete(worker);
}

const uidOf = async (node: string) => (await world.node(node)).metadata.uid;
function ask(method: 'GET' | 'POST', where: string, payload?: object, client = owner) {
  return client.request({ method, url: where, ...(payload === undefined ? {} : { payload }) });
}
const onNode = (node: string, what: string, payload?: object, client = owner) =>
  ask(payload === undefined ? 'GET' : 'POST', `/clusters/${id}/nodes/${node}/${what}`, payload, client);
const accepts = ['empty_dir_data', 'bare_pod'];

async function startDrain(node: string, wish: object = { accepts }, client = owner): Promise<Drain> {
  const { status, body } = await onNode(node, 'drain', { uid: await uidOf(node), ...wish }, client);
  expect(status, JSON.stringify(body)).toBe(202);
  return body as unknown as Drain;
}
async function read(drain: Drain): Promise<Drain> {
  return (await ask('GET', `/drains/${drain.id}`)).body as unknown as Drain;
}
async function untilOver(drain: Drain): Promise<Drain> {
  await expect.poll(async () => (await read(drain)).state, patient).not.toBe('running');
  return read(drain);
}
const podOf = (drain: Drain, name: string | RegExp) =>
  drain.pods.find((pod) => (typeof name === 'string' ? pod.name === name : name.test(pod.name)));
async function uncordon(node: string): Promise<void> {
  expect(await onNode(node, 'uncordon', { uid: await uidOf(node) })).toMatchObject({ status: 204 });
}
/** How often a drain got the cluster to let a pod of the name go. */
async function evictionsOf(name: string): Promise<number> {
  return (await trail('scheduling:drain')).filter(
    ({ target, reason, outcome }) => target.name === name && reason === 'outcome' && outcome === 'allowed',
  ).length;
}
/** Everything runs again: budgets count what is ready alone. */
async function untilSettled(): Promise<void> {
  const isReady = (pod: LivePod) =>
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  await expect.poll(async () => (await world.pods()).filter((pod) => !isReady(pod)).length, patient).toBe(0);
  await expect.poll(async () => (await world.pods()).length, patient).toBeGreaterThanOrEqual(5);
}
async function trail(
  action: string,
): Promise<{ outcome: string; code?: string; reason?: string; target: { kind: string; name?: string } }[]> {
  return (await owner.request({ method: 'GET', url: `/audit?action=${action}&limit=200` })).body.items as never;
}

describe('a node (cordonNode, uncordonNode)', () => {
  it('is cordoned and taken back into use, with an intent and an outcome in the trail', async () => {
    const { metadata } = await world.node('node-a');
    const seen = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    expect(await onNode('node-a', 'cordon', seen)).toMatchObject({ status: 204 });
    expect((await world.node('node-a')).spec?.unschedulable).toBe(true);
    expect((await trail('scheduling:drain')).map(({ reason }) => reason)).toEqual(['outcome', 'intent']);
    // The version is of before: somebody changed it, in this case ourselves.
    expect(await onNode('node-a', 'uncordon', seen)).toMatchObject({ status: 409, body: { code: 'object_replaced' } });
    await uncordon('node-a');
    expect((await world.node('node-a')).spec?.unschedulable).toBeUndefined();
  });

  it('that is another one, or none, is not touched', async () => {
    expect(await onNode('node-a', 'cordon', { uid: 'of-yesterday' })).toMatchObject({
      status: 409,
      body: { code: 'object_replaced' },
    });
    expect(await onNode('node-z', 'cordon', { uid: 'x' })).toMatchObject({
      status: 404,
      body: { code: 'object_not_found' },
    });
    expect((await world.node('node-a')).spec?.unschedulable).toBeUndefined();
  });
});

describe('a plan (planDrain)', () => {
  it('says which pods go, which stay and why, what is lost, and which budget stands in the way', async () => {
    const { status, body } = await onNode('node-a', 'drain');
    expect(status, JSON.stringify(body)).toBe(200);
    const plan = body as unknown as DrainPlan;
    expect(plan).toMatchObject({ node: { name: 'node-a', cordoned: false }, asks: accepts });
    expect(plan.pods.map(({ owner: by, skip, losses }) => [by?.kind, skip, losses])).toEqual([
      ['DaemonSet', 'daemonset', []],
      ['ReplicaSet', undefined, []],
      ['ReplicaSet', undefined, []],
      ['StatefulSet', undefined, []],
      [undefined, undefined, accepts],
    ]);
    const budget = { name: 'cart', allowed: 0, healthy: 2, needed: 2, expected: 2 };
    expect(plan.pods[1]?.budgets).toEqual([budget]);
  });

  it('of a node that is not there is refused', async () => {
    expect(await onNode('node-z', 'drain')).toMatchObject({ status: 404, body: { code: 'object_not_found' } });
  });
});

describe('a pod (evictPod)', () => {
  const evict = (name: string, payload: object, client = owner) =>
    ask('POST', `/clusters/${id}/namespaces/shop/pods/${name}/evict`, payload, client);

  it('is not evicted while its budget needs it, which is named with its numbers', async () => {
    const pod = (await world.pods()).find(({ metadata }) => metadata.labels?.app === 'cart');
    const answer = await evict(pod?.metadata.name ?? '', { uid: pod?.metadata.uid });
    expect(answer).toMatchObject({ status: 409, body: { code: 'disruption_budget' } });
    expect(answer.body.detail).toContain('The disruption budget cart needs 2 healthy pods and has 2 of 2: 0 may go.');
    expect((await world.pods()).map(({ metadata }) => metadata.uid)).toContain(pod?.metadata.uid);
  });

  it('goes only while it is the one that was seen', async () => {
    expect(await evict('db-0', { uid: 'of-yesterday' })).toMatchObject({
      status: 409,
      body: { code: 'object_replaced' },
    });
    expect(await evict('nobody', { uid: 'x' })).toMatchObject({ status: 404, body: { code: 'object_not_found' } });
    const pod = (await world.pods()).find(({ metadata }) => metadata.name === 'db-0');
    // It comes back where it was.
    await onNode('node-b', 'cordon', { uid: await uidOf('node-b') });
    expect(await evict('db-0', { uid: pod?.metadata.uid })).toMatchObject({ status: 204 });
    expect((await trail('workloads:operate'))[0]).toMatchObject({ outcome: 'allowed', reason: 'outcome' });
    await expect
      .poll(async () => {
        const next = (await world.pods()).find(({ metadata }) => metadata.name === 'db-0');
        return next?.metadata.uid !== pod?.metadata.uid && next?.spec.nodeName;
      }, patient)
      .toBe('node-a');
    await uncordon('node-b');
  }, 120_000);
});

describe('a drain (drainNode, getDrain, listDrains, cancelDrain)', () => {
  it('is refused while what would be lost is not accepted, and nothing happens', async () => {
    const answer = await onNode('node-a', 'drain', { uid: await uidOf('node-a'), accepts: ['bare_pod'] });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'not_confirmed', errors: [{ pointer: '/accepts', code: 'empty_dir_data' }] },
    });
    expect(answer.body.detail).toContain('scratch');
    expect(await onNode('node-a', 'drain', { uid: 'of-yesterday', accepts })).toMatchObject({
      status: 409,
      body: { code: 'object_replaced' },
    });
    expect((await world.node('node-a')).spec?.unschedulable).toBeUndefined();
    expect((await ask('GET', `/clusters/${id}/drains`)).body.items).toEqual([]);
  });

  it('waits for a budget, names it with its numbers, and is cancelled: the cordon alone is left', async () => {
    const worker = startWorker();
    const drain = await startDrain('node-a');
    await expect.poll(async () => podOf(await read(drain), /^cart-/)?.tries ?? 0, patient).toBeGreaterThan(2);
    await expect.poll(async () => podOf(await read(drain), 'scratch')?.state, patient).toBe('gone');
    const blocked = await read(drain);
    expect(podOf(blocked, /^cart-/)).toMatchObject({
      state: expect.stringMatching(/^(blocked|evicting)$/),
      detail: 'The disruption budget cart needs 2 healthy pods and has 2 of 2: 0 may go.',
      budget: { name: 'cart', allowed: 0, healthy: 2, needed: 2, expected: 2 },
    });
    expect(podOf(blocked, /^agent-/)).toMatchObject({ state: 'skipped', detail: 'daemonset' });
    expect(await onNode('node-a', 'drain', { uid: await uidOf('node-a'), accepts })).toMatchObject({
      status: 409,
      body: { code: 'drain_running' },
    });
    expect(await onNode('node-a', 'uncordon', { uid: await uidOf('node-a') })).toMatchObject({
      status: 409,
      body: { code: 'drain_running' },
    });
    const cancelled = await ask('POST', `/drains/${drain.id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled', detail: 'node-a stays cordoned.' } });
    expect(await ask('POST', `/drains/${drain.id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'drain_over' },
    });
    await stop(worker);
    expect((await world.node('node-a')).spec?.unschedulable).toBe(true);
    // However often they were asked about, each pod that stayed has one intent and one outcome.
    const [name = ''] = (await read(drain)).pods
      .filter(({ namespace, owner: by }) => namespace && by?.kind === 'ReplicaSet')
      .map((pod) => pod.name);
    const records = (await trail('scheduling:drain')).filter(({ target }) => target.name === name);
    expect(records.map(({ reason, outcome, code }) => [reason, outcome, code])).toEqual([
      ['outcome', 'failed', 'not_evicted'],
      ['intent', 'allowed', undefined],
    ]);
    await uncordon('node-a');
  }, 120_000);

  it('evicts all that its budgets let go, and is done', async () => {
    await world.guard(0);
    const worker = startWorker();
    const drain = await startDrain('node-a', {});
    const over = await untilOver(drain);
    await stop(worker);
    expect(over).toMatchObject({ state: 'done', detail: '2 pods left node-a, which stays cordoned.' });
    expect((await trail('scheduling:drain'))[0]).toMatchObject({
      target: { kind: 'node', name: 'node-a' },
      reason: 'outcome',
    });
    await uncordon('node-a');
    await untilSettled();
  }, 120_000);

  it('goes on with another worker where one was killed between two evictions, and nothing new is evicted', async () => {
    const before = new Map((await world.pods()).map(({ metadata }) => [metadata.name, metadata.uid]));
    const evictedBefore = await evictionsOf('db-0');
    let evictions = 0;
    // As one that is killed: it evicted once, and neither writes nor releases anything any more.
    const dying = startWorker({
      async intend(drain, uid) {
        evictions += 1;
        if (evictions > 1) throw new DrainLostError();
        return world.test.composition.drainsStore.intend(drain, uid);
      },
      put: async () => {},
      release: async () => false,
      renew: async () => false,
    });
    const drain = await startDrain('node-b', {});
    await expect.poll(() => evictions, patient).toBeGreaterThan(1);
    await stop(dying);
    await world.test.database.pool.query(
      "UPDATE scheduling_drain SET lease_until = clock_timestamp() - interval '1 minute' WHERE id = $1",
      [toUuid(drain.id)],
    );
    const worker = startWorker();
    const over = await untilOver(drain);
    await stop(worker);
    expect(over).toMatchObject({ state: 'done', detail: '3 pods left node-b, which stays cordoned.' });
    const planned = over.pods.filter(({ state }) => state === 'gone').map(({ uid }) => uid);
    const evicted = [...before].filter(([name]) => !name.startsWith('agent')).map(([, uid]) => uid);
    expect(planned.toSorted()).toEqual(evicted.toSorted());
    // What came in their place stays, also under the same name.
    await expect
      .poll(async () => (await world.pods()).find(({ metadata }) => metadata.name === 'db-0')?.spec.nodeName, patient)
      .toBe('node-a');
    expect((await evictionsOf('db-0')) - evictedBefore).toBe(1);
    await uncordon('node-b');
  }, 120_000);

  it('ends when somebody takes the node back into use, or when it is gone, and says so', async () => {
    await world.guard(2);
    const worker = startWorker();
    const first = await startDrain('node-a', {});
    await expect.poll(async () => (await read(first)).listed, patient).toBe(true);
    await world.admin('PATCH', '/api/v1/nodes/node-a', { spec: { unschedulable: null } });
    expect(await untilOver(first)).toMatchObject({ state: 'failed', code: 'uncordoned' });
    const second = await startDrain('node-a', {});
    await expect.poll(async () => (await read(second)).listed, patient).toBe(true);
    await world.replaceNode('node-a');
    expect(await untilOver(second)).toMatchObject({ state: 'failed', code: 'node_gone' });
    await stop(worker);
    expect((await world.node('node-a')).spec?.unschedulable).toBeUndefined();
    const { body } = await ask('GET', `/clusters/${id}/drains?node=node-a`);
    expect((body.items as Drain[]).slice(0, 2).map(({ code }) => code)).toEqual(['node_gone', 'uncordoned']);
  }, 120_000);

  it('ends when its patience does, and names what stayed', async () => {
    const drain = await startDrain('node-a', { patienceSeconds: 30 });
    const worker = startWorker();
    await expect.poll(async () => podOf(await read(drain), /^cart-/)?.state, patient).toBe('blocked');
    await world.test.database.pool.query('UPDATE scheduling_drain SET deadline_at = now() WHERE id = $1', [
      toUuid(drain.id),
    ]);
    const over = await untilOver(drain);
    await stop(worker);
    expect(over).toMatchObject({ state: 'failed', code: 'patience_over' });
    expect(over.detail).toMatch(/^2 pods did not go in time: shop\/cart-.*, shop\/cart-.*/);
    await uncordon('node-a');
  }, 120_000);
});

describe('who may', () => {
  it('S22 a drain is found, read, cancelled and begun by nobody without the right there, whatever ids they guess', async () => {
    const drain = await startDrain('node-a', {});
    const reader = await addPerson(world.test, 'rita');
    await addGrant(world.test, reader, 'viewer');
    const stranger = await addPerson(world.test, 'stan');
    const project = await owner.request({ method: 'GET', url: '/projects' });
    const [{ id: projectId = '' } = {}] = project.body.items as { id: string }[];
    await addGrant(world.test, stranger, 'project-admin', { kind: 'project', id: projectId });
    const uid = await uidOf('node-a');
    for (const [person, status] of [
      [reader, 403],
      [stranger, 404],
    ] as const) {
      for (const answer of [
        await ask('GET', `/drains/${drain.id}`, undefined, person),
        await ask('POST', `/drains/${drain.id}/cancel`, undefined, person),
        await ask('GET', `/clusters/${id}/drains`, undefined, person),
        await onNode('node-a', 'drain', undefined, person),
        await onNode('node-a', 'drain', { uid, accepts }, person),
        await onNode('node-a', 'cordon', { uid }, person),
        await onNode('node-a', 'uncordon', { uid }, person),
      ])
        expect([answer.status, answer.body.code]).toEqual([status, status === 403 ? 'forbidden' : 'not_found']);
    }
    expect((await read(drain)).state).toBe('running');
    await ask('POST', `/drains/${drain.id}/cancel`);
  });

  it('S22 a drain stops where whoever it acts for may not do it any more', async () => {
    const sre = await addPerson(world.test, 'sara');
    const grant = await addGrant(world.test, sre, 'sre', { kind: 'cluster', id });
    const drain = await startDrain('node-a', {}, sre);
    await owner.request({ method: 'DELETE', url: `/access/grants/${grant}` });
    const before = await world.pods();
    const worker = startWorker();
    expect(await untilOver(drain)).toMatchObject({ state: 'failed', code: 'actor_lost_permission' });
    await stop(worker);
    expect((await world.pods()).map(({ metadata }) => metadata.uid)).toEqual(
      before.map(({ metadata }) => metadata.uid),
    );
    expect((await world.node('node-a')).spec?.unschedulable).toBeUndefined();
  }, 120_000);

  it('is the cluster’s own word, too', async () => {
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/quarterdeck-operators-base';
    const { rules } = (await world.admin('GET', role)) as { rules: object[] };
    const sre = await addPerson(world.test, 'otto');
    await addGrant(world.test, sre, 'sre', { kind: 'cluster', id });
    await world.admin('PATCH', role, { rules: [] });
    const uid = await uidOf('node-a');
    const refused = { code: 'cluster_forbidden', detail: expect.stringContaining('its own roles say no') };
    await expect
      .poll(async () => (await onNode('node-a', 'cordon', { uid }, sre)).body, patient)
      .toMatchObject(refused);
    expect((await trail('scheduling:drain'))[0]).toMatchObject({ outcome: 'failed', code: 'cluster_forbidden' });
    await uncordon('node-a');
    const worker = startWorker();
    expect(await untilOver(await startDrain('node-a', {}, sre))).toMatchObject({
      state: 'failed',
      code: 'cluster_forbidden',
      detail: expect.stringContaining('The cluster does not let Otto do this'),
    });
    await stop(worker);
    await world.admin('PATCH', role, { rules });
  }, 120_000);
});

it('a cluster that goes away is waited for and said, and refused at the door', async () => {
  const drain = await startDrain('node-a', {});
  await world.cluster.stopApiServer();
  const worker = startWorker();
  await expect.poll(async () => (await read(drain)).code, patient).toBe('cluster_unreachable');
  expect((await read(drain)).state).toBe('running');
  expect(await onNode('node-a', 'cordon', { uid: 'x' })).toMatchObject({
    status: 503,
    body: { code: 'cluster_unreachable' },
  });
  await world.cluster.startApiServer();
  await expect.poll(async () => (await read(drain)).listed, patient).toBe(true);
  await ask('POST', `/drains/${drain.id}/cancel`);
  await stop(worker);
}, 120_000);
