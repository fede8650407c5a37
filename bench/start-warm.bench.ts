import { spawnSync } from 'node:child_process';
import { makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';
import { median, printResult } from './result.ts';

const rounds = 5;

/** Start with everything installed and built, to the first page served. Baseline: Node starting and doing nothing. */
const folder = await makeDataFolder();
const first = await startOnce();
const times: number[] = [];
const bare: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  times.push(await startOnce());
  const started = performance.now();
  spawnSync(process.execPath, ['-e', '']);
  bare.push(performance.now() - started);
}
await removeDataFolder(folder);
process.stdout.write(`first start with an empty data folder  ${Math.round(first)} ms\n`);
process.stdout.write(`later starts, median of ${rounds}            ${Math.round(median(times))} ms\n`);
process.stdout.write(`node -e '', median of ${rounds}              ${Math.round(median(bare))} ms\n`);
printResult({
  figure: 'start-warm',
  value: Math.round(median(times)) / 1000,
  unit: 's',
  baseline: Math.round(median(bare)) / 1000,
  goal: 10,
  more: { emptyFolderSeconds: Math.round(first) / 1000 },
});

/** Milliseconds from the start of the process to its first page. */
async function startOnce(): Promise<number> {
  const started = performance.now();
  const product = await startProduct({ dataDir: folder });
  await product.ready();
  await (await fetch(product.origin)).text();
  const took = performance.now() - started;
  await product.stop();
  return took;
}
