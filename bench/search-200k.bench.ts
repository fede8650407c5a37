import { startControlPlanes } from '@quarterdeck/testing';
import { askAll, type Timing } from './http-clients.ts';
import { fillKind, fillPods, settle, startInventory } from './inventory-rows.ts';
import { percentile, printResult } from './result.ts';

const goal = 50;
const clusterCount = 20;
const rounds = Number(process.argv[2] ?? 10);
const hash = (index: number) => ((index * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0');

/** How many rows of what: 200,000 in all. */
const kinds: readonly (readonly [plural: string, count: number, name: (index: number) => string])[] = [
  ['replicasets', 30_000, (index) => `app-${index % 500}-${hash(index)}`],
  ['configmaps', 20_000, (index) => `app-${index % 500}-config-${index}`],
  ['secrets', 12_000, (index) => `app-${index % 500}-secret-${index}`],
  ['endpointslices', 10_000, (index) => `app-${index % 500}-${hash(index).slice(0, 5)}-${index}`],
  ['deployments', 8000, (index) => `app-${index % 500}-${index}`],
  ['services', 8000, (index) => `app-${index % 500}-${index}`],
  ['serviceaccounts', 5000, (index) => `app-${index % 500}-sa-${index}`],
  ['jobs', 3000, (index) => `app-${index % 500}-migrate-${index}`],
  ['horizontalpodautoscalers', 2000, (index) => `app-${index % 500}-${index}`],
  ['poddisruptionbudgets', 1000, (index) => `app-${index % 500}-${index}`],
  ['ingresses', 600, (index) => `app-${index % 500}-${index}`],
  ['nodes', 400, (index) => `node-${index}`],
];
const pods = 200_000 - kinds.reduce((sum, [, count]) => sum + count, 0);
/** From a word that every row has to one that none has; the last is too short for anything but the start of a name. */
const words = ['app', 'team', 'web', 'quarterdeck', 'app-1', 'app-12', 'app-77', 'registry.example', 'node-777'].concat(
  ['-config-1999', hash(4242), 'no-such-thing', 'ap'],
);

/**
 * A word looked for in 200,000 rows of all kinds in 20 clusters, by REST with sign-in and row access, one question after
 * another. Baseline: one API server's Table of 10,000 objects, which whoever looks for a substring there must read whole.
 */
const fleet = await startControlPlanes({ count: 1, controllers: false });
const [cluster] = fleet.clusters;
if (cluster === undefined) throw new Error('there is no control plane');
const configMaps = '/api/v1/namespaces/default/configmaps';
for (let index = 0; index < 10_000; index += 100) {
  const made = Array.from({ length: 100 }, (_, step) =>
    cluster.request('POST', configMaps, { metadata: { name: `row-${index + step}` } }),
  );
  await Promise.all(made);
}
const { timings: direct } = await askAll({
  urls: [`${cluster.server}${configMaps}`],
  clients: 1,
  rounds: 10,
  headers: {
    authorization: `Bearer ${cluster.adminToken}`,
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  },
  caPem: cluster.caPem,
});
await fleet.stop();

const bench = await startInventory(clusterCount);
await fillPods(bench, 0, pods);
for (const [plural, count, nameOf] of kinds) await fillKind(bench, plural, count, nameOf);
await settle(bench);
const ask = (count: number) =>
  askAll({
    urls: words.map((word) => `${bench.url}/inventory/search?q=${encodeURIComponent(word)}&limit=5`),
    clients: 1,
    rounds: count,
    headers: { cookie: bench.cookie },
  });
await ask(1);
const before = await bench.cpu();
const { timings } = await ask(rounds);
const after = await bench.cpu();
await bench.close();

const ms = (times: readonly Timing[], share: number) =>
  Math.round(
    percentile(
      times.map((timing) => timing.ms),
      share,
    ) * 10,
  ) / 10;
const row = (name: string, times: readonly Timing[]) =>
  process.stdout.write(
    `${name.padEnd(32)}${String(ms(times, 0.5)).padStart(9)}${String(ms(times, 0.95)).padStart(9)}\n`,
  );
process.stdout.write(`${''.padEnd(32)}  p50, ms  p95, ms\n`);
row('one API server, 10,000 as Table', direct);
for (const [at, word] of words.entries())
  row(
    word,
    timings.filter(({ url }) => url === at),
  );
row('all words', timings);
const each = (name: keyof typeof after) => Math.round(((after[name] - before[name]) / timings.length) * 100) / 100;
process.stdout.write(`CPU a question, ms: server ${each('server')}, PostgreSQL ${each('postgres')}\n`);
printResult({
  figure: 'search-200k',
  value: ms(timings, 0.95),
  unit: 'ms',
  baseline: ms(direct, 0.95),
  goal,
  more: { p50: ms(timings, 0.5), worstMs: ms(timings, 1) },
});
