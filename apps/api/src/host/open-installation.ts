import { parseArgs } from 'node:util';
import { appRole, createDatabase, type Database, isUnavailable } from '@quarterdeck/database';
import { openDataFolder, readDataFolder } from '../all-in-one/data-folder.ts';
import { databaseName, startEmbedded } from '../all-in-one/open-database.ts';
import { type Config, ConfigError, environment, parseConfig } from '../config.ts';
import { createAudit } from '../features/audit/index.ts';
import type { Keyring } from '../platform/crypto/keyring.ts';
import { createCursors } from '../platform/cursor.ts';
import { loadInstallation } from '../platform/installation.ts';

/** What every command on this host takes. */
const commonOptions = {
  'database-url': { type: 'string' },
  'data-dir': { type: 'string' },
} as const;

type Extra = Record<string, { type: 'string' } | { type: 'boolean' }>;

/**
 * Parses the arguments of a command.
 * @throws ConfigError that shows the usage
 */
export function parseCommand<E extends Extra>(args: readonly string[], extra: E, usage: string) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...commonOptions, ...extra },
      allowPositionals: true,
    });
    const common = Object.keys(commonOptions) as (keyof typeof commonOptions)[];
    const flags = common.flatMap((name) => {
      const value = (values as Record<string, unknown>)[name];
      return typeof value === 'string' ? [`--${name}`, value] : [];
    });
    const given = values as { [K in keyof E]?: E[K]['type'] extends 'string' ? string : boolean };
    return { given, positionals, config: parseConfig(environment, flags) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** Where the database of this installation is; starts the embedded one when it is not running. */
export async function reachDatabase(
  config: Config,
): Promise<{ url: string; embedded: boolean; stop(): Promise<void> }> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, embedded: false, stop: async () => {} };
  const { postgres } = await readDataFolder(config.dataDir);
  if (postgres === undefined) {
    throw new ConfigError(
      `There is no installation in ${config.dataDir}. Name its folder with --data-dir, or its PostgreSQL with --database-url.`,
    );
  }
  const url = `postgresql://quarterdeck:${postgres.password}@127.0.0.1:${postgres.port}/${databaseName}`;
  if (await answers(url)) return { url, embedded: true, stop: async () => {} };
  const folder = await openDataFolder(config.dataDir);
  const server = await startEmbedded(folder);
  return {
    url: server.url,
    embedded: true,
    async stop() {
      await server.stop();
      await folder.release();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const database = createDatabase({ url, maxConnections: 1 });
  try {
    await database.pool.query('SELECT 1');
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  } finally {
    await database.close();
  }
}

/** Runs a command on the database of this installation, as the product's own role. */
export async function withDatabase<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const { url, embedded, stop } = await reachDatabase(config);
  const database = createDatabase({ url, ...(embedded ? { role: appRole } : {}) });
  try {
    return await work(database);
  } finally {
    await database.close();
    await stop();
  }
}

/** The trail as a command on this host writes to it. */
export async function openAudit(database: Database, keyring: Keyring) {
  const installation = await loadInstallation(database, keyring);
  const audit = createAudit({
    database,
    cursors: createCursors(installation.cursorKey),
    fingerprint: installation.fingerprint,
  });
  return { installation, audit };
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
