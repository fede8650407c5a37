import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import type { Loop } from '../../platform/jobs/loop.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { addRuns } from './added-runs.fixture.ts';
import { startReleaseLoop } from './releases.jobs.ts';
import { defaultTiming } from './watch-rollout.ts';

const hanging = newId('clu');
const answering = newId('clu');

let test: TestApp;
let loop: Loop | undefined;
let giveUp: (() => void) | undefined;
/** Runs that wait for the cluster that hangs. */
let waiting: number;

beforeEach(async () => {
  test = await createTestApp();
  waiting = 0;
});
afterEach(async () => {
  giveUp?.();
  await loop?.stop();
  await test.close();
});

/** A worker for which one cluster never answers and the other refuses at once. */
function startLoop(): Loop {
  const { composition, database } = test;
  const away = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(new AppError('cluster_unreachable', 503, 'The test is over.'));
  });
  away.catch(() => {});
  return startReleaseLoop({
    ...composition,
    database: database.pool,
    listen: database.listen,
    store: composition.releasesStore,
    runs: composition.runsStore,
    left: composition.leftObjectsStore,
    machine: composition.releaseMachine,
    fieldManager: composition.releaseFieldManager,
    timing: defaultTiming,
    connections: {
      ...composition.connections,
      for: async (clusterId) => {
        if (clusterId === answering) throw new AppError('not_found', 404, 'Nothing there.');
        waiting += 1;
        return away;
      },
    },
  });
}

async function states(clusterId: string): Promise<Record<string, number>> {
  const { rows } = await test.database.pool.query<{ state: string; n: number }>(
    'SELECT state, count(*)::int AS n FROM target_run WHERE cluster_id = $1 GROUP BY state',
    [toUuid(clusterId)],
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.n]));
}

describe('a worker', () => {
  it('does not let a cluster that hangs hold up the others', async () => {
    await addRuns(test.database, hanging, 200, 'pending');
    await addRuns(test.database, answering, 20, 'pending');
    loop = startLoop();
    await expect.poll(() => states(answering)).toEqual({ failed: 20 });
    expect(waiting).toBe(4);
  });

  it('has room for new runs while many are only watched', async () => {
    await addRuns(test.database, hanging, 200, 'gating');
    loop = startLoop();
    await expect.poll(() => waiting).toBe(200);
    await addRuns(test.database, answering, 20, 'pending');
    await expect.poll(() => states(answering)).toEqual({ failed: 20 });
  });

  it('gives the place of a run that ended to the next one at once', async () => {
    loop = startLoop();
    await addRuns(test.database, answering, 40, 'pending');
    loop.wake();
    // Ten turns of four: by the sweep alone, every two seconds, it would take twenty.
    await expect.poll(() => states(answering)).toEqual({ failed: 40 });
  });
});
