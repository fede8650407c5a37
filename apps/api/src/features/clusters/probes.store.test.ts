import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { type ClusterRecord, type ClustersStore, createClustersStore, type HealthUpdate } from './clusters.store.ts';

let database: TestDatabase;
let store: ClustersStore;
let next = 0;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  store = createClustersStore(database);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('DELETE FROM clusters_cluster');
});

async function add(state: ClusterRecord['state'] = 'connected'): Promise<ClusterRecord> {
  next += 1;
  const id = newId('clu');
  const slug = `c-${next}`;
  await database.transaction((tx) =>
    store.insert(tx, {
      id,
      slug,
      displayName: slug,
      color: 0,
      labels: {},
      server: 'https://x.example',
      caPem: undefined,
      tlsServerName: undefined,
      proxyUrl: undefined,
      clusterUid: undefined,
      state,
      stateReason: undefined,
      version: undefined,
      latencyMs: 5,
    }),
  );
  return (await store.findById(id)) as ClusterRecord;
}

const update = (cluster: ClusterRecord, change: Partial<HealthUpdate> = {}): HealthUpdate => ({
  id: cluster.id,
  readAs: cluster.nextProbeAt,
  state: 'unreachable',
  stateReason: 'gone',
  unstable: false,
  latencyMs: undefined,
  version: undefined,
  health: { state: 'unreachable' },
  seen: false,
  nextProbeMs: 10_000,
  ...change,
});

describe('a probe', () => {
  it('is due for the clusters a worker holds alone, once each, and for none that gets no traffic', async () => {
    const [mine, foreign, paused] = [await add(), await add(), await add('paused')];
    const held = [mine.number, paused.number];
    expect((await store.dueProbes(held, [], 10)).map(({ id }) => id)).toEqual([mine.id]);
    expect(await store.dueProbes(held, [mine.id], 10)).toEqual([]);
    expect((await store.dueProbes([foreign.number], [], 10)).map(({ id }) => id)).toEqual([foreign.id]);
    await store.saveHealth([update(mine)]);
    expect(await store.dueProbes(held, [], 10)).toEqual([]);
  });

  it('is written with others in one statement, which tells whose row changed visibly', async () => {
    const [cut, same] = [await add(), await add()];
    const saved = await store.saveHealth([
      update(cut),
      update(same, { state: 'connected', stateReason: undefined, latencyMs: 6, version: 'v1.34.1', seen: true }),
    ]);
    expect(saved).toEqual({ written: new Set([cut.id, same.id]), changed: [cut.id] });
    expect(await store.findById(cut.id)).toMatchObject({ state: 'unreachable', stateReason: 'gone', latencyMs: 5 });
    expect(await store.findById(same.id)).toMatchObject({
      state: 'connected',
      stateReason: undefined,
      latencyMs: 6,
      version: 'v1.34.1',
    });
  });

  /** Seen failing without `readAs` in the statement: the late result of the paused worker stands. */
  it('of a worker that was paused meanwhile is not written, nor one that a person was faster than', async () => {
    const cluster = await add();
    const late = update(cluster, { stateReason: 'late' });
    await store.saveHealth([update(cluster, { state: 'connected', stateReason: undefined, seen: true })]);
    expect(await store.saveHealth([late])).toEqual({ written: new Set(), changed: [] });
    const now = (await store.findById(cluster.id)) as ClusterRecord;
    expect(now.state).toBe('connected');
    await database.transaction((tx) => store.setState(tx, cluster.id, 'paused', 'by a person'));
    await store.saveHealth([update(now)]);
    expect(await store.findById(cluster.id)).toMatchObject({ state: 'paused', stateReason: 'by a person' });
  });
});
