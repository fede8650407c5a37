import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { configuration } from './install.mjs';
import { compileProduct } from './product.mjs';
import { node, root, run } from './programs.mjs';

/** Runs one benchmark; its last line is one JSON object. Without a name: lists them. */
export async function bench([name, ...args]) {
  const folder = path.join(root, 'bench');
  const names = (await readdir(folder))
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => file.slice(0, -'.bench.ts'.length));
  const file = path.join(folder, `${name}.bench.ts`);
  if (name === undefined || !existsSync(file)) {
    throw configuration(`Name a benchmark: npm run bench -- NAME. There are: ${names.sort().join(', ')}.`);
  }
  await compileProduct();
  return (await run(node, [file, ...args])).code;
}
