import { printResult } from './result.ts';
import { syncWhole } from './whole-sync.ts';

/** MiB above what the product takes before, and how late its event loop is meanwhile. */
const goal = { mebibytes: 400, loopP99Ms: 50 };
const pods = Number(process.argv[2] ?? 150_000);
const mebibyte = 2 ** 20;

/**
 * One cluster's list of 150,000 pods in pages, whose token expires midway: it is begun anew and read to the end. Memory
 * is that of Node, server and worker together, at most; PostgreSQL is beside it. Baseline: one page of 500 as one text.
 */
const sync = await syncWhole({
  clusters: 1,
  pods,
  configMaps: 1,
  watchMemory: true,
  pagesOnly: true,
  expiresAt: Math.round(pods / 2),
});
const grown = Math.round((sync.peakNodeBytes - sync.startNodeBytes) / mebibyte);
const loopP99Ms = Math.round(sync.product.loopP99Ms * 10) / 10;
process.stdout.write(`pods ${pods}, read in ${Math.round(sync.rowsMs / 1000)} s\n`);
process.stdout.write(`memory of Node above its start, MiB  ${String(grown).padStart(8)}\n`);
process.stdout.write(`event loop late, p99, ms             ${String(loopP99Ms).padStart(8)}\n`);
printResult({
  figure: 'list-150k',
  value: grown,
  unit: 'MiB',
  baseline: Math.round((500 * 8300) / mebibyte),
  goal: goal.mebibytes,
  ok: grown <= goal.mebibytes && loopP99Ms < goal.loopP99Ms,
  more: { loopP99Ms, rowsSeconds: Math.round(sync.rowsMs / 1000) },
});
