import { startControlPlanes } from '@quarterdeck/testing';
import { askAll, type Timing } from './http-clients.ts';
import { fillPods, startInventory } from './inventory-rows.ts';
import { percentile, printResult } from './result.ts';

const goal = { p50: 120, firstByte: 15 };
const rows = 10_000;
const stored = 50_000;
const rounds = 15;

/**
 * 10,000 slim rows in one streamed answer: JSON lines of the export. Baseline: one real API server's own Table of its
 * 10,000 objects (small ones, so that it is a lower bound of what 10,000 pods take).
 */
const bench = await startInventory(10);
await fillPods(bench, 0, stored);
const ask = (count: number) =>
  askAll({
    urls: [`${bench.url}/inventory/objects/export?plural=pods&limit=${rows}`],
    clients: 1,
    rounds: count,
    headers: { cookie: bench.cookie },
  });
await ask(3);
const { timings: ours } = await ask(rounds);
await bench.close();

const fleet = await startControlPlanes({ count: 1, controllers: false });
const [cluster] = fleet.clusters;
if (cluster === undefined) throw new Error('there is no control plane');
const configMaps = '/api/v1/namespaces/default/configmaps';
for (let index = 0; index < rows; index += 100) {
  await Promise.all(
    Array.from({ length: 100 }, (_, step) =>
      cluster.request('POST', configMaps, { metadata: { name: `row-${index + step}` } }),
    ),
  );
}
const { timings: direct } = await askAll({
  urls: [`${cluster.server}${configMaps}`],
  clients: 1,
  rounds,
  headers: {
    authorization: `Bearer ${cluster.adminToken}`,
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  },
  caPem: cluster.caPem,
});
await fleet.stop();

const at = (timings: readonly Timing[], part: 'ms' | 'firstMs', share = 0.5) =>
  Math.round(
    percentile(
      timings.map((timing) => timing[part]),
      share,
    ) * 10,
  ) / 10;
const line = (name: string, timings: readonly Timing[]) =>
  process.stdout.write(
    `${name.padEnd(28)}${at(timings, 'ms')} ms, first byte ${at(timings, 'firstMs')} ms, ${Math.round((timings[0]?.bytes ?? 0) / 1024)} KiB\n`,
  );
line('10,000 rows, streamed', ours);
line('one API server, Table', direct);
printResult({
  figure: 'rows-10k',
  value: at(ours, 'ms'),
  unit: 'ms',
  baseline: at(direct, 'ms'),
  goal: goal.p50,
  ok: at(ours, 'ms') <= goal.p50 && at(ours, 'firstMs') <= goal.firstByte,
  more: { firstByteMs: at(ours, 'firstMs'), p95: at(ours, 'ms', 0.95) },
});
