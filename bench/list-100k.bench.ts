import { startControlPlanes } from '@quarterdeck/testing';
import { askAll, type Timing } from './http-clients.ts';
import { churn, fillPods, startInventory } from './inventory-rows.ts';
import { percentile, printResult } from './result.ts';

/** First page of 50: p95 and p50 in ms, and how much 10,000 and 300,000 rows may differ from 100,000. */
const goal = { p95: 40, p50: 10, spread: 1.5 };
const sizes = (process.argv[2] ?? '10000,100000,300000').split(',').map(Number);
const clients = 10;
const changesPerSecond = Number(process.env.CHANGES ?? 500);
const rounds = 5;
const baselinePods = 500;

const sorts = ['name', '-createdAt', 'status', '-restarts', 'node', '-cpuCores'];
const filters = ['', 'health=failed', 'labels=app%3Dapp-77', 'q=app-12'];
const paths = sorts.flatMap((sort) =>
  filters.map((filter) => `/inventory/objects?plural=pods&limit=50&sort=${sort}&${filter}`),
);

/**
 * The first page of pods over 10 clusters, any of 6 sort columns with any of 4 filters, by REST with sign-in and row
 * access, while 500 rows a second change. Baseline: one real API server asked for a page of 50 of its own pods, as Table.
 * Other sizes than the three may be given, with commas.
 */
const fleet = await startControlPlanes({ count: 1, controllers: false });
const [cluster] = fleet.clusters;
if (cluster === undefined) throw new Error('there is no control plane');
// Without controllers nobody makes it, and no pod is taken without it.
await cluster.request('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
const pod = (index: number) => ({
  metadata: { name: `pod-${index}` },
  spec: { schedulerName: 'nobody', automountServiceAccountToken: false, containers: [{ name: 'app', image: 'app:1' }] },
});
for (let index = 0; index < baselinePods; index += 50) {
  const made = Array.from({ length: 50 }, (_, step) =>
    cluster.request('POST', '/api/v1/namespaces/default/pods', pod(index + step)),
  );
  await Promise.all(made);
}
const { timings: direct } = await askAll({
  urls: [`${cluster.server}/api/v1/pods?limit=50`],
  clients,
  rounds: 50,
  headers: {
    authorization: `Bearer ${cluster.adminToken}`,
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  },
  caPem: cluster.caPem,
});
await fleet.stop();

process.stdout.write('                          p50, ms  p95, ms   worst question, its p95\n');
line('one API server, Table', direct);

const bench = await startInventory(10);
const measured = new Map<number, Timing[]>();
let rows = 0;
for (const size of sizes) {
  await fillPods(bench, rows, size);
  rows = size;
  const ask = (count: number) =>
    askAll({ urls: paths.map((path) => bench.url + path), clients, rounds: count, headers: { cookie: bench.cookie } });
  await ask(1);
  const stop = churn(bench, rows, changesPerSecond);
  const before = await bench.cpu();
  const { timings, cpuMs } = await ask(rounds);
  const after = await bench.cpu();
  await stop();
  measured.set(size, timings);
  const share = (name: keyof typeof after) => Math.round(((after[name] - before[name]) / timings.length) * 100) / 100;
  const each = { server: share('server'), postgres: share('postgres'), writer: share('writer') };
  const clientCpu = Math.round((cpuMs / timings.length) * 100) / 100;
  process.stdout.write(
    `  CPU a question, ms: server ${each.server}, PostgreSQL ${each.postgres} (changes included), writer of the changes ${each.writer}, clients ${clientCpu}\n`,
  );
  const worst = paths
    .map((path, url) => ({
      path,
      p95: ms(
        timings.filter((timing) => timing.url === url),
        0.95,
      ),
    }))
    .toSorted((one, other) => other.p95 - one.p95)[0];
  line(`${size} rows`, timings, `${worst?.p95} ${worst?.path.split('limit=50&')[1]}`);
}
await bench.close();

const at = (size: number, share: number) => ms(measured.get(size) ?? [], share);
const spread = Math.max(...[...measured.keys()].map((size) => at(size, 0.95))) / at(100_000, 0.95);
printResult({
  figure: 'list-100k',
  value: at(100_000, 0.95),
  unit: 'ms',
  baseline: ms(direct, 0.95),
  goal: goal.p95,
  ok: at(100_000, 0.95) <= goal.p95 && at(100_000, 0.5) <= goal.p50 && spread <= goal.spread,
  more: {
    p50: at(100_000, 0.5),
    ...Object.fromEntries([...measured.keys()].map((size) => [`p95At${size}`, at(size, 0.95)])),
    baselineP50: ms(direct, 0.5),
  },
});

function ms(timings: readonly Timing[], share: number): number {
  const times = timings.map((timing) => timing.ms);
  return Math.round(percentile(times, share) * 10) / 10;
}

function line(name: string, timings: readonly Timing[], worst = ''): void {
  const cell = (share: number) => String(ms(timings, share)).padStart(9);
  process.stdout.write(`${name.padEnd(24)}${cell(0.5)}${cell(0.95)}   ${worst}\n`);
}
