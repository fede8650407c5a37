import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtinBundles } from '../packages/templating/src/builtin.ts';
import { loadBundle } from '../packages/templating/src/bundle.ts';
import { runGoldenTests } from '../packages/templating/src/golden.ts';

/** Writes what the built-in templates make now into their golden tests; the diff is what a reviewer looks at. */
const folder = fileURLToPath(new URL('../packages/templating/src/builtin', import.meta.url));

for (const bundle of (await builtinBundles()).map(loadBundle)) {
  for (const { file, problem, renewed } of runGoldenTests(bundle)) {
    if (problem !== undefined) throw new Error(`${bundle.name} ${file}: ${problem}`);
    if (renewed === undefined) continue;
    await writeFile(path.join(folder, bundle.name, file), renewed);
    console.log(`${bundle.name} ${file}`);
  }
}
