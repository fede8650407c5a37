import { setTimeout as wait } from 'node:timers/promises';
import { makeDataFolder, removeDataFolder, startProduct, usageOf } from './product.ts';
import { printResult } from './result.ts';

const settleMs = 10_000;
const watchMs = 30_000;
const mebibyte = 2 ** 20;

/** Memory and CPU of everything `npm start` runs when nobody does anything. Baseline: memory of this bare Node. */
const folder = await makeDataFolder();
const product = await startProduct(folder);
await wait(settleMs);
const before = await usageOf(product.pid);
await wait(watchMs);
const after = await usageOf(product.pid);
await product.stop();
await removeDataFolder(folder);
const memory = Math.round(after.rssBytes / mebibyte);
const cpuPercent = Math.round(((after.cpuSeconds - before.cpuSeconds) / (watchMs / 1000)) * 1000) / 10;
process.stdout.write(`memory  ${memory} MB\nCPU     ${cpuPercent} % of one core\n`);
printResult({
  figure: 'idle',
  value: memory,
  unit: 'MB',
  baseline: Math.round(process.memoryUsage().rss / mebibyte),
  goal: 700,
  more: { cpuPercent },
});
