import { randomBytes } from 'node:crypto';
import { createTestDatabase, startTestPostgres } from '@quarterdeck/database/testing';
import {
  type Cluster,
  makeDataFolder,
  type Product,
  removeDataFolder,
  startControlPlanes,
  startProduct,
  waitFor,
} from '@quarterdeck/testing';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { claimAsOwner } from '../apps/api/src/testing/test-app.ts';
import { median, printResult } from './result.ts';

const rounds = Number(process.argv[2] ?? 6);
if (!Number.isInteger(rounds) || rounds < 2) throw new Error('usage: hand-over [rounds, 6 unless told, 2 at least]');
const goalSeconds = 20;
const path = '/api/v1/namespaces/default/configmaps';

/**
 * From the end of the worker that owns a cluster until a change in the cluster, made at that moment, is in a list: by
 * turns it is killed (-9) and frozen, and another worker takes over. Goal: 20 s, and no full list. Baseline: how long a
 * change takes while all is well.
 */
const fleet = await startControlPlanes({ count: 1 });
const [cluster] = fleet.clusters as [Cluster];
const allow = `127.0.0.1/32:${new URL(cluster.server).port}`;
const { postgres, server } = await startTestPostgres();
const database = await createTestDatabase(postgres);
const keyring = newKeyringText(randomBytes, 'bench');
const composition = await compose({
  config: { ...parseConfig({}, []), clusterAddressAllow: [allow] },
  database,
  keyring: parseKeyring(keyring),
  logger: createLogger({ level: 'error' }),
  signInFloorMs: 0,
});
const app = await createApp(composition);
const dataDir = await makeDataFolder();
const workers = new Map<number, Product>();
try {
  const owner = await claimAsOwner({ app, composition, database, logged: [], close: async () => {} });
  await addWorker();
  await addWorker();
  const registered = await owner.request({
    method: 'POST',
    url: '/clusters',
    payload: { slug: 'alpha', access: { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig }, bootstrap: true },
  });
  if (registered.status !== 201) throw new Error(`registration failed: ${registered.text}`);
  const well: number[] = [];
  for (let change = 0; change < 5; change += 1) well.push(await secondsUntilShown(`well-${change}`));
  const taken = { killed: [] as number[], frozen: [] as number[] };
  let lists = 0;
  for (let round = 0; round < rounds; round += 1) {
    const how = round % 2 === 0 ? 'killed' : 'frozen';
    const before = await listsAnswered();
    const { pid } = await head();
    workers.get(pid)?.kill(how === 'killed' ? 'SIGKILL' : 'SIGSTOP');
    const seconds = await secondsUntilShown(`round-${round}`);
    lists += Math.max(0, (await listsAnswered()) - before - 1);
    if ((await head()).pid === pid) throw new Error('the same worker still owns the cluster');
    taken[how].push(seconds);
    process.stdout.write(`${round + 1} of ${rounds}: ${how}, shown again after ${seconds.toFixed(1)} s\n`);
    workers.get(pid)?.kill('SIGKILL');
    workers.delete(pid);
    await addWorker();
  }
  const all = [...taken.killed, ...taken.frozen];
  const tenth = (value: number) => Math.round(value * 10) / 10;
  process.stdout.write('a change is shown after, s      median      most\n');
  for (const [name, times] of [['all is well', well], ...Object.entries(taken)] as [string, number[]][]) {
    process.stdout.write(
      `${name.padEnd(30)}${median(times).toFixed(2).padStart(8)}${Math.max(...times)
        .toFixed(2)
        .padStart(10)}\n`,
    );
  }
  process.stdout.write(`full lists of config maps meanwhile: ${lists}\n`);
  printResult({
    figure: 'hand-over',
    value: tenth(Math.max(...all)),
    unit: 's',
    baseline: Math.round(median(well) * 1000) / 1000,
    goal: goalSeconds,
    ok: Math.max(...all) <= goalSeconds && lists === 0,
    more: { killedMedian: tenth(median(taken.killed)), frozenMedian: tenth(median(taken.frozen)), lists },
  });

  /** From the moment before the API server is told to the first list that has it. */
  async function secondsUntilShown(name: string): Promise<number> {
    const startedAt = performance.now();
    await cluster.request('POST', path, { metadata: { name } });
    const shows = async () => {
      const { body } = await owner.request({ method: 'GET', url: `/inventory/objects?plural=configmaps&q=${name}` });
      return (body.items as unknown[]).length > 0;
    };
    await waitFor(`${name} to be shown`, shows, { timeoutMs: 60_000, everyMs: 50 });
    return (performance.now() - startedAt) / 1000;
  }
} finally {
  for (const worker of workers.values()) worker.kill('SIGKILL');
  await app.close();
  await composition.connections.close();
  await database.drop();
  await server.stop();
  await removeDataFolder(dataDir);
  await fleet.stop();
}

/** Another worker, ready to take over. */
async function addWorker(): Promise<void> {
  const worker = await startProduct({
    dataDir,
    program: 'worker',
    env: {
      DATABASE_URL: database.url,
      QUARTERDECK_KEYRING: keyring,
      QUARTERDECK_CLUSTER_ADDRESS_ALLOW: allow,
    },
  });
  workers.set(worker.pid, worker);
  await worker.ready();
}

async function head(): Promise<{ pid: number }> {
  const { rows } = await database.pool.query<{ owner: string | null }>('SELECT owner FROM inventory_head');
  return { pid: Number(rows[0]?.owner?.split('/')[1]) };
}

/** Full lists of config maps that the API server answered, plain ones and ones streamed by a watch. One of one object asks for the version. */
async function listsAnswered(): Promise<number> {
  const metrics = await cluster.request<string>('GET', '/metrics');
  const sum = (form: RegExp) =>
    Array.from(metrics.matchAll(form), ([, count]) => Number(count)).reduce((a, b) => a + b, 0);
  return (
    sum(/^apiserver_request_total\{[^}]*resource="configmaps"[^}]*verb="LIST"[^}]*\} (\d+)/gm) +
    sum(/^apiserver_watch_list_duration_seconds_count\{[^}]*resource="configmaps"[^}]*\} (\d+)/gm)
  );
}
