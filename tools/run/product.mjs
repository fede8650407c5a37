import path from 'node:path';
import { environment, node, root, run } from './programs.mjs';

/** MiB that new objects of a process have before it looks which are still used; V8 would let them have 64. */
const semiSpaceMb = 8;

/**
 * How each process of the product runs, in deploy/Dockerfile as well. Compiled code is kept from one start to the next:
 * without it every process and every thread holds a compiler of TypeScript, 17 MiB, and takes longer to start.
 * @param options what whoever starts it wants of Node besides
 * @returns {{ NODE_COMPILE_CACHE: string, NODE_OPTIONS: string }}
 */
export function productEnvironment(options = process.env.NODE_OPTIONS ?? '') {
  return {
    NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/compiled'),
    // What comes last counts.
    NODE_OPTIONS: `--max-semi-space-size=${semiSpaceMb} ${options}`.trim(),
  };
}

/** Programs, and what they start threads with. */
const entries = ['server', 'worker', 'features/inventory/watch-thread'];

/** As its image is: each ends for want of a database once its code is read. */
export async function compileProduct() {
  const env = { ...environment(), ...productEnvironment(), DATABASE_URL: undefined };
  for (const entry of entries) await run(node, [`apps/api/src/${entry}.ts`], { capture: true, env });
}
