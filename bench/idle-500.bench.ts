import { setTimeout as wait } from 'node:timers/promises';
import { registerCluster, summarizeInventory } from '@quarterdeck/contracts';
import {
  claimProduct,
  makeDataFolder,
  removeDataFolder,
  startProduct,
  startSimulated,
  waitFor,
} from '@quarterdeck/testing';
import { printResult } from './result.ts';
import { usageOf } from './usage.ts';

const count = Number(process.argv[2] ?? 500);
const goal = { cores: 0.5, megabytes: 1500 };
const watchedMs = Number(process.argv[3] ?? 60) * 1000;
const atOnce = 4;
/** Watches start 200 a second over all clusters; simulated ones share the machine. */
const patienceMs = 40 * 60_000;
const mebibyte = 2 ** 20;

/**
 * Processor and memory of the whole product, PostgreSQL included, with 500 registered clusters in which nothing happens.
 * Baseline: itself with none. The clusters are simulated ones in this process, which is not counted.
 */
const fleet = await startSimulated({ count });
const dataDir = await makeDataFolder();
const product = await startProduct({
  dataDir,
  args: ['--no-demo'],
  env: {
    QUARTERDECK_CLUSTER_ADDRESS_ALLOW: fleet.clusters
      .map(({ server }) => `127.0.0.1/32:${new URL(server).port}`)
      .join(','),
  },
});
try {
  await product.ready();
  const owner = await claimProduct(product);
  await wait(5000);
  const fresh = await usageOf(product.pid);
  await wait(15_000);
  const empty = await usageOf(product.pid);
  const emptyCores = Math.round(((empty.cpuSeconds - fresh.cpuSeconds) / 15) * 1000) / 1000;
  const left = [...fleet.clusters.entries()];
  const register = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [index, { kubeconfig }] = next;
      const access = { kind: 'kubeconfig', kubeconfig } as const;
      await owner.call(registerCluster, { body: { slug: `c${index}`, access, bootstrap: true } });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, register));
  const startedAt = performance.now();
  await waitFor(
    'all to be in sync',
    async () => {
      const { clusters } = await owner.call(summarizeInventory, {});
      return clusters.length === count && clusters.every(({ state }) => state === 'live');
    },
    { timeoutMs: patienceMs, everyMs: 5000 },
  );
  const inSyncSeconds = Math.round((performance.now() - startedAt) / 1000);
  // What the last first lists left behind is swept away by then.
  await wait(30_000);
  const before = await usageOf(product.pid);
  await wait(watchedMs);
  const after = await usageOf(product.pid);
  const cores = Math.round(((after.cpuSeconds - before.cpuSeconds) / (watchedMs / 1000)) * 1000) / 1000;
  const megabytes = Math.round(after.rssBytes / mebibyte);
  const baseline = Math.round(empty.rssBytes / mebibyte);
  process.stdout.write(`                     no cluster   ${count} clusters at rest\n`);
  process.stdout.write(`memory, MB           ${String(baseline).padStart(10)}   ${String(megabytes).padStart(20)}\n`);
  for (const [name, bytes] of after.bytesOf) {
    const cell = (of: number) => String(Math.round(of / mebibyte));
    process.stdout.write(
      `  of it ${name.padEnd(12)} ${cell(empty.bytesOf.get(name) ?? 0).padStart(10)}   ${cell(bytes).padStart(20)}\n`,
    );
  }
  process.stdout.write(`processor, cores     ${''.padStart(10)}   ${String(cores).padStart(20)}\n`);
  process.stdout.write(`all in sync ${inSyncSeconds} s after the last was registered\n`);
  printResult({
    figure: 'idle-500',
    value: cores,
    unit: 'cores',
    baseline: Math.max(emptyCores, 0.001),
    goal: goal.cores,
    ok: cores <= goal.cores && megabytes <= goal.megabytes,
    more: {
      clusters: count,
      memoryMB: megabytes,
      memoryGoalMB: goal.megabytes,
      memoryWithoutMB: baseline,
      inSyncSeconds,
    },
  });
} finally {
  await product.stop();
  await removeDataFolder(dataDir);
  await fleet.stop();
}
