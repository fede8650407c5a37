import { randomUUID } from 'node:crypto';
import { createLiveClient, ProblemError } from '@quarterdeck/api-client';
import {
  clustersIndexView,
  getCluster,
  inventoryObjectsView,
  listObjects,
  liveSubprotocol,
  registerCluster,
  updateCluster,
} from '@quarterdeck/contracts';
import { migrate } from '@quarterdeck/database';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@quarterdeck/database/embedded';
import { migrationsFolder, runSql } from '@quarterdeck/database/testing';
import {
  attachSharedFleet,
  type Cluster,
  claimProduct,
  freePort,
  makeDataFolder,
  type Owner,
  type Product,
  removeDataFolder,
  startProduct,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';

const outageMs = 10_000;
const fleet = attachSharedFleet(inject('sharedFleet'));

/** The whole product on a PostgreSQL of its own: HTTP, open sockets and a worker that watches a real cluster. */
describe.skipIf(fleet === undefined)('PostgreSQL that is away for ten seconds', () => {
  const cluster = fleet?.clusters[0] as Cluster;
  const folders: string[] = [];
  let postgres: EmbeddedPostgres;
  let startPostgres: () => Promise<EmbeddedPostgres>;
  let product: Product;
  let owner: Owner;
  let clusterId: string;

  beforeAll(async () => {
    const [databaseFolder, dataDir] = [await makeDataFolder(), await makeDataFolder()];
    folders.push(databaseFolder, dataDir);
    const port = await freePort();
    startPostgres = () =>
      startEmbeddedPostgres({ folder: `${databaseFolder}/postgres`, port, password: 'test', durable: true });
    postgres = await startPostgres();
    const login = await makeDatabase(postgres);
    product = await startProduct({
      dataDir,
      args: ['--no-demo', '--database-url', login],
      env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${new URL(cluster.server).port}` },
    });
    await product.ready();
    owner = await claimProduct(product);
    const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig } as const;
    clusterId = (await owner.call(registerCluster, { body: { slug: 'alpha', access, bootstrap: true } })).id;
  });
  afterAll(async () => {
    await product?.stop();
    await postgres?.stop();
    await Promise.all(folders.map(removeDataFolder));
  });

  const makeNamespace = async (name: string) => {
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } });
    return name;
  };
  const isListed = async (name: string) => {
    const found = await owner.call(listObjects, { query: { plural: 'namespaces', q: name } });
    return found.items.some((item) => item.name === name);
  };
  const problemNow = async () => {
    const answer = await owner.call(listObjects, { query: {} }).catch((error: unknown) => error);
    return answer instanceof ProblemError ? answer.problem : answer;
  };

  it('is a 503 with a code meanwhile; then requests, open pages and the watch go on without a restart', async () => {
    const run = randomUUID().slice(0, 8);
    await expect.poll(() => isListed('default')).toBe(true);
    const live = followLive(product, owner);
    await expect.poll(() => live.names.has('alpha')).toBe(true);
    await makeNamespace(`before-${run}`);
    await expect.poll(() => live.hints()).toBeGreaterThan(0);

    await postgres.stop();
    const until = performance.now() + outageMs;
    const during = await makeNamespace(`during-${run}`);
    const answers: unknown[] = [];
    const isOver = async () => {
      const started = performance.now();
      answers.push(await problemNow());
      expect(performance.now() - started).toBeLessThan(30_000);
      return performance.now() > until;
    };
    await expect.poll(isOver, { interval: 250 }).toBe(true);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, code: 'database_unavailable', retryAfterSeconds: 2 });
    expect((await fetch(`${product.origin}/readyz`)).status).toBe(503);
    expect((await fetch(`${product.origin}/healthz`)).status).toBe(200);

    postgres = await startPostgres();
    await expect.poll(problemNow).toHaveProperty('items');
    expect((await fetch(`${product.origin}/readyz`)).status).toBe(200);
    // What happened in the cluster meanwhile is not lost, and what happens now is seen again.
    await expect.poll(() => isListed(during)).toBe(true);
    const after = await makeNamespace(`after-${run}`);
    await expect.poll(() => isListed(after)).toBe(true);
    // A page that subscribes anew has what was there in its snapshot, so only one that comes later is told.
    const hints = live.hints();
    let later = 0;
    const isTold = async () => {
      later += 1;
      await makeNamespace(`later-${run}-${later}`);
      return live.hints() - hints;
    };
    await expect.poll(isTold, { interval: 1000 }).toBeGreaterThan(0);
    await owner.call(updateCluster, { params: { id: clusterId }, body: { displayName: 'Renamed since' } });
    await expect.poll(() => live.names.has('Renamed since')).toBe(true);
    expect((await owner.call(getCluster, { params: { id: clusterId } })).state).toBe('connected');
    live.close();
  });
});

/** A migrated database and the product's own login to it, as a DBA makes them. */
async function makeDatabase(postgres: EmbeddedPostgres): Promise<string> {
  await runSql(postgres.url('postgres'), 'CREATE DATABASE quarterdeck');
  await migrate({ url: postgres.url('quarterdeck'), folder: migrationsFolder });
  await runSql(
    postgres.url('quarterdeck'),
    "CREATE ROLE quarterdeck_server LOGIN PASSWORD 'test' IN ROLE quarterdeck_app",
  );
  return postgres.url('quarterdeck').replace('//quarterdeck:', '//quarterdeck_server:');
}

/** What an open page hears: names of clusters, and how often rows were added elsewhere. */
function followLive(product: Product, owner: Owner) {
  const sockets: WebSocket[] = [];
  const names = new Set<string>();
  let hints = 0;
  const client = createLiveClient(
    () => `${product.origin.replace('http', 'ws')}/api/v1/live`,
    liveSubprotocol,
    (url, protocol) => {
      const socket = new WebSocket(url, protocol, { headers: { origin: product.origin, cookie: owner.cookie } });
      socket.on('error', () => {});
      sockets.push(socket);
      return socket as unknown as globalThis.WebSocket;
    },
  );
  const note = (rows: unknown[]) => {
    for (const row of rows as { slug: string; displayName: string }[]) names.add(row.displayName).add(row.slug);
  };
  const ends = [
    client.subscribe(clustersIndexView.name, {}, { snapshot: note, delta: note }),
    client.subscribe(
      inventoryObjectsView.name,
      { mode: 'page', params: { plural: 'namespaces' } },
      {
        hint: (added) => {
          hints += added;
        },
      },
    ),
  ];
  return {
    names,
    hints: () => hints,
    close() {
      for (const end of ends) end();
      for (const socket of sockets) socket.close();
    },
  };
}
