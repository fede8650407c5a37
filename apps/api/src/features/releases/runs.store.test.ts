import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId, toUuid } from '../../platform/ids.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { addRuns } from './added-runs.fixture.ts';
import type { HeldRun, ObjectRecord } from './release-rows.ts';
import type { RunsStore } from './runs.store.ts';

let test: TestApp;
let runs: RunsStore;

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

/** Runs that wait, on a cluster of their own. */
const waiting = (count: number) => addRuns(test.database, newId('clu'), count, 'pending');

/** As a worker that was frozen for so long finds it: its leases and the time of a request after them are over. */
const outlive = (held: readonly HeldRun[]) =>
  test.database.pool.query(
    "UPDATE target_run SET lease_until = now() - interval '20 seconds' WHERE id = ANY($1::uuid[])",
    [held.map(({ id }) => toUuid(id))],
  );

describe('F16 a worker that was frozen and wakes', () => {
  it('writes nothing any more, whoever has its run now', async () => {
    await waiting(1);
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
    await waiting(20);
    const held = await runs.takeWork('busy', room);
    expect(held).toHaveLength(20);
    await outlive(held.slice(0, 3));
    expect(await Promise.all(held.map((run) => runs.renew(run)))).toEqual(held.map((_, index) => index >= 3));
  });

  it('are renewed while somebody writes one of their rows, which is waited for alone', async () => {
    await waiting(3);
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
  await waiting(1);
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
