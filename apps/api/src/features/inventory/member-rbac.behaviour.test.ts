import type { AddressInfo } from 'node:net';
import { type Cluster, startControlPlanes, TestbedUnavailable } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOrigin } from '../../testing/test-app.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import { compareAnswers, isCaughtUp, putRows, putWorld } from './rbac-diff.fixture.ts';
import { changeWorld, makeWorld } from './rbac-world.fixture.ts';

const fleet = await startControlPlanes({ count: 1 }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});
afterAll(() => fleet?.stop());

describe.skipIf(fleet === undefined)('who sees the rows of a real cluster', () => {
  const [cluster] = (fleet?.clusters ?? []) as [Cluster];
  let test: TestApp;
  let owner: SignedInClient;
  let viewer: Person;
  let worker: RunningWorker;
  let record: ClusterRecord;

  beforeAll(async () => {
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${new URL(cluster.server).port}`] });
    owner = await claimAsOwner(test);
    viewer = await addPerson(test, 'viewer');
    await addGrant(test, viewer, 'viewer');
    worker = await startWorker(test.composition);
    await registerKubeconfig(owner, 'member', cluster.kubeconfig);
    record = (await test.composition.clusters.records())[0] as ClusterRecord;
  });

  /** The first lists are over: none of them deletes rows that a test puts. */
  const isRead = async (): Promise<boolean> => {
    const { rows } = await test.database.pool.query<{ state: string }>(
      'SELECT DISTINCT state FROM inventory_stream WHERE cluster_no = $1',
      [record.number],
    );
    const states = rows.map(({ state }) => state);
    return states.includes('streaming') && !states.includes('syncing');
  };
  afterAll(async () => {
    await worker?.close();
    await test?.close();
  });

  const caughtUp = () =>
    expect.poll(() => isCaughtUp(test.composition, cluster, record.number), { interval: 100 }).toBe(true);

  async function namespacesSeenBy(who: SignedInClient): Promise<string[]> {
    const { body } = await who.request({ method: 'GET', url: '/inventory/objects?plural=namespaces' });
    return (body.items as { name: string }[]).map(({ name }) => name);
  }

  it.each([1, 2])('is what the API server itself answers, for seed %i and after a change', async (seed) => {
    const world = makeWorld(seed, { namespaces: 6, roles: 24, bindings: 50, askers: 8, names: 3 });
    await expect.poll(isRead).toBe(true);
    const { rows } = await test.database.pool.query<{ epoch: string }>(
      'SELECT epoch FROM inventory_head WHERE cluster_no = $1',
      [record.number],
    );
    await putWorld(cluster, world);
    await caughtUp();
    await putRows(test.composition, { clusterNo: record.number, epoch: String(rows[0]?.epoch) }, world);
    const changed = changeWorld(world, seed + 1000);
    for (const [round, now, before] of [
      ['first', world, undefined],
      ['changed', changed, world],
    ] as const) {
      if (before !== undefined) await putWorld(cluster, now, before);
      await caughtUp();
      // The API server reads its own RBAC from a cache that follows a moment later.
      await expect
        .poll(async () => (await compareAnswers(test.composition, cluster, record, now)).differences, {
          message: `seed ${seed}, ${round} round`,
        })
        .toEqual([]);
      const { probes, allowed } = await compareAnswers(test.composition, cluster, record, now);
      expect(probes).toBeGreaterThan(500);
      // A world where all or nothing is allowed would prove little.
      expect(allowed / probes).toBeGreaterThan(0.05);
      expect(allowed / probes).toBeLessThan(0.95);
    }
  });

  it('changes with the cluster while somebody looks: what is taken away there goes from lists and the live view', async () => {
    await expect.poll(() => namespacesSeenBy(viewer)).toContain('default');
    const live = await openLive();
    await live.until('snapshot');
    await cluster.request('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/quarterdeck-viewers');
    await live.until('resync');
    await expect.poll(() => namespacesSeenBy(viewer)).toEqual([]);
    // Who is still let in sees on.
    expect(await namespacesSeenBy(owner)).toContain('default');
    live.close();
  });

  async function openLive() {
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = test.app.server.address() as AddressInfo;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, ['quarterdeck.live.v1'], {
      headers: { cookie: viewer.cookie, origin: testOrigin },
    });
    const types: string[] = [];
    socket.on('message', (data) => types.push((JSON.parse(String(data)) as { type: string }).type));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const params = { plural: 'namespaces' };
    socket.send(JSON.stringify({ type: 'subscribe', id: 'a', view: 'inventory.objects', mode: 'set', params }));
    return {
      until: (type: string) => expect.poll(() => types).toContain(type),
      close: () => socket.close(),
    };
  }
});
