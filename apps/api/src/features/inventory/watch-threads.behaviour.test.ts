import type { Worker } from 'node:worker_threads';
import { type FaultProxy, startFaultProxy, startSimulated, type TestCluster, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';
import { createWatchThreads, startWatchThread } from './watch-threads.ts';

/** In order: two clusters, each in a thread of its own. */
describe('clusters that are watched in threads', () => {
  let fleet: Awaited<ReturnType<typeof startSimulated>>;
  let proxy: FaultProxy;
  let test: TestApp;
  let owner: SignedInClient;
  let worker: RunningWorker;
  const threads: Worker[] = [];
  const alpha = () => fleet.clusters[0] as TestCluster;
  const beta = () => fleet.clusters[1] as TestCluster;

  beforeAll(async () => {
    fleet = await startSimulated({ count: 2 });
    proxy = await startFaultProxy(alpha());
    const allow = [proxy.server, beta().server].map((server) => `127.0.0.1/32:${new URL(server).port}`);
    test = await createTestApp({ clusterAddressAllow: allow });
    owner = await claimAsOwner(test);
    const watches = createWatchThreads({
      database: test.database.access,
      addressAllow: allow,
      logger: test.composition.logger,
      threads: 2,
      start(setup) {
        const thread = startWatchThread(setup);
        threads.push(thread);
        return thread;
      },
    });
    worker = await startWorker(test.composition, { watches });
    for (const [slug, kubeconfig] of [
      ['alpha', proxy.kubeconfig],
      ['beta', beta().kubeconfig],
    ] as const)
      await registerKubeconfig(owner, slug, kubeconfig);
  });
  afterAll(async () => {
    await worker.close();
    await test.close();
    await proxy.close();
    await fleet.stop();
  });

  const makeNamespace = (cluster: TestCluster, name: string) =>
    cluster.request('POST', '/api/v1/namespaces', { metadata: { name } });
  const isListed = async (name: string): Promise<boolean> => {
    const { body } = await owner.request({ method: 'GET', url: '/inventory/objects?plural=namespaces&limit=200' });
    return (body.items as { name: string }[]).some((item) => item.name === name);
  };
  /** How often alpha was asked for its namespaces: by a list in either form, and to go on from a version. */
  const asked = () => {
    const all = proxy.answers.asked.filter(({ path }) => path === '/api/v1/namespaces');
    const watches = all.filter(({ isWatch }) => isWatch);
    const streamed = watches.filter(({ query }) => query.has('sendInitialEvents')).length;
    const paged = all.filter(({ query }) => query.get('limit') === '500').length;
    return { lists: streamed + paged, resumed: watches.length - streamed };
  };

  it('each lives in one of its own, while there are as many', async () => {
    await makeNamespace(alpha(), 'first');
    await makeNamespace(beta(), 'second');
    await waitFor('both', async () => (await isListed('first')) && (await isListed('second')));
    expect(threads).toHaveLength(2);
  });

  it('whose thread is lost are watched by another, which goes on from the stored version', async () => {
    const before = asked();
    await Promise.all(threads.map((thread) => thread.terminate()));
    await makeNamespace(alpha(), 'while-lost');
    await waitFor('the namespace', () => isListed('while-lost'));
    expect(threads.length).toBeGreaterThan(2);
    expect(asked()).toMatchObject({ lists: before.lists });
    expect(test.logged.some((line) => line.includes('lease of a cluster was lost'))).toBe(false);
  });
});
