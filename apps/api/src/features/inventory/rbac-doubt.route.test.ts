import { afterAll, beforeAll, expect, it } from 'vitest';
import { addGrant, addPerson, type Person, principalOf } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type TestApp } from '../../testing/test-app.ts';
import type { AskCluster, ClusterQuestion } from '../access/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import { type AccessSets, createAccessSets } from './access-sets.ts';
import { addCluster, bindingOf, dropBinding, type FakeCluster, podRow, putRbac } from './fleet.fixture.ts';
import { createRbacSampler, type RbacSampler } from './rbac-sampler.ts';

/** A cluster whose RBAC lets viewers read all, and that denies them `bank` by another authorizer. */
const pods = { id: 'pods', group: '', resource: 'pods', namespaced: true };

let test: TestApp;
let viewer: Person;
let cluster: FakeCluster;
let record: ClusterRecord;
let sets: AccessSets;
let sampler: RbacSampler;
let isStrict = true;
let asked: ClusterQuestion[] = [];
let now = 0;

const ask: AskCluster = async (_id, _who, question) => {
  asked.push(question);
  const isDenied = isStrict && (question.namespace === 'bank' || question.namespace === undefined);
  return { answer: isDenied ? 'denied' : 'allowed' };
};

beforeAll(async () => {
  test = await createTestApp();
  await claimAsOwner(test);
  viewer = await addPerson(test, 'viewer');
  await addGrant(test, viewer, 'viewer');
  cluster = await addCluster(test, 'strict');
  record = (await test.composition.clusters.records())[0] as ClusterRecord;
  const pods = ['shop', 'bank'].map((namespace) => podRow(`of-${namespace}`, { namespace }));
  await test.composition.inventoryStore.putObjects(cluster.fence, 'pods', pods);
  const { database, access, rbacStore: rbac } = test.composition;
  sets = createAccessSets({ database, access, rbac, ask });
  let step = 0;
  const random = () => {
    step += 1;
    return (step % 7) / 7;
  };
  sampler = createRbacSampler({ rbac, ask, now: () => now, random });
});
afterAll(async () => {
  sets.close();
  await test.close();
});

async function shown(): Promise<string[]> {
  const { reach, extents } = await sets.of(principalOf(viewer), pods, [record], true);
  const filter = { plural: 'pods' as const, reach };
  const rows = await test.composition.inventory.wholeSet(filter, 100);
  return [extents.get(record.number)?.trust ?? '', ...(rows ?? []).map(({ name }) => name)];
}
const doubt = async () => (await test.composition.rbacStore.states([record.number])).get(record.number)?.doubt;
/** The next time that a look is due. */
const later = () => {
  now += 11 * 60_000;
};

it('asks nothing while what is stored is behind the cluster', async () => {
  const { inventoryStore } = test.composition;
  const bindings = 'rolebindings.rbac.authorization.k8s.io';
  await inventoryStore.putStream(cluster.fence, bindings, { state: 'syncing' });
  await sampler.look(record, cluster.fence);
  expect(asked).toEqual([]);
  await inventoryStore.putStream(cluster.fence, bindings, { state: 'streaming' });
});

it('one denial of what RBAC allows, asked twice, puts a cluster in doubt', async () => {
  expect(await shown()).toEqual(['known', 'of-bank', 'of-shop']);
  await sampler.look(record, cluster.fence);
  expect(asked.length).toBeGreaterThan(0);
  expect(await doubt()).toBeUndefined();
  await sampler.look(record, cluster.fence);
  expect(await doubt()).toMatchObject({
    question: { verb: 'list' },
    groups: ['quarterdeck:members', expect.any(String)],
  });
});

it('asks at most twenty questions in ten minutes', async () => {
  asked = [];
  await sampler.look(record, cluster.fence);
  expect(asked).toEqual([]);
  later();
  await sampler.look(record, cluster.fence);
  expect(asked.length).toBeLessThanOrEqual(20);
});

it('a cluster in doubt is asked itself, namespace by namespace, and the answers are kept a while', async () => {
  await expect.poll(shown).toEqual(['doubted', 'of-shop']);
  asked = [];
  expect(await shown()).toEqual(['doubted', 'of-shop']);
  expect(asked).toEqual([]);
});

it('shows nothing that RBAC does not give, whatever the cluster answers', async () => {
  await dropBinding(test, cluster, '', 'quarterdeck-viewers');
  await expect.poll(shown).toEqual(['doubted']);
  await putRbac(test, cluster, [bindingOf('quarterdeck:viewers', '', 'quarterdeck-viewers')]);
  await expect.poll(shown).toEqual(['doubted', 'of-shop']);
});

it('does not keep a list waiting for a cluster that does not answer', async () => {
  const held: (() => void)[] = [];
  const { database, access, rbacStore: rbac } = test.composition;
  const waiting = createAccessSets({
    database,
    access,
    rbac,
    ask: (_id, _who, question) =>
      question.namespace === 'shop'
        ? Promise.resolve({ answer: 'allowed' })
        : new Promise((resolve) => held.push(() => resolve({ answer: 'allowed' }))),
  });
  await putRbac(test, cluster, [bindingOf('quarterdeck:viewers', 'shop', 'quarterdeck-viewers')]);
  await dropBinding(test, cluster, '', 'quarterdeck-viewers-of-quarterdeck:viewers');
  await putRbac(test, cluster, [bindingOf('quarterdeck:viewers', 'bank', 'quarterdeck-viewers')]);
  const seen = await waiting.of(principalOf(viewer), pods, [record], true);
  expect(seen.reach.nsNos).toHaveLength(1);
  expect(held).toHaveLength(1);
  for (const answer of held) answer();
  waiting.close();
  await putRbac(test, cluster, [bindingOf('quarterdeck:viewers', '', 'quarterdeck-viewers')]);
});

it('says so in the answer of a list', async () => {
  const { body } = await viewer.request({ method: 'GET', url: '/inventory/objects?plural=pods' });
  // This one is asked over the network, where nobody answers: what is not answered is not shown.
  expect(body).toMatchObject({
    items: [],
    clusters: [{ sight: 'none', notice: expect.stringContaining('refuses more') }],
  });
});

it('is trusted again when a round finds nothing that it denies', async () => {
  isStrict = false;
  later();
  await sampler.look(record, cluster.fence);
  expect(await doubt()).toBeUndefined();
  await expect.poll(shown).toEqual(['known', 'of-bank', 'of-shop']);
});
