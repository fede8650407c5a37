import { DatabaseUnavailableError, migrate, sqlState } from '@quarterdeck/database';
import { type Config, ConfigError } from '../config.ts';

/**
 * Migrates a database that was given by its address.
 * @throws ConfigError when there is no database at the address or it does not let us in: what is wrong, and the way out
 * @throws MigrationError
 */
export async function migrateDatabase(options: {
  config: Config;
  url: string;
  folder: string;
  onProgress: (message: string) => void;
}): Promise<void> {
  const url = options.config.migrationDatabaseUrl ?? options.url;
  try {
    await migrate({ url, folder: options.folder, onProgress: options.onProgress });
  } catch (error) {
    throw explain(error, url);
  }
}

function explain(error: unknown, url: string): unknown {
  const { user, host, name } = partsOf(url);
  const correct = 'correct --database-url (DATABASE_URL; for migrations QUARTERDECK_MIGRATION_DATABASE_URL)';
  if (error instanceof DatabaseUnavailableError) {
    return new ConfigError(
      `PostgreSQL at ${host} does not answer (${reasonOf(error.cause)}). Start it or make it reachable from here, or ${correct}.`,
    );
  }
  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return new ConfigError(
        `PostgreSQL at ${host} does not let ${user} in: ${messageOf(error)}. Check user and password, or ${correct}.`,
      );
    case '3D000':
      return new ConfigError(
        `PostgreSQL at ${host} has no database ${name}. Create it (CREATE DATABASE …), or ${correct}.`,
      );
    case '42501':
      return new ConfigError(
        `${user} may not migrate ${name} at ${host}: ${messageOf(error)}. Make it the owner of the database, or give the owner's address in QUARTERDECK_MIGRATION_DATABASE_URL.`,
      );
    default:
      return error;
  }
}

/** What people may see of an address: not its password. */
function partsOf(url: string): { user: string; host: string; name: string } {
  const [, user, host, name] = /^\w+:\/\/(?:([^:@/]*)[^@/]*@)?([^/?]*)\/?([^?]*)/.exec(url) ?? [];
  return { user: decodeURIComponent(user ?? 'this user'), host: host ?? '', name: name ?? '' };
}

/** `ECONNREFUSED` and the like; never the address, which carries the password. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'no reason given';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
