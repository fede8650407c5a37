import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createTestDatabase, startTestPostgres } from '@quarterdeck/database/testing';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { addCluster, type FakeCluster } from '../apps/api/src/features/inventory/fleet.fixture.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { claimAsOwner, type TestApp } from '../apps/api/src/testing/test-app.ts';
import { type ObjectRow, projectObject, watchedKinds } from '../packages/kubernetes/src/index.ts';

const batchRows = 1000;
const namespacesEach = 40;
const pods = watchedKinds.find(({ kind }) => kind === 'Pod');

export type InventoryBench = {
  test: TestApp;
  clusters: FakeCluster[];
  /** Base of the API, and the session of the owner. */
  url: string;
  cookie: string;
  close(): Promise<void>;
};

/** The product over HTTP on a database of its own, with clusters that nobody dials and their owner signed in. */
export async function startInventory(clusterCount: number): Promise<InventoryBench> {
  const { postgres, server } = await startTestPostgres();
  const database = await createTestDatabase(postgres);
  const composition = await compose({
    config: parseConfig({}, []),
    database,
    keyring: parseKeyring(newKeyringText(randomBytes, 'bench')),
    logger: createLogger({ level: 'silent' }),
    signInFloorMs: 0,
  });
  const app = await createApp(composition);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const test = { app, composition, database, logged: [] } as unknown as TestApp;
  const { cookie } = await claimAsOwner(test);
  const clusters: FakeCluster[] = [];
  for (let index = 0; index < clusterCount; index += 1) clusters.push(await addCluster(test, `bench-${index}`));
  return {
    test,
    clusters,
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1`,
    cookie,
    async close() {
      await app.close();
      await composition.access.close();
      await database.drop();
      await server.stop();
    },
  };
}

/** Rows of pods `from` to `to`, spread over the clusters and 40 namespaces of each, by the store's own batches. */
export async function fillPods({ test, clusters }: InventoryBench, from: number, to: number): Promise<void> {
  for (const [at, { fence }] of clusters.entries()) {
    let puts: ObjectRow[] = [];
    for (let index = from + at; index < to; index += clusters.length) {
      puts.push(podRow(index, 0));
      if (puts.length < batchRows) continue;
      await test.composition.inventoryStore.storeBatch(fence, 'pods', { puts, deletes: [] });
      puts = [];
    }
    await test.composition.inventoryStore.storeBatch(fence, 'pods', { puts, deletes: [] });
  }
}

/** Changes rows as fast as told, in a batch of each cluster every 100 ms. Stops when the result is called. */
export function churn({ test, clusters }: InventoryBench, rows: number, perSecond: number): () => Promise<void> {
  let isOver = false;
  let round = 0;
  const each = Math.max(1, Math.round(perSecond / clusters.length / 10));
  async function work(): Promise<void> {
    while (!isOver) {
      const startedAt = performance.now();
      round += 1;
      for (const [at, { fence }] of clusters.entries()) {
        const puts = Array.from({ length: each }, (_, index) => {
          const place = Math.floor(Math.random() * (rows / clusters.length)) * clusters.length + at;
          return podRow(place, round + index);
        });
        await test.composition.inventoryStore.storeBatch(fence, 'pods', { puts, deletes: [] });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 100 - (performance.now() - startedAt))));
    }
  }
  const working = work();
  return async () => {
    isOver = true;
    await working;
  };
}

/** A pod as a cluster would send it, through the projection of the product. */
function podRow(index: number, restarts: number): ObjectRow {
  if (pods === undefined || pods.project === 'event') throw new Error('pods have a projection');
  const app = `app-${index % 500}`;
  const isFailing = index % 97 === 0;
  const row = projectObject(
    {
      metadata: {
        name: `${app}-${((index * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')}-${index}`,
        namespace: `team-${index % namespacesEach}`,
        uid: `uid-${index}`,
        creationTimestamp: new Date(Date.UTC(2026, 0, 1) + ((index * 7919) % 20_000_000) * 1000).toISOString(),
        labels: { app, tier: index % 3 === 0 ? 'web' : 'job', 'pod-template-hash': (index % 5000).toString(16) },
        ownerReferences: [{ uid: `rs-${index % 5000}`, controller: true }],
      },
      spec: {
        nodeName: `node-${index % 1000}`,
        containers: ['app', 'log', 'proxy'].map((name) => ({
          name,
          image: `registry.example.com/${app}/${name}:1.${index % 40}.0`,
          resources: {
            requests: { cpu: `${50 + (index % 40) * 25}m`, memory: `${64 + (index % 16) * 64}Mi` },
            limits: { memory: '2Gi' },
          },
        })),
      },
      status: {
        phase: 'Running',
        qosClass: 'Burstable',
        podIPs: [{ ip: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}` }],
        conditions: ['Initialized', 'Ready', 'PodScheduled'].map((type) => ({ type, status: 'True' })),
        containerStatuses: ['app', 'log', 'proxy'].map((name) => ({
          name,
          ready: !isFailing,
          started: true,
          restartCount: restarts + (index % 5),
          state: isFailing ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: {} },
        })),
      },
    },
    pods.project,
  );
  if (row === undefined) throw new Error('a pod has a row');
  return row;
}
