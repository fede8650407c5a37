import {
  type FaultProxy,
  hang,
  startFaultProxy,
  startSimulated,
  type TestCluster,
  throttle,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

type Answer = {
  items: { name: string; cluster: string }[];
  clusters: { slug: string; state: string; asOf?: string }[];
};

/** In order: the product with one cluster behind a bad network, and one beside it that is well. */
describe('a cluster behind a bad network', () => {
  let fleet: Awaited<ReturnType<typeof startSimulated>>;
  let proxy: FaultProxy;
  let test: TestApp;
  let owner: SignedInClient;
  let worker: RunningWorker;
  let id: string;
  const bad = () => fleet.clusters[0] as TestCluster;
  const well = () => fleet.clusters[1] as TestCluster;

  beforeAll(async () => {
    fleet = await startSimulated({ count: 2 });
    proxy = await startFaultProxy(bad());
    const allow = [proxy.server, well().server].map((server) => `127.0.0.1/32:${new URL(server).port}`);
    test = await createTestApp({ clusterAddressAllow: allow });
    owner = await claimAsOwner(test);
    worker = await startWorker(test.composition);
    for (const [slug, kubeconfig] of [
      ['bad', proxy.kubeconfig],
      ['well', well().kubeconfig],
    ] as const) {
      const registered = await registerKubeconfig(owner, slug, kubeconfig);
      if (slug === 'bad') id = registered;
    }
  });
  afterAll(async () => {
    await worker.close();
    await test.close();
    await proxy.close();
    await fleet.stop();
  });

  const makeNamespace = (cluster: TestCluster, name: string) =>
    cluster.request('POST', '/api/v1/namespaces', { metadata: { name } });
  const list = async (): Promise<Answer> => {
    const { status, body } = await owner.request({
      method: 'GET',
      url: '/inventory/objects?plural=namespaces&limit=200',
    });
    expect(status).toBe(200);
    return body as unknown as Answer;
  };
  const isListed = async (name: string) => (await list()).items.some((item) => item.name === name);
  const stateOf = async (slug: string) => (await list()).clusters.find((cluster) => cluster.slug === slug)?.state;
  const readLive = () =>
    owner.request({ method: 'GET', url: `/clusters/${id}/namespaces/_/objects/core/namespaces/default` });

  it('that is slow and sliced to single bytes is listed and watched all the same', async () => {
    proxy.network.delay(1, 2);
    await waitFor(
      'both to be live',
      async () => (await stateOf('bad')) === 'live' && (await stateOf('well')) === 'live',
    );
    await makeNamespace(bad(), 'slow-but-there');
    await waitFor('the namespace', () => isListed('slow-but-there'));
    await proxy.heal();
  });

  /** Seen failing with `overloadOf` left out: `cluster_unreachable` and five seconds, whatever the cluster asked for. */
  it('F04 passes its Retry-After on to whoever asked', async () => {
    proxy.answers.answer(throttle(7), ({ path }) => path === '/api/v1/namespaces/default');
    expect(await readLive()).toMatchObject({
      status: 503,
      headers: { 'retry-after': '7' },
      body: { code: 'cluster_busy', retryAfterSeconds: 7 },
    });
    await proxy.heal();
    expect((await readLive()).status).toBe(200);
  });

  it('F08 that takes connections and answers nothing is shown as cut off, with its rows and their age', async () => {
    proxy.network.silence('all');
    await waitFor('it to be cut off', async () => (await stateOf('bad')) === 'cut_off');
    const answer = await list();
    expect(answer.items.map(({ name }) => name)).toContain('slow-but-there');
    expect(answer.clusters.find(({ slug }) => slug === 'bad')?.asOf).toBeDefined();
    expect(answer.clusters.find(({ slug }) => slug === 'well')?.state).toBe('live');
    await makeNamespace(well(), 'made-meanwhile');
    await waitFor('the other to be followed', () => isListed('made-meanwhile'));
  });

  /** Seen failing with `awayStates` empty: the first request waits, and reaches the cluster. */
  it('F02 is dialled by its probe alone, whoever looks', async () => {
    await waitFor('its watches to be gone', async () => {
      const { rows } = await test.database.pool.query(
        "SELECT FROM inventory_stream s JOIN clusters_cluster c ON c.number = s.cluster_no WHERE c.slug = 'bad' AND s.state IN ('streaming', 'syncing')",
      );
      return rows.length === 0;
    });
    // It takes requests now, so that they can be counted, and still answers none.
    proxy.answers.answer(hang());
    proxy.network.heal();
    const before = proxy.answers.asked.length;
    for (let count = 0; count < 50; count += 1)
      expect(await readLive()).toMatchObject({ status: 503, body: { code: 'cluster_unreachable' } });
    await waitFor('a probe', () => proxy.answers.asked.length > before);
    expect(new Set(proxy.answers.asked.slice(before).map(({ path }) => path))).toEqual(new Set(['/readyz']));
  });

  it('is followed again when it comes back, with what happened meanwhile', async () => {
    await makeNamespace(bad(), 'while-away');
    await proxy.heal();
    proxy.network.reset();
    await waitFor('it to be live', async () => (await stateOf('bad')) === 'live');
    await waitFor('the namespace', () => isListed('while-away'));
  });
});
