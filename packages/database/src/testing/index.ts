export { type CommitFault, type DatabaseProxy, startDatabaseProxy } from './database-proxy.ts';
export { type FaultPostgres, startFaultPostgres } from './fault-postgres.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { freePort, migrationsFolder, runSql, startTestPostgres, type TestPostgres } from './test-postgres.ts';
