import type { TestProject } from 'vitest/node';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres;
  }
}

/** Vitest `globalSetup`: one PostgreSQL for the run; test files take it by `inject('postgres')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgres, server } = await startTestPostgres();
  project.provide('postgres', postgres);
  return () => server.stop({ remove: true });
}
