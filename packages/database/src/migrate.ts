import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { connectPrimary } from './connections.ts';
import { DatabaseUnavailableError, isUnavailable, MigrationError } from './errors.ts';
import { parseHosts } from './hosts.ts';
import { becomeOwner } from './roles.ts';

export type Migration = { name: string; sql: string; checksum: string };

/** Any constant: two starters wait for each other on it. */
const lockKey = 7_117_032_001;

const table = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`;

/** Sealed columns of new tables get the guard of the older ones; a database of before it has none. */
const guard = `DO $$
BEGIN
  IF to_regproc('public.platform_guard_sealed_columns') IS NOT NULL THEN PERFORM platform_guard_sealed_columns(); END IF;
END
$$`;

/** Reads `<folder>/<name>/migration.sql`, in order of their names. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Applies what is missing and returns its names. Compatible with `prisma migrate deploy` by its table. Each migration
 * and its row are one transaction, so a process killed anywhere leaves the version before or the version after.
 * @throws MigrationError for an edited migration, one this version does not know, or SQL that fails; the previous
 *   version of the product goes on working
 * @throws DatabaseSetupError when the login may not set up the database; the message has the SQL for the DBA
 * @throws DatabaseUnavailableError
 */
export async function migrate(options: {
  url: string;
  folder: string;
  onProgress?: (message: string) => void;
}): Promise<string[]> {
  const migrations = await readMigrations(options.folder);
  const client = await connect(options.url);
  try {
    // Nothing to do needs no right to do it: servers may start with the product's own login alone.
    if ((await hasTable(client)) && (await findMissing(client, migrations)).length === 0) return [];
    await lock(client, options.onProgress);
    await becomeOwner(client);
    await client.query(table);
    const missing = await findMissing(client, migrations);
    for (const migration of missing) {
      options.onProgress?.(`migration ${migration.name}`);
      await apply(client, migration);
    }
    if (missing.length > 0) await client.query(guard);
    return missing.map((migration) => migration.name);
  } catch (error) {
    throw isUnavailable(error) ? new DatabaseUnavailableError(error) : error;
  } finally {
    await client.end().catch(() => {});
  }
}

async function connect(url: string): Promise<pg.Client> {
  try {
    const client = await connectPrimary(parseHosts(url), { application_name: 'quarterdeck-migrate' });
    // Else the statement of a process that was killed goes on to its end, and keeps the next one waiting at the lock.
    await client.query("SET client_connection_check_interval = '1s'").catch(() => {});
    return client;
  } catch (error) {
    throw isUnavailable(error) ? new DatabaseUnavailableError(error) : error;
  }
}

async function hasTable(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS found",
  );
  return rows[0]?.found === true;
}

async function lock(client: pg.Client, onProgress: ((message: string) => void) | undefined): Promise<void> {
  const tried = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [lockKey]);
  if (tried.rows[0]?.got === true) return;
  onProgress?.('another process migrates this database; waiting for it');
  await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
}

async function findMissing(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const result = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of result.rows) {
    const migration = known.get(row.migration_name);
    if (migration === undefined) {
      throw new MigrationError(
        `The database has migration ${row.migration_name}, which this version does not know. Start the newer version that made it.`,
      );
    }
    if (row.finished_at === null) {
      throw new MigrationError(
        `Migration ${row.migration_name} was started by another tool and did not finish. Mend the database, then run "prisma migrate resolve".`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        `Migration ${row.migration_name} was edited after it was applied. Put its file back as it was and add a new migration.`,
      );
    }
  }
  const applied = new Set(result.rows.map((row) => row.migration_name));
  return migrations.filter((migration) => !applied.has(migration.name));
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('COMMIT');
  } catch (error) {
    if (isUnavailable(error)) throw error;
    await client.query('ROLLBACK');
    throw new MigrationError(
      `Migration ${migration.name} failed${placeOf(error, migration.sql)}: ${error instanceof Error ? error.message : String(error)}. ` +
        'Nothing of it was applied; the previous version goes on working.',
      { cause: error },
    );
  }
}

/** PostgreSQL gives a character position; people want a line. */
function placeOf(error: unknown, sql: string): string {
  if (!(error instanceof Error) || !('position' in error) || typeof error.position !== 'string') return '';
  return ` at line ${sql.slice(0, Number(error.position)).split('\n').length}`;
}
