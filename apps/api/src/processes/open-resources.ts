import { checkLogin, createDatabase, type Database } from '@quarterdeck/database';
import type { Config } from '../config.ts';
import { ConfigError } from '../config.ts';
import { fileKeyring, type Keyring, KeyringError, parseKeyring } from '../platform/crypto/keyring.ts';
import { createLogger, type Logger } from '../platform/telemetry/logger.ts';
import { migrateDatabase } from './migrate-database.ts';

export type Resources = { database: Database; keyring: Keyring; logger: Logger };

/**
 * What a server or worker of an installation needs from outside: its PostgreSQL and its keyring.
 * @throws ConfigError when one is not given, or cannot be used
 */
export async function openResources(config: Config, migrationsFolder: string): Promise<Resources> {
  const logger = createLogger({ level: config.logLevel });
  if (config.databaseUrl === undefined) {
    throw new ConfigError('Set DATABASE_URL to your PostgreSQL 15 or newer. (npm start brings its own.)');
  }
  const keyring = openKeyring(config);
  await migrateDatabase({
    config,
    url: config.databaseUrl,
    folder: migrationsFolder,
    onProgress: (step) => logger.info({ step }, 'migrating'),
  });
  const database = createDatabase({
    url: config.databaseUrl,
    watch: true,
    onWarning: (error) => logger.warn({ err: error }, 'database connection lost'),
  });
  try {
    await checkLogin(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return { database, keyring, logger };
}

/** @throws ConfigError when none is given, KeyringError when it is not a keyring */
export function openKeyring(config: Config): Keyring {
  if (config.keyring !== undefined) return parseKeyring(config.keyring);
  if (config.keyringFile === undefined) {
    throw new ConfigError(
      'Set QUARTERDECK_KEYRING_FILE to the keyring (a 0600 file), or QUARTERDECK_KEYRING to its text.',
    );
  }
  try {
    return fileKeyring(config.keyringFile);
  } catch (error) {
    if (error instanceof KeyringError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    throw new ConfigError(
      `QUARTERDECK_KEYRING_FILE ${config.keyringFile} cannot be read (${code}). Name the keyring, and let the user of this process read it.`,
    );
  }
}
