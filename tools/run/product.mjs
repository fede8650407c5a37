import path from 'node:path';
import { environment, node, root, run } from './programs.mjs';

/** MiB that new objects of a process have before it looks which are still used; V8 would let them have 64. */
const semiSpaceMb = 8;

/**
 * Of the C library (glibc; others ignore it): memory that was given back goes back to the system. Left to itself it keeps
 * what one hash of a password took, 19 MiB, and an arena for each of a dozen threads.
 */
const allocator = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '1048576' };

/**
 * How each process of the product runs, in deploy/Dockerfile as well. Compiled code is kept from one start to the next:
 * without it every process and every thread holds a compiler of TypeScript, 17 MiB, and takes longer to start.
 * @param options what whoever starts it wants of Node besides
 * @returns {{ NODE_COMPILE_CACHE: string, NODE_OPTIONS: string, MALLOC_ARENA_MAX: string, MALLOC_TRIM_THRESHOLD_: string }}
 */
export function productEnvironment(options = process.env.NODE_OPTIONS ?? '') {
  return {
    ...allocator,
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
