import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from './mutate.ts';

/**
 * Preloaded (`node --import`) in the processes that an attack test starts: serves the broken module there too.
 * `MUTANT_MODULE` and `MUTANT_FILE` are absolute paths; both are set by `apply.ts` and inherited.
 */
const { MUTANT_MODULE = '', MUTANT_FILE = '' } = process.env;
const url = pathToFileURL(path.resolve(MUTANT_MODULE)).href;
const mutantUrl = pathToFileURL(path.resolve(MUTANT_FILE)).href;
const helperUrl = new URL('./mutate.ts', import.meta.url).href;
const mutant = ((await import(mutantUrl)) as { default: Mutant }).default;

registerHooks({
  load(asked, context, next) {
    if (asked !== url) return next(asked, context);
    const names = Object.keys(mutant);
    const source = [
      `import * as real from ${JSON.stringify(`${url}?real`)};`,
      `import mutant from ${JSON.stringify(mutantUrl)};`,
      `import { broken } from ${JSON.stringify(helperUrl)};`,
      `export * from ${JSON.stringify(`${url}?real`)};`,
      `const { ${names.map((name, index) => `${name}: x${index}`).join(', ')} } = broken(real, mutant);`,
      `export { ${names.map((name, index) => `x${index} as ${name}`).join(', ')} };`,
    ].join('\n');
    return { format: 'module', source, shortCircuit: true };
  },
});
