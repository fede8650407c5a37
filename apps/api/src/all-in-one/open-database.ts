import { appRole, checkLogin, createDatabase, type Database } from '@quarterdeck/database';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '@quarterdeck/database/embedded';
import { type Config, ConfigError } from '../config.ts';
import type { Logger } from '../platform/telemetry/logger.ts';
import { migrateDatabase } from '../processes/migrate-database.ts';
import type { DataFolder } from './data-folder.ts';
import { step } from './steps.ts';

export type OpenDatabase = { database: Database; stop(): Promise<void> };

export const databaseName = 'quarterdeck';

/** Your PostgreSQL by `--database-url`, or an embedded one in the data folder; migrated either way. */
export async function openDatabase(options: {
  config: Config;
  folder: DataFolder;
  logger: Logger;
  migrations: string;
}): Promise<OpenDatabase> {
  const { config, logger } = options;
  const server = config.databaseUrl === undefined ? await startEmbedded(options.folder) : undefined;
  const url = config.databaseUrl ?? server?.url ?? '';
  let database: Database | undefined;
  try {
    await step('migrating the database', () =>
      migrateDatabase({
        config,
        url,
        folder: options.migrations,
        onProgress: (progress) => logger.debug({ progress }, 'migrating'),
      }),
    );
    database = createDatabase({
      url,
      // The embedded one is ours alone; a company's has a login of its own for the product.
      ...(server === undefined ? {} : { role: appRole }),
      watch: true,
      onWarning: (error) => logger.warn({ err: error }, 'database connection lost'),
    });
    await checkLogin(database);
  } catch (error) {
    await database?.close();
    await server?.stop();
    throw error;
  }
  const opened = database;
  return {
    database: opened,
    async stop() {
      await opened.close();
      await server?.stop();
    },
  };
}

/** The embedded PostgreSQL of the folder, with its database. */
export async function startEmbedded(folder: DataFolder): Promise<{ url: string; stop(): Promise<void> }> {
  try {
    const postgres = await step('starting PostgreSQL', async () => {
      const options = {
        folder: folder.postgres,
        port: await folder.port('postgres'),
        password: await folder.secret('postgres'),
        durable: true,
      };
      return startEmbeddedPostgres(options);
    });
    await createOnce(postgres.url('postgres'));
    return { url: postgres.url(databaseName), stop: () => postgres.stop() };
  } catch (error) {
    throw error instanceof EmbeddedPostgresError ? new ConfigError(error.message) : error;
  }
}

async function createOnce(adminUrl: string): Promise<void> {
  const admin = createDatabase({ url: adminUrl, maxConnections: 1 });
  try {
    const found = await admin.pool.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
    if (found.rowCount === 0) await admin.pool.query(`CREATE DATABASE ${databaseName}`);
  } finally {
    await admin.close();
  }
}
