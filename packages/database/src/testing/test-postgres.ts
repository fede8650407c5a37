import { createHash } from 'node:crypto';
import { mkdtemp, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { appRole } from '../roles.ts';
import { ownPrefix, removeLeftBehind } from './left-behind.ts';

/** What test files need to make their own database; plain JSON, handed over by Vitest. */
export type TestPostgres = { adminUrl: string; appUrl: string; template: string };

/** Tests sign in as a company's server would: what it may not do fails here first. */
const appLogin = 'quarterdeck_server';
const folderName = 'quarterdeck-postgres';

export const migrationsFolder = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

/**
 * One PostgreSQL for a test run, with a migrated template database. `TEST_DATABASE_URL`-style servers are not used:
 * the version the product ships is the version that is tested.
 */
export async function startTestPostgres(): Promise<{ postgres: TestPostgres; server: EmbeddedPostgres }> {
  const parent = await fastFolder();
  await removeLeftBehind(parent, folderName);
  const folder = await mkdtemp(path.join(parent, ownPrefix(folderName)));
  const server = await startEmbeddedPostgres({ folder, port: await freePort(), password: 'test', durable: false });
  const adminUrl = server.url('postgres');
  const migrations = await readMigrations(migrationsFolder);
  const hash = createHash('sha256')
    .update(migrations.map((migration) => migration.checksum).join())
    .digest('hex');
  const template = `template_${hash.slice(0, 12)}`;
  await runSql(adminUrl, `CREATE DATABASE ${template}`);
  await migrate({ url: server.url(template), folder: migrationsFolder });
  await runSql(adminUrl, `CREATE ROLE ${appLogin} LOGIN PASSWORD 'test' IN ROLE ${appRole}`);
  const appUrl = new URL(adminUrl);
  appUrl.username = appLogin;
  return { postgres: { adminUrl, appUrl: appUrl.href, template }, server };
}

/** Memory where the machine offers it: databases that are made by the hundred and thrown away need no disk. */
async function fastFolder(): Promise<string> {
  const shared = '/dev/shm';
  const free = await statfs(shared).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= 4 * 1024 ** 3 ? shared : tmpdir();
}

export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A loopback port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
