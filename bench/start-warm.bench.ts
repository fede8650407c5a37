import { spawnSync } from 'node:child_process';
import { makeDataFolder, removeDataFolder, startProduct } from './product.ts';
import { median, printResult } from './result.ts';

const rounds = 5;

/** Start with everything installed and built, to the first page served. Baseline: Node starting and doing nothing. */
const folder = await makeDataFolder();
const first = await startProduct(folder);
await first.stop();
const times: number[] = [];
const bare: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const product = await startProduct(folder);
  times.push(product.readyMs);
  await product.stop();
  const started = performance.now();
  spawnSync(process.execPath, ['-e', '']);
  bare.push(performance.now() - started);
}
await removeDataFolder(folder);
process.stdout.write(`first start with an empty data folder  ${Math.round(first.readyMs)} ms\n`);
process.stdout.write(`later starts, median of ${rounds}            ${Math.round(median(times))} ms\n`);
process.stdout.write(`node -e '', median of ${rounds}              ${Math.round(median(bare))} ms\n`);
printResult({
  figure: 'start-warm',
  value: Math.round(median(times)) / 1000,
  unit: 's',
  baseline: median(bare) / 1000,
  goal: 10,
  more: { emptyFolderSeconds: Math.round(first.readyMs) / 1000 },
});
