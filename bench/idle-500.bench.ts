import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { registerCluster, summarizeInventory } from '@quarterdeck/contracts';
import { startFaultPostgres } from '@quarterdeck/database/testing';
import {
  claimProduct,
  makeDataFolder,
  type Owner,
  type Product,
  removeDataFolder,
  startProduct,
  startSimulated,
  waitFor,
} from '@quarterdeck/testing';
import { newKeyringText } from '../apps/api/src/platform/crypto/keyring.ts';
import { printResult } from './result.ts';
import { usageOf } from './usage.ts';

const count = Number(process.argv[2] ?? 500);
const watchedMs = Number(process.argv[3] ?? 60) * 1000;
const goal = { cores: 0.5, megabytes: 1500 };
const emptyMs = 20_000;
/** Each is asked who it is and what it lets us do before it is stored: some thirty answers of a simulated API server. */
const atOnce = 4;
/** For all to be in sync, once the last is registered. Simulated API servers share the two cores. */
const patienceMs = 15 * 60_000;
const mebibyte = 2 ** 20;

type Usage = { name: string; mebibytes: number; cpuSeconds: number };

const say = (text: string) => void process.stdout.write(`${text}\n`);
const startedAt = performance.now();
const elapsed = () => `${String(Math.round((performance.now() - startedAt) / 1000)).padStart(5)} s`;

/**
 * Processor and memory of server, worker and PostgreSQL with 500 registered clusters in which nothing happens, each
 * watched in all its kinds. Baseline: the same with none. The clusters are simulated ones in this process, which is not
 * counted.
 */
const fleet = await startSimulated({ count, speaksHttp2: true });
say(`${elapsed()}  ${count} API servers are up, ${memoryOfThis()} MB of this process`);
const postgres = await startFaultPostgres();
const dataDir = await makeDataFolder();
const env = {
  DATABASE_URL: postgres.url(),
  QUARTERDECK_KEYRING: newKeyringText(randomBytes, 'bench'),
  QUARTERDECK_LOG_LEVEL: 'info',
  QUARTERDECK_CLUSTER_ADDRESS_ALLOW: fleet.clusters
    .map(({ server }) => `127.0.0.1/32:${new URL(server).port}`)
    .join(','),
};
const running: Product[] = [];
try {
  const server = await start('server');
  const worker = await start('worker');
  await waitFor('the setup code', () => server.output().includes('Setup code:'));
  const owner = await claimProduct(server);
  const usage = async (): Promise<Usage[]> =>
    Promise.all(
      Object.entries({ server: server.pid, worker: worker.pid, PostgreSQL: postgres.pid }).map(async ([name, pid]) => {
        const { rssBytes, cpuSeconds } = await usageOf(pid);
        return { name, mebibytes: rssBytes / mebibyte, cpuSeconds };
      }),
    );
  await wait(5000);
  const empty = await measure(usage, emptyMs);
  await registerAll(owner);
  const inSyncSeconds = await untilInSync(owner, async () => {
    const now = await usage();
    return now.map(({ name, mebibytes }) => `${name} ${Math.round(mebibytes)}`).join(', ');
  });
  // What the last first lists left behind is swept away by then.
  await wait(30_000);
  const rest = await measure(usage, watchedMs);
  print(empty, rest);
  const [cores, megabytes] = [total(rest, 'cores'), Math.round(total(rest, 'mebibytes'))];
  printResult({
    figure: 'idle-500',
    value: Math.round(cores * 1000) / 1000,
    unit: 'cores',
    baseline: Math.max(Math.round(total(empty, 'cores') * 1000) / 1000, 0.001),
    goal: goal.cores,
    ok: cores <= goal.cores && megabytes <= goal.megabytes,
    more: {
      clusters: count,
      memoryMB: megabytes,
      memoryGoalMB: goal.megabytes,
      memoryWithoutMB: Math.round(total(empty, 'mebibytes')),
      inSyncSeconds,
    },
  });
} finally {
  for (const product of running.reverse()) await product.stop();
  await postgres.remove();
  await removeDataFolder(dataDir);
  await fleet.stop();
}

async function start(program: 'server' | 'worker'): Promise<Product> {
  const product = await startProduct({ program, dataDir, env });
  running.push(product);
  await product.ready();
  return product;
}

type Measured = { name: string; mebibytes: number; cores: number };

async function measure(usage: () => Promise<Usage[]>, forMs: number): Promise<Measured[]> {
  const before = await usage();
  await wait(forMs);
  const after = await usage();
  return after.map(({ name, mebibytes, cpuSeconds }, index) => ({
    name,
    mebibytes,
    cores: ((cpuSeconds - (before[index]?.cpuSeconds ?? 0)) * 1000) / forMs,
  }));
}

function total(measured: readonly Measured[], what: 'mebibytes' | 'cores'): number {
  return measured.reduce((sum, each) => sum + each[what], 0);
}

async function registerAll(owner: Owner): Promise<void> {
  const left = [...fleet.clusters.entries()];
  let done = 0;
  const register = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [index, { kubeconfig }] = next;
      const access = { kind: 'kubeconfig', kubeconfig } as const;
      await owner.call(registerCluster, { body: { slug: `c${index}`, access, bootstrap: true } });
      done += 1;
      if (done % 50 === 0 || done === count) say(`${elapsed()}  ${done} registered`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, register));
}

/** @returns seconds since the last was registered */
async function untilInSync(owner: Owner, memory: () => Promise<string>): Promise<number> {
  const since = performance.now();
  await waitFor(
    'all to be in sync',
    async () => {
      const { clusters } = await owner.call(summarizeInventory, {});
      const live = clusters.filter(({ state }) => state === 'live').length;
      say(`${elapsed()}  ${live} of ${count} in sync; MB: ${await memory()}, this process ${memoryOfThis()}`);
      return live === count;
    },
    { timeoutMs: patienceMs, everyMs: 10_000 },
  );
  return Math.round((performance.now() - since) / 1000);
}

function print(empty: readonly Measured[], rest: readonly Measured[]): void {
  say(`                     no cluster   ${count} clusters at rest`);
  for (const [what, unit, digits] of [
    ['mebibytes', 'MB', 0],
    ['cores', 'cores', 3],
  ] as const) {
    for (const [index, { name, [what]: value }] of rest.entries())
      say(row(`${name}, ${unit}`, empty[index]?.[what] ?? 0, value, digits));
    say(row(`together, ${unit}`, total(empty, what), total(rest, what), digits));
  }
}

function row(name: string, before: number, after: number, digits: number): string {
  return `${name.padEnd(20)} ${before.toFixed(digits).padStart(10)}   ${after.toFixed(digits).padStart(20)}`;
}

function memoryOfThis(): number {
  return Math.round(process.memoryUsage.rss() / mebibyte);
}
