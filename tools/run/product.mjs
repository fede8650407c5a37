import path from 'node:path';
import { root } from './programs.mjs';

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
