export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { freePort, migrationsFolder, startTestPostgres, type TestPostgres } from './test-postgres.ts';
