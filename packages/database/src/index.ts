export { int2Array, int4Array, int8Array, textArray, timeArray } from './arrays.ts';
export { backup, restore } from './backup.ts';
export {
  createDatabase,
  type Database,
  type DatabaseAccess,
  type DatabaseOptions,
  type Notifier,
  type Queryable,
  type QueryResult,
  sqlState,
  type Transaction,
} from './database.ts';
export { DatabaseSetupError, DatabaseUnavailableError, isUnavailable, MigrationError } from './errors.ts';
export { type Migration, migrate, readMigrations } from './migrate.ts';
export { appRole, checkLogin, ownerRole } from './roles.ts';
