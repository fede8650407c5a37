import { defineConfig } from 'vitest/config';

const postgres = 'packages/database/src/testing/vitest-setup.ts';
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
    ],
  },
});
