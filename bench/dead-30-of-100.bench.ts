import { performance } from 'node:perf_hooks';
import { listObjects, registerCluster } from '@quarterdeck/contracts';
import {
  claimProduct,
  type FaultProxy,
  makeDataFolder,
  type Owner,
  removeDataFolder,
  startFaultProxy,
  startProduct,
  startSimulated,
  waitFor,
} from '@quarterdeck/testing';
import { percentile, printResult } from './result.ts';

const count = Number(process.argv[2] ?? 100);
if (!Number.isInteger(count) || count < 10)
  throw new Error('usage: dead-30-of-100 [clusters, 100 unless told, 10 at least]');
const dead = Math.round(count * 0.3);
const clients = 10;
const rounds = 50;
const goalPercent = 20;
const goalSeconds = 15;
/** Watches start 200 a second over all clusters, and each cluster is set up by its own bootstrap first. */
const patienceMs = 20 * 60_000;

/**
 * The first page of a list over a hundred simulated clusters before and after thirty of them take connections and answer
 * nothing, and how long until the last of those is shown as cut off. Baseline: p95 of the page while all are well.
 */
const fleet = await startSimulated({ count });
const proxies = await Promise.all(fleet.clusters.slice(0, dead).map((cluster) => startFaultProxy(cluster)));
const servers = fleet.clusters.map((cluster, index) => proxies[index]?.server ?? cluster.server);
const dataDir = await makeDataFolder();
const product = await startProduct({
  dataDir,
  args: ['--no-demo'],
  env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: servers.map((server) => `127.0.0.1/32:${new URL(server).port}`).join(',') },
});
try {
  await product.ready();
  const owner = await claimProduct(product);
  for (const [index, cluster] of fleet.clusters.entries()) {
    const kubeconfig = proxies[index]?.kubeconfig ?? cluster.kubeconfig;
    const access = { kind: 'kubeconfig', kubeconfig } as const;
    await owner.call(registerCluster, { body: { slug: `c${index}`, access, bootstrap: true } });
  }
  await waitFor('all to be live', async () => (await statesOf(owner)).every((state) => state === 'live'), {
    timeoutMs: patienceMs,
    everyMs: 1000,
  });
  // The first round pays for what is built once, and the first syncs have just ended.
  await measure(owner);
  const well = await measure(owner);
  const cutAt = performance.now();
  for (const { network } of proxies) network.silence('all');
  await waitFor(
    'the dead to be shown',
    async () => (await statesOf(owner)).filter((state) => state === 'cut_off').length === dead,
    { timeoutMs: 120_000, everyMs: 100 },
  );
  const shownSeconds = (performance.now() - cutAt) / 1000;
  const dialsBefore = dials(proxies);
  const startedAt = performance.now();
  const cut = await measure(owner);
  const seconds = (performance.now() - startedAt) / 1000;
  const dialsPerCluster = (dials(proxies) - dialsBefore) / dead / seconds;
  const slowerPercent = Math.round((cut / well - 1) * 1000) / 10;
  const round = (value: number) => Math.round(value * 10) / 10;
  process.stdout.write(`                      all ${count} well   ${dead} of them dead\n`);
  process.stdout.write(
    `first page, p95, ms   ${round(well).toString().padStart(12)}   ${round(cut).toString().padStart(15)}\n`,
  );
  process.stdout.write(
    `last one shown as cut off after ${round(shownSeconds)} s; ${round(dialsPerCluster)} dials a second and dead cluster\n`,
  );
  printResult({
    figure: 'dead-30-of-100',
    value: slowerPercent,
    unit: '%',
    baseline: round(well),
    goal: goalPercent,
    ok: slowerPercent <= goalPercent && shownSeconds <= goalSeconds,
    more: {
      clusters: count,
      dead,
      p95DeadMs: round(cut),
      shownSeconds: round(shownSeconds),
      goalSeconds,
      dialsPerSecond: round(dialsPerCluster),
    },
  });
} finally {
  await product.stop();
  await removeDataFolder(dataDir);
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await fleet.stop();
}

function page(owner: Owner) {
  return owner.call(listObjects, { query: { plural: 'namespaces', limit: 50 } });
}

async function statesOf(owner: Owner): Promise<string[]> {
  return (await page(owner)).clusters.map(({ state }) => state);
}

/** p95 of the first page, ms, asked by ten clients at once. */
async function measure(owner: Owner): Promise<number> {
  const times: number[] = [];
  const client = async () => {
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now();
      await page(owner);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return percentile(times, 0.95);
}

function dials(all: readonly FaultProxy[]): number {
  return all.reduce((sum, { network }) => sum + network.accepted(), 0);
}
