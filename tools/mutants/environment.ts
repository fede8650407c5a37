import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MutantEntry } from './list.ts';

/** What a process needs in its environment to run with a mutant. */
export function spawnEnvironment(
  root: string,
  { name, module }: Pick<MutantEntry, 'name' | 'module'>,
  nodeOptions = '',
): Record<string, string> {
  const preload = pathToFileURL(path.join(root, 'tools/mutants/spawned.ts')).href;
  return {
    MUTANT_MODULE: path.join(root, module),
    MUTANT_FILE: path.join(root, `tools/mutants/${name}.ts`),
    NODE_OPTIONS: `${nodeOptions} --import=${preload}`.trim(),
  };
}
