import { setTimeout as wait } from 'node:timers/promises';
import { printResult } from './result.ts';
import { syncWhole } from './whole-sync.ts';

/** Resident at rest, and at most while syncing. */
const goal = { mb: 700, peakMb: 1000 };
const pods = Number(process.argv[2] ?? 100_000);
const clusters = 10;
const settleMs = 20_000;
const megabyte = 1_000_000;

/**
 * Server, worker and PostgreSQL with 100,000 pods of ten clusters: while everything is synced from nothing, and at rest
 * afterwards. Baseline: this bare Node.
 */
let atRest = { node: 0, postgres: 0 };
const sync = await syncWhole(
  { clusters, pods: Math.round(pods / clusters), configMaps: 100, speaksHttp2: true, watchMemory: true },
  async ({ product }) => {
    await wait(settleMs);
    const { node, postgres } = await product.resources();
    atRest = { node: Math.round(node.rssBytes / megabyte), postgres: Math.round(postgres.rssBytes / megabyte) };
  },
);
const peak = Math.round(sync.peakBytes / megabyte);
const rest = atRest.node + atRest.postgres;
process.stdout.write('                 Node  PostgreSQL  together\n');
process.stdout.write(
  `at rest, MB    ${String(atRest.node).padStart(6)}${String(atRest.postgres).padStart(12)}${String(rest).padStart(10)}\n`,
);
process.stdout.write(`in sync, MB    ${' '.repeat(18)}${String(peak).padStart(10)}\n`);
printResult({
  figure: 'memory-100k',
  value: rest,
  unit: 'MB',
  baseline: Math.round(process.memoryUsage.rss() / megabyte),
  goal: goal.mb,
  ok: rest <= goal.mb && peak <= goal.peakMb,
  more: { peakMb: peak, nodeMb: atRest.node, postgresMb: atRest.postgres },
});
