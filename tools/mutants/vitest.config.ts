import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { mutants } from './list.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The attack tests of all mutants as one project; the runner starts it once and runs it per mutant. */
export default defineConfig({
  root,
  test: {
    include: [...new Set(mutants.flatMap(({ caughtBy, slowly = {} }) => Object.keys({ ...caughtBy, ...slowly })))],
    // Real control planes only for those that wait for them.
    globalSetup: [
      'packages/database/src/testing/vitest-setup.ts',
      ...(process.argv.includes('--slow') ? ['packages/testing/src/control-plane/shared-fleet.ts'] : []),
    ],
    setupFiles: ['tools/mutants/apply.ts'],
    testTimeout: 20_000,
    // Three lanes share two cores: a hook that starts a server may wait its turn.
    hookTimeout: 60_000,
  },
});
