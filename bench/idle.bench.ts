import { setTimeout as wait } from 'node:timers/promises';
import { makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';
import { printResult } from './result.ts';
import { usageOf } from './usage.ts';

const settleMs = 10_000;
const watchMs = 30_000;
const mebibyte = 2 ** 20;
const cpuGoalPercent = 10;

/** Memory and CPU of everything `npm start` runs when nobody does anything. Baseline: memory of this bare Node. */
const folder = await makeDataFolder();
const product = await startProduct({ dataDir: folder });
await product.ready();
await wait(settleMs);
const before = await usageOf(product.pid);
await wait(watchMs);
const after = await usageOf(product.pid);
await product.stop();
await removeDataFolder(folder);
const memory = Math.round(after.rssBytes / mebibyte);
const baseline = Math.round(process.memoryUsage().rss / mebibyte);
const cpuPercent = Math.round(((after.cpuSeconds - before.cpuSeconds) / (watchMs / 1000)) * 1000) / 10;
process.stdout.write(`                  everything   bare Node\n`);
process.stdout.write(`memory, MB        ${String(memory).padStart(10)}  ${String(baseline).padStart(10)}\n`);
process.stdout.write(`CPU, % of a core  ${String(cpuPercent).padStart(10)}\n`);
printResult({
  figure: 'idle',
  value: memory,
  unit: 'MB',
  baseline,
  goal: 700,
  ok: memory <= 700 && cpuPercent <= cpuGoalPercent,
  more: { cpuPercent, cpuGoalPercent },
});
