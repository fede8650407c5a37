import { setTimeout as pace } from 'node:timers/promises';
import { type FaultProxy, startFaultProxy, startSimulated, type TestCluster, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** In order: a watched cluster in which something changes all the time gets one credential after another. */
describe('a new credential of a cluster under churn', () => {
  let fleet: Awaited<ReturnType<typeof startSimulated>>;
  let proxy: FaultProxy;
  let test: TestApp;
  let owner: SignedInClient;
  let worker: RunningWorker;
  let id: string;
  let churn: { made: number; stop(): Promise<void> };
  /** Of the kind that churns, there before. */
  let others: number;
  const cluster = () => fleet.clusters[0] as TestCluster;

  beforeAll(async () => {
    fleet = await startSimulated({ count: 1 });
    proxy = await startFaultProxy(cluster());
    test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${proxy.port}`] });
    owner = await claimAsOwner(test);
    await noteStates(test);
    worker = await startWorker(test.composition);
    id = await registerKubeconfig(owner, 'alpha', proxy.kubeconfig, { renewing: true });
    await waitFor('all watches to be open', async () => (await streams()).every(({ state }) => state === 'streaming'));
    others = await total();
    churn = startChurn(cluster());
  });
  afterAll(async () => {
    await churn?.stop();
    await worker?.close();
    await test.close();
    await proxy.close();
    await fleet.stop();
  });
  beforeEach(async () => {
    await test.database.pool.query('DELETE FROM noted_state');
  });

  async function streams(): Promise<{ state: string }[]> {
    // One kind of the simulated cluster is not the worker's to list.
    const { rows } = await test.database.pool.query<{ state: string }>(
      "SELECT state FROM inventory_stream WHERE state <> 'forbidden'",
    );
    return rows.length > 20 ? rows : [{ state: 'too few' }];
  }
  async function noted(): Promise<string[]> {
    const { rows } = await test.database.pool.query<{ what: string }>('SELECT what FROM noted_state');
    // How fast a simulated cluster answers is the machine's affair.
    return rows.map(({ what }) => what).filter((what) => !/ Answers take \d+ ms\.$/.test(what));
  }
  async function credential() {
    const { rows } = await test.database.pool.query<{ revision: number; generation: number }>(
      'SELECT revision, generation FROM clusters_credential',
    );
    return rows[0];
  }
  const probes = (from: number) => proxy.answers.asked.slice(from).filter(({ path }) => path === '/readyz').length;
  const listsAndWatches = (from: number) =>
    proxy.answers.asked
      .slice(from)
      .filter(({ path, query }) => path.endsWith('/configmaps') && (query.has('watch') || query.has('limit')));
  async function total(): Promise<number> {
    const url = '/inventory/objects?plural=configmaps&namespaces=default&limit=1';
    return Number((await owner.request({ method: 'GET', url })).body.total);
  }
  const isFollowed = () =>
    waitFor('every change to be in the rows', async () => (await total()) === others + churn.made);
  /** What this process speaks with since it was told: two probes went out after it. */
  async function afterProbes(from: number): Promise<void> {
    await waitFor('two probes', () => probes(from) >= 2);
  }

  /** Seen failing with the old client closed by `dial`: every kind is stale with "The client is destroyed". */
  it('renewed: changes no state, lists nothing, opens no watch anew and loses nothing', async () => {
    const before = await credential();
    const from = proxy.answers.asked.length;
    const madeBefore = churn.made;
    await test.database.pool.query('UPDATE clusters_credential SET next_renewal_at = now()');
    await waitFor('a renewed token', async () => (await credential())?.revision === (before?.revision ?? 0) + 1);
    expect(await credential()).toMatchObject({ generation: before?.generation });
    await afterProbes(proxy.answers.asked.length);
    expect(churn.made).toBeGreaterThan(madeBefore);
    expect(listsAndWatches(from)).toEqual([]);
    expect(await noted()).toEqual([]);
    await churn.stop();
    await isFollowed();
    churn = startChurn(cluster(), churn.made);
  });

  /** Seen failing with `closed_here` taken for a failure, and with the old streams left to finish. */
  it('replaced: moves every watch at once, from its version, and says nothing', async () => {
    const from = proxy.answers.asked.length;
    const kinds = (await streams()).length;
    const access = { kind: 'kubeconfig', kubeconfig: proxy.kubeconfig };
    const put = await owner.request({
      method: 'PUT',
      url: `/clusters/${id}/credential`,
      payload: { access, bootstrap: true },
    });
    expect(put.status, JSON.stringify(put.body)).toBe(200);
    const watches = () => proxy.answers.asked.slice(from).filter(({ isWatch }) => isWatch);
    await waitFor('all watches to stand again', () => new Set(watches().map(({ path }) => path)).size >= kinds);
    for (const { query } of listsAndWatches(from)) {
      expect(query.get('limit') ?? query.get('resourceVersion')).toMatch(/^\d+$/);
      expect(query.has('sendInitialEvents')).toBe(false);
    }
    expect(await noted()).toEqual([]);
    // One connection a watch, and those of the pools: none is left over of the old one.
    await waitFor('the old connections to be closed', () => proxy.network.open() < kinds * 1.5);
    await churn.stop();
    await isFollowed();
    churn = startChurn(cluster(), churn.made);
  });
});

/** Writes down whatever is not as it should be: of the cluster, and of each of its watches. */
async function noteStates({ database }: TestApp): Promise<void> {
  await database.asSuperuser(`
    CREATE TABLE noted_state (what text NOT NULL);
    GRANT ALL ON noted_state TO PUBLIC;
    CREATE FUNCTION note_state() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO noted_state VALUES (concat_ws(' ', TG_TABLE_NAME, to_jsonb(NEW) ->> 'kind_no', NEW.state,
      to_jsonb(NEW) ->> 'error', to_jsonb(NEW) ->> 'state_reason')); RETURN NULL; END $$;
    CREATE TRIGGER note_stream AFTER UPDATE ON inventory_stream FOR EACH ROW
      WHEN (NEW.state NOT IN ('streaming', 'forbidden')) EXECUTE FUNCTION note_state();
    CREATE TRIGGER note_cluster AFTER UPDATE ON clusters_cluster FOR EACH ROW
      WHEN (NEW.state <> 'connected') EXECUTE FUNCTION note_state();`);
}

/** At most: the history of the simulated cluster is 10,000 changes long, and kinds at rest must not fall out of it. */
const changeEveryMs = 10;

/** Makes one object after another; `made` counts those that are there. */
function startChurn(cluster: TestCluster, from = 0) {
  let isOver = false;
  const churn = {
    made: from,
    async stop() {
      isOver = true;
      await running;
    },
  };
  async function run(): Promise<void> {
    while (!isOver) {
      const metadata = { name: `churn-${churn.made}` };
      await cluster.request('POST', '/api/v1/namespaces/default/configmaps', { metadata });
      churn.made += 1;
      await pace(changeEveryMs);
    }
  }
  const running = run();
  return churn;
}
