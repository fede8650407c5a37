import path from 'node:path';
import { inject, vi } from 'vitest';
import { spawnEnvironment } from './environment.ts';
import type { MutantEntry } from './list.ts';
import { broken, type Mutant } from './mutate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by the runner of the mutants alone. */
    mutant: MutantEntry & { root: string };
  }
}

const { root, ...entry } = inject('mutant');
const file = path.join(root, entry.module);

// Every import of the module in this test file, at whatever depth, gets the broken one …
vi.doMock(file, async () => {
  const real = await vi.importActual<object>(file);
  const mutant = (await import(path.join(root, `tools/mutants/${entry.name}.ts`))) as { default: Mutant<object> };
  return broken(real, mutant.default);
});

// … and so does every process the test starts.
Object.assign(process.env, spawnEnvironment(root, entry, process.env.NODE_OPTIONS));
