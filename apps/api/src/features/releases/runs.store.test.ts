import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId, toUuid } from '../../platform/ids.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import type { HeldRun, ObjectRecord } from './release-rows.ts';
import type { RunsStore } from './runs.store.ts';

let test: TestApp;
let runs: RunsStore;
let applications = 0;

beforeAll(async () => {
  test = await createTestApp();
  runs = test.composition.runsStore;
});
afterAll(() => test.close());

const object: ObjectRecord = {
  ...{ targetId: '', seq: 0, group: '', version: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'cart' },
  sha256: 'f'.repeat(64),
};
const room = { limit: 100, perCluster: 100, atWork: new Map<string, number>() };

/** A release on its way with runs that wait, each with one step. */
async function addRuns(count: number): Promise<void> {
  applications += 1;
  await test.database.pool.query(
    `WITH environment AS (
       INSERT INTO access_environment (id, project_id, name, tier, rules)
       SELECT gen_random_uuid(), id, $1, 'production', '[]' FROM access_project WHERE slug = 'default' RETURNING id, project_id),
     application AS (
       INSERT INTO applications_application (id, project_id, slug, display_name)
       SELECT gen_random_uuid(), project_id, $1, $1 FROM environment RETURNING id),
     place AS (
       INSERT INTO app_environment (id, application_id, environment_id)
       SELECT gen_random_uuid(), application.id, environment.id FROM application, environment RETURNING id),
     rolling AS (
       INSERT INTO release (id, app_environment_id, number, kind, state, images, parameters, content_sha256, dedupe_key, created_by_id, created_by)
       SELECT gen_random_uuid(), id, 1, 'deploy', 'rolling', '{}', '{}', '', 'key', 'usr', 'Test' FROM place RETURNING id),
     targets AS (
       INSERT INTO target (id, app_environment_id, cluster_id, namespace)
       SELECT run, place.id, $2, 'shop-' || run FROM place, unnest($3::uuid[]) AS run RETURNING id),
     added AS (
       INSERT INTO target_run (id, release_id, target_id, cluster_id, namespace, state, admitted)
       SELECT targets.id, rolling.id, targets.id, $2, 'shop', 'pending', true FROM rolling, targets RETURNING id)
     INSERT INTO run_step (run_id, seq, kind, state) SELECT id, 0, 'apply', 'waiting' FROM added`,
    [`app-${applications}`, toUuid(newId('clu')), Array.from({ length: count }, () => toUuid(newId('run')))],
  );
}

/** As a worker that was frozen for so long finds it: its leases and the time of a request after them are over. */
const outlive = (held: readonly HeldRun[]) =>
  test.database.pool.query(
    "UPDATE target_run SET lease_until = now() - interval '20 seconds' WHERE id = ANY($1::uuid[])",
    [held.map(({ id }) => toUuid(id))],
  );

describe('a worker that was frozen and wakes', () => {
  it('writes nothing any more, whoever has its run now', async () => {
    await addRuns(1);
    const [old] = (await runs.takeWork('frozen', room)) as [HeldRun];
    expect(await runs.takeWork('other', room)).toEqual([]);
    await outlive([old]);
    // Not even before somebody else has it.
    expect(await runs.renew(old)).toBe(false);
    const [taken] = (await runs.takeWork('other', room)) as [HeldRun];
    expect([taken.id, taken.fence]).toEqual([old.id, '2']);
    expect([
      await runs.renew(old),
      await runs.start(old, 'applying'),
      await runs.intend(old, object),
      await runs.wrote(old, object, 'uid'),
      await runs.settleSteps(old),
      await runs.openGate(old, { workloads: [] }),
    ]).toEqual([false, false, 'lost', false, false, false]);
    expect(await runs.intend(taken, object)).toEqual({ uid: undefined });
    expect(await runs.wrote(taken, object, 'uid-1')).toBe(true);
    expect(await runs.intend(taken, object)).toEqual({ uid: 'uid-1' });
  });
});

describe('many leases', () => {
  it('are renewed at once, but for those that are lost', async () => {
    await addRuns(20);
    const held = await runs.takeWork('busy', room);
    expect(held).toHaveLength(20);
    await outlive(held.slice(0, 3));
    expect(await Promise.all(held.map((run) => runs.renew(run)))).toEqual(held.map((_, index) => index >= 3));
  });

  it('are renewed while somebody writes one of their rows, which is waited for alone', async () => {
    await addRuns(3);
    const held = (await runs.takeWork('busy too', room)).slice(0, 3);
    const [first] = held as [HeldRun];
    const done: string[] = [];
    const renewed = test.database.transaction(async (tx) => {
      await tx.query('SELECT FROM target_run WHERE id = $1 FOR UPDATE', [toUuid(first.id)]);
      const all = test.database.elsewhere(() =>
        Promise.all(held.map((run) => runs.renew(run))).then((answers) => {
          done.push('renewed');
          return answers;
        }),
      );
      await tx.query('SELECT pg_sleep(0.3)');
      done.push('written');
      return { all };
    });
    expect(await (await renewed).all).toEqual([true, true, true]);
    expect(done).toEqual(['written', 'renewed']);
  });
});

it('a rollout is as old as it is, also for a worker whose clock is ten minutes ahead', async () => {
  await addRuns(1);
  const [held] = (await runs.takeWork('right', room)).slice(-1) as [HeldRun];
  await test.database.pool.query(
    "UPDATE target_run SET state = 'gating', lease_until = NULL, applied_at = now() - interval '60 seconds' WHERE id = $1",
    [toUuid(held.id)],
  );
  const ahead = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 600_000);
  const [watched] = (await runs.takeWatch('ahead', 1)) as [HeldRun];
  const ageMs = Date.now() - (watched.appliedAt?.getTime() ?? 0);
  ahead.mockRestore();
  expect(watched.id).toBe(held.id);
  expect(ageMs).toBeGreaterThan(59_000);
  expect(ageMs).toBeLessThan(90_000);
});
