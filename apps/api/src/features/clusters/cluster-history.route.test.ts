import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, toUuid } from '../../platform/ids.ts';
import { addGrant, addPerson } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
let id: string;

beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
  id = newId('clu');
  await test.database.transaction((tx) =>
    test.composition.clustersStore.insert(tx, {
      id,
      slug: 'alpha',
      displayName: 'Alpha',
      color: 0,
      labels: {},
      server: 'https://127.0.0.1:1',
      caPem: undefined,
      tlsServerName: undefined,
      proxyUrl: undefined,
      clusterUid: undefined,
      state: 'connected',
      stateReason: undefined,
      version: 'v1.34.4',
      latencyMs: 4,
    }),
  );
});
afterAll(() => test.close());

const history = (client = owner, query = '') =>
  client.request({ method: 'GET', url: `/clusters/${id}/history${query}` });

async function probed(state: 'connected' | 'unreachable', latencyMs: number): Promise<void> {
  const { rows } = await test.database.pool.query<{ next_probe_at: Date }>(
    'SELECT next_probe_at FROM clusters_cluster WHERE id = $1',
    [toUuid(id)],
  );
  const { written } = await test.composition.clustersStore.saveHealth([
    {
      id,
      readAs: rows[0]?.next_probe_at ?? new Date(),
      state,
      stateReason: state === 'connected' ? undefined : 'no answer',
      unstable: false,
      latencyMs,
      version: undefined,
      health: {},
      seen: state === 'connected',
      nextProbeMs: 1000,
    },
  ]);
  expect(written).toContain(id);
}

describe('the history of a cluster (getClusterHistory)', () => {
  it('has its probes by ten minutes, with the mean and the longest of those that were answered', async () => {
    await probed('connected', 10);
    await probed('connected', 30);
    await probed('unreachable', 30);
    const { status, body } = await history();
    expect(status, JSON.stringify(body)).toBe(200);
    const slots = body.probes as { probes: number; failed: number; latencyMs: number; maxLatencyMs: number }[];
    // Ten minutes may end between two probes.
    const sum = (key: 'probes' | 'failed') => slots.reduce((all, slot) => all + slot[key], 0);
    expect([sum('probes'), sum('failed')]).toEqual([3, 1]);
    expect(Math.max(...slots.map(({ maxLatencyMs }) => maxLatencyMs ?? 0))).toBe(30);
    if (slots.length === 1) expect(slots[0]?.latencyMs).toBe(20);
  });

  it('has each change of state, whoever made it, with the reason', async () => {
    expect((await owner.request({ method: 'POST', url: `/clusters/${id}/pause` })).status).toBe(200);
    const { body } = await history();
    const states = body.states as { state: string; reason?: string }[];
    expect(states.map(({ state }) => state)).toEqual(['connected', 'unreachable', 'paused']);
    expect(states[1]?.reason).toBe('no answer');
  });

  it('begins with the state that held when the hours began', async () => {
    await test.database.pool.query(
      "UPDATE clusters_state_change SET at = at - interval '5 hours' WHERE cluster_id = $1 AND state IN ('connected', 'unreachable')",
      [toUuid(id)],
    );
    const { body } = await history(owner, '?hours=1');
    expect((body.states as { state: string }[]).map(({ state }) => state)).toEqual(['unreachable', 'paused']);
    expect((await history(owner, '?hours=49')).status).toBe(422);
  });

  it('has each watch that stood still, from when to when, and one that does so still', async () => {
    const { pool } = test.database;
    const [{ number } = { number: 0 }] = (
      await pool.query<{ number: number }>('SELECT number FROM clusters_cluster WHERE id = $1', [toUuid(id)])
    ).rows;
    const kind = async (name: string) => {
      const found = await pool.query<{ kind_no: number }>('SELECT kind_no FROM inventory_kind WHERE resource = $1', [
        name,
      ]);
      return found.rows[0]?.kind_no;
    };
    const [pods, secrets] = [await kind('pods'), await kind('secrets')];
    const set = (kindNo: number | undefined, state: string, error?: string) =>
      pool.query(
        `INSERT INTO inventory_stream (cluster_no, kind_no, state, error) VALUES ($1, $2, $3, $4)
         ON CONFLICT (cluster_no, kind_no) DO UPDATE SET state = excluded.state, error = excluded.error`,
        [number, kindNo, state, error ?? null],
      );
    await set(pods, 'syncing');
    await set(pods, 'stale', 'reset');
    await set(pods, 'syncing');
    await set(pods, 'stale', 'reset again');
    await set(pods, 'streaming');
    await set(secrets, 'forbidden', 'may not list');
    const { body } = await history();
    expect(body.incidents).toEqual([
      expect.objectContaining({ kind: 'secrets', state: 'forbidden', error: 'may not list' }),
      expect.objectContaining({ kind: 'pods', state: 'stale', endedAt: expect.any(String) }),
    ]);
    expect((body.incidents as object[])[0]).not.toHaveProperty('endedAt');
  });

  it('is for who may know the cluster', async () => {
    const stranger = await addPerson(test, 'eva');
    expect((await history(stranger)).status).toBe(404);
    await addGrant(test, stranger, 'viewer');
    expect((await history(stranger)).status).toBe(200);
    const none = await owner.request({ method: 'GET', url: `/clusters/${newId('clu')}/history` });
    expect(none.status).toBe(404);
  });

  it('forgets what nobody can ask for any more, and never the state that holds', async () => {
    const { pool } = test.database;
    await pool.query("UPDATE clusters_state_change SET at = at - interval '60 days' WHERE cluster_id = $1", [
      toUuid(id),
    ]);
    await pool.query("UPDATE clusters_probe_slot SET at = at - interval '3 days' WHERE cluster_id = $1", [toUuid(id)]);
    await test.composition.historyStore.sweep();
    const { body } = await history();
    expect((body.states as { state: string }[]).map(({ state }) => state)).toEqual(['paused']);
    expect((await pool.query('SELECT FROM clusters_probe_slot')).rowCount).toBe(0);
  });
});
