import { defineConfig } from 'vitest/config';

const postgres = 'packages/database/src/testing/vitest-setup.ts';
const controlPlanes = 'packages/testing/src/control-plane/shared-fleet.ts';
const exclude = [
  '**/node_modules/**',
  '**/dist/**',
  '**/*.{store,route,behaviour,fault}.test.{ts,tsx}',
  'tools/checks/**',
];

/**
 * A test that hangs ends; how fast one is, is no test's business, and machines are shared. What is to become true is
 * waited for a minute unless a test knows that it takes longer, so that a test ends later than its own wait.
 */
const patience = { testTimeout: 180_000, hookTimeout: 300_000, expect: { poll: { timeout: 60_000 } } };

/**
 * Files of these layers share the modules of their worker: to load the product anew for each file cost as much
 * processor time as the tests themselves. So a module keeps nothing of a test, which the product needs anyway.
 */
const shared = { ...patience, isolate: false };

/** A project per layer; the layer of a test is in its file name. */
export default defineConfig({
  test: {
    // Most files wait, for databases, clusters and pages; on two cores fewer would idle half the time.
    maxWorkers: 4,
    projects: [
      { test: { ...shared, name: 'unit', include: ['{apps,packages,tools}/**/*.test.{ts,tsx}'], exclude } },
      {
        test: { ...shared, name: 'store', include: ['{apps,packages}/**/*.store.test.ts'], globalSetup: [postgres] },
      },
      { test: { ...shared, name: 'route', include: ['apps/**/*.route.test.ts'], globalSetup: [postgres] } },
      {
        test: {
          ...patience,
          name: 'behaviour',
          include: ['{apps,packages}/**/*.behaviour.test.ts'],
          globalSetup: [postgres, controlPlanes],
        },
      },
      {
        test: {
          ...patience,
          name: 'fault',
          include: ['{apps,packages}/**/*.fault.test.ts'],
          globalSetup: [postgres, controlPlanes],
        },
      },
      { test: { ...patience, name: 'checks', include: ['tools/checks/**/*.test.ts'], globalSetup: [postgres] } },
      {
        test: {
          ...patience,
          name: 'browser',
          // What a journey needs, it starts: the product brings its database, a stage its clusters.
          include: ['e2e/**/*.spec.ts'],
          setupFiles: ['e2e/setup/say-what-pages-showed.ts'],
          // A step waits for many things, one after another.
          testTimeout: 300_000,
        },
      },
    ],
  },
});
