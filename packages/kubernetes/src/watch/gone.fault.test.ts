import {
  createRandom,
  goneByHttp,
  goneInStream,
  startControlPlanes,
  TestbedUnavailable,
  type Where,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyCluster, startFaultyCluster } from './faulty-cluster.fixture.ts';

const fleet = await startControlPlanes({ count: 1, controllers: false }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});
afterAll(() => fleet?.stop());

const isResume: Where = ({ isWatch, query }) => isWatch && !query.has('sendInitialEvents');
const isFullSync: Where = ({ path, query }) =>
  path.endsWith('/configmaps') && (query.has('sendInitialEvents') || query.get('limit') === '500');

/**
 * Seen failing: with `recover` going on to watch after 410 instead of listing (no list), and with the delete of unseen
 * rows left out of the end of a sync (ghosts, in the case of a compacted store).
 */
describe.skipIf(fleet === undefined)('F01 a version that the cluster forgot', () => {
  let faulty: FaultyCluster;
  const cluster = fleet?.clusters[0];
  beforeAll(async () => {
    if (cluster !== undefined) faulty = await startFaultyCluster(cluster, 'gone');
  });
  afterEach(() => faulty.proxy.heal());
  afterAll(() => faulty.stop());

  const fullSyncs = () => faulty.proxy.answers.asked.filter(isFullSync).length;

  it.each([
    ['by HTTP', goneByHttp],
    ['in the stream', goneInStream],
  ])('and says %s under churn: one list, and rows equal the server', async (_how, fault) => {
    const followed = faulty.follow();
    await waitFor('the watch', () => followed.states.at(-1) === 'streaming');
    const before = fullSyncs();
    const churned = faulty.churn(createRandom(1), 1500);
    await waitFor('some rows', () => followed.rows.size > 10);
    faulty.proxy.answers.answer(fault(), isResume, 1);
    faulty.proxy.network.reset();
    await churned;
    await faulty.untilTrue(followed);
    expect(fullSyncs()).toBe(before + 1);
    await followed.stop();
  });

  it('because etcd was compacted and the server began anew: deletes meanwhile are not lost', async () => {
    const followed = faulty.follow();
    await waitFor('the watch', () => followed.states.at(-1) === 'streaming');
    await faulty.churn(createRandom(2), 100);
    await faulty.untilTrue(followed);
    const before = fullSyncs();
    await faulty.proxy.network.down();
    await faulty.churn(createRandom(3), 400);
    await cluster?.stopApiServer();
    await cluster?.startApiServer();
    await cluster?.compact();
    await faulty.proxy.network.up();
    await faulty.untilTrue(followed);
    expect(fullSyncs()).toBe(before + 1);
  });
});
