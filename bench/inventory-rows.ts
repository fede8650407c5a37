import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, startTestPostgres } from '@quarterdeck/database/testing';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { addCluster, type FakeCluster } from '../apps/api/src/features/inventory/fleet.fixture.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { claimAsOwner, type TestApp } from '../apps/api/src/testing/test-app.ts';
import { type ObjectRow, projectObject, watchedKinds } from '../packages/kubernetes/src/index.ts';
import { usageOf } from './usage.ts';

const batchRows = 1000;
const namespacesEach = 40;
const pods = watchedKinds.find(({ kind }) => kind === 'Pod');

export type InventoryBench = {
  test: TestApp;
  clusters: FakeCluster[];
  /** Base of the API, and the session of the owner. */
  url: string;
  cookie: string;
  /** CPU time, ms, that each part has used so far; `writer` is this process, which writes as a worker does. */
  cpu(): Promise<{ server: number; postgres: number; writer: number }>;
  close(): Promise<void>;
};

/**
 * A server of the product in a process of its own, on a database of its own, with clusters that nobody dials and their
 * owner signed in. This process writes the rows, as a worker would.
 */
export async function startInventory(clusterCount: number): Promise<InventoryBench> {
  const { postgres, server } = await startTestPostgres();
  const database = await createTestDatabase(postgres);
  const keyring = newKeyringText(randomBytes, 'bench');
  const composition = await compose({
    config: parseConfig({}, []),
    database,
    keyring: parseKeyring(keyring),
    logger: createLogger({ level: 'silent' }),
    signInFloorMs: 0,
  });
  const app = await createApp(composition);
  const test = { app, composition, database, logged: [] } as unknown as TestApp;
  const { cookie } = await claimAsOwner(test);
  const clusters: FakeCluster[] = [];
  for (let index = 0; index < clusterCount; index += 1) clusters.push(await addCluster(test, `bench-${index}`));
  const child = fork(fileURLToPath(new URL('./inventory-server.process.ts', import.meta.url)), {
    execArgv: process.env.BENCH_SERVER_ARGS?.split(' ') ?? [],
  });
  child.send({ databaseUrl: database.url, keyring });
  const [port] = (await once(child, 'message')) as [number];
  return {
    test,
    clusters,
    url: `http://127.0.0.1:${port}/api/v1`,
    cookie,
    async cpu() {
      const of = async (pid: number) => Math.round((await usageOf(pid)).cpuSeconds * 1000);
      const { user, system } = process.cpuUsage();
      return {
        server: await of(child.pid ?? 0),
        postgres: await of(server.pid),
        writer: Math.round((user + system) / 1000),
      };
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
      await app.close();
      await composition.connections.close();
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
      await test.composition.inventoryStore.putObjects(fence, 'pods', puts);
      puts = [];
    }
    await test.composition.inventoryStore.putObjects(fence, 'pods', puts);
  }
}

/** Rows of another kind, spread like the pods; their names and labels say what they are of. */
export async function fillKind(
  { test, clusters }: InventoryBench,
  plural: string,
  count: number,
  nameOf: (index: number) => string,
): Promise<void> {
  const kind = watchedKinds.find(({ resource }) => resource === plural);
  if (kind === undefined || kind.project === 'event') throw new Error(`${plural} have no projection`);
  for (const [at, { fence }] of clusters.entries()) {
    const puts: ObjectRow[] = [];
    for (let index = at; index < count; index += clusters.length) {
      const app = `app-${index % 500}`;
      const metadata = {
        name: nameOf(index),
        ...(kind.namespaced ? { namespace: `team-${index % namespacesEach}` } : {}),
        uid: `uid-${plural}-${index}`,
        creationTimestamp: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
        labels: { app, 'app.kubernetes.io/managed-by': 'quarterdeck' },
      };
      const row = projectObject({ metadata, spec: {}, status: {} }, kind.project);
      if (row !== undefined) puts.push(row);
    }
    for (let start = 0; start < puts.length; start += batchRows) {
      await test.composition.inventoryStore.putObjects(fence, plural, puts.slice(start, start + batchRows));
    }
  }
}

/** The planner's statistics, as they are once autovacuum has been there. */
export function settle({ test }: InventoryBench): Promise<void> {
  return test.database.asSuperuser('VACUUM ANALYZE');
}

/** Of ten changes so many move what lists are ordered by; the others an address, which is searched for. */
const movingTenths = 3;

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
          return Math.random() * 10 < movingTenths ? podRow(place, round + index) : podRow(place, 0, round + index);
        });
        await test.composition.inventoryStore.putObjects(fence, 'pods', puts);
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
function podRow(index: number, restarts: number, address = 0): ObjectRow {
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
        podIPs: [{ ip: `10.${((index >> 16) + address) & 255}.${(index >> 8) & 255}.${index & 255}` }],
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
