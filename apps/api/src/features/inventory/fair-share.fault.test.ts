import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import type { Loop } from '../../platform/jobs/loop.ts';
import { createTestApp, type TestApp } from '../../testing/test-app.ts';
import { startWatchLoop } from './inventory.jobs.ts';
import { createWatchThreads } from './watch-threads.ts';

const clusters = 7;

/**
 * In order, as workers come and go. The clusters are away, so that owning them is all there is to do.
 * Seen failing with `giveAway` left out: the second worker never holds anything.
 */
describe('clusters among workers', () => {
  let test: TestApp;
  const loops: Loop[] = [];

  function start(): Loop {
    const { clusters: service, inventoryStore: store, rbacStore: rbac, askCluster: ask, ...rest } = test.composition;
    const { logger } = rest;
    const watches = createWatchThreads({ database: test.database.access, addressAllow: [], logger });
    const loop = startWatchLoop({ ...rest, clusters: service, store, rbac, ask, watches });
    loops.push(loop);
    return loop;
  }

  beforeAll(async () => {
    test = await createTestApp();
    for (let index = 0; index < clusters; index += 1) {
      await test.database.transaction((tx) =>
        test.composition.clustersStore.insert(tx, {
          id: newId('clu'),
          slug: `c${index}`,
          displayName: `C${index}`,
          color: 0,
          labels: {},
          server: `https://c${index}.example`,
          caPem: undefined,
          tlsServerName: undefined,
          proxyUrl: undefined,
          clusterUid: undefined,
          state: 'unreachable',
          stateReason: 'away',
          version: undefined,
          latencyMs: undefined,
        }),
      );
    }
  });
  afterAll(async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
    await test.close();
  });

  /** How many each living owner holds, most first. */
  async function shares(): Promise<number[]> {
    const { rows } = await test.database.pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM inventory_head WHERE lease_until > clock_timestamp() GROUP BY owner ORDER BY n DESC',
    );
    return rows.map(({ n }) => n);
  }
  const become = (expected: number[]) => expect.poll(shares, { interval: 100 }).toEqual(expected);

  it('are all of the one there is', async () => {
    start();
    await become([clusters]);
  });

  it('are handed over to one that joins, down to the fair share and two', async () => {
    start();
    await become([6, 1]);
  });

  it('are all of the other when one stops, at once', async () => {
    await loops[0]?.stop();
    await become([clusters]);
    const { rows } = await test.database.pool.query('SELECT FROM inventory_worker');
    expect(rows).toHaveLength(1);
  });
});
