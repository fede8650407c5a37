import { defineConfig } from 'vitest/config';

const postgres = 'packages/database/src/testing/vitest-setup.ts';
const controlPlanes = 'packages/testing/src/control-plane/shared-fleet.ts';
const exclude = [
  '**/node_modules/**',
  '**/dist/**',
  '**/*.{store,route,behaviour,fault}.test.{ts,tsx}',
  'tools/checks/**',
];

/** A project per layer; the layer of a test is in its file name. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{apps,packages,tools}/**/*.test.{ts,tsx}'], exclude } },
      { test: { name: 'store', include: ['{apps,packages}/**/*.store.test.ts'], globalSetup: [postgres] } },
      { test: { name: 'route', include: ['apps/**/*.route.test.ts'], globalSetup: [postgres] } },
      {
        test: {
          name: 'behaviour',
          include: ['{apps,packages}/**/*.behaviour.test.ts'],
          globalSetup: [postgres, controlPlanes],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'fault',
          include: ['{apps,packages}/**/*.fault.test.ts'],
          globalSetup: [postgres, controlPlanes],
          testTimeout: 60_000,
        },
      },
      { test: { name: 'checks', include: ['tools/checks/**/*.test.ts'], globalSetup: [postgres] } },
      {
        test: {
          name: 'browser',
          include: ['e2e/**/*.spec.ts'],
          globalSetup: [postgres, controlPlanes],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
