import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { connectPrimary } from './connections.ts';
import { DatabaseSetupError } from './errors.ts';
import { parseHosts } from './hosts.ts';
import { migrate, readMigrations } from './migrate.ts';
import { becomeOwner } from './roles.ts';

type TableEntry = { name: string; columns: string[]; sha256: string };

/** `manifest.json` of a backup; the tables lie beside it in PostgreSQL's COPY text. */
export type BackupManifest = {
  version: 1;
  createdAt: string;
  migrations: string[];
  tables: TableEntry[];
  /** Months that the trail has partitions for. */
  auditMonths: string[];
  sequences: { name: string; value: string }[];
};

const manifestName = 'manifest.json';
/** Of these the migrations make the rows. */
const madeByMigrations = '_prisma_migrations';
const unlimited = { statement_timeout: 0, idle_in_transaction_session_timeout: 0 };

/**
 * Writes every row of one moment into a folder, while the product runs; needs no program of PostgreSQL and no more than
 * the product's own login. The keyring is not in it: keep that apart.
 */
export async function backup(options: {
  url: string;
  role?: string;
  folder: string;
  onProgress?: (message: string) => void;
}): Promise<BackupManifest> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const client = await connectPrimary(parseHosts(options.url), {
    application_name: 'quarterdeck-backup',
    ...unlimited,
    ...(options.role === undefined ? {} : { options: `-c role=${options.role}` }),
  });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows: migrations } = await client.query<{ name: string }>(
      `SELECT migration_name AS name FROM ${madeByMigrations} WHERE finished_at IS NOT NULL ORDER BY 1`,
    );
    const tables: TableEntry[] = [];
    for (const { name, columns } of await tablesInOrder(client)) {
      options.onProgress?.(name);
      const file = createWriteStream(path.join(options.folder, `${name}.copy`), { mode: 0o600 });
      const sum = hashing();
      const source = `SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)}`;
      await pipeline(client.query(copyTo(`COPY (${source}) TO STDOUT`)), sum.stream, file);
      tables.push({ name, columns, sha256: sum.digest() });
    }
    const manifest: BackupManifest = {
      version: 1,
      createdAt: new Date().toISOString(),
      migrations: migrations.map(({ name }) => name),
      tables,
      auditMonths: await auditMonths(client),
      sequences: await sequences(client),
    };
    // Last: a backup without it was not finished.
    await writeFile(path.join(options.folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`, {
      mode: 0o600,
    });
    return manifest;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Fills an empty database from a backup of the same version, all of it or nothing.
 * @param options.url of the login that migrates
 * @throws DatabaseSetupError for a database that is not empty, a backup of another version, or one that was changed
 */
export async function restore(options: {
  url: string;
  folder: string;
  migrations: string;
  onProgress?: (message: string) => void;
}): Promise<BackupManifest> {
  const manifest = await readManifest(options.folder);
  await refuseOtherVersion(manifest, options.migrations);
  for (const table of manifest.tables) await refuseChanged(options.folder, table);
  const client = await connectPrimary(parseHosts(options.url), {
    application_name: 'quarterdeck-restore',
    ...unlimited,
  });
  try {
    await refuseUsed(client);
    await migrate({ url: options.url, folder: options.migrations });
    await becomeOwner(client);
    await client.query('BEGIN');
    // What migrations put in; the trail itself is empty and refuses to be emptied.
    const filled = manifest.tables.map(({ name }) => name).filter((name) => name !== 'audit_event');
    await client.query(`TRUNCATE ${filled.map(quoted).join(', ')}`);
    for (const month of manifest.auditMonths) await client.query('SELECT audit_make_partition($1)', [month]);
    // What triggers derive from rows (counts, histories, effects) is in the backup, too: it must not come a second time.
    await setTriggers(client, manifest.tables, 'DISABLE');
    for (const { name, columns } of manifest.tables) {
      options.onProgress?.(name);
      const target = client.query(copyFrom(`COPY ${quoted(name)} (${columns.map(quoted).join(', ')}) FROM STDIN`));
      await pipeline(createReadStream(path.join(options.folder, `${name}.copy`)), target);
    }
    await setTriggers(client, manifest.tables, 'ENABLE');
    for (const { name, value } of manifest.sequences) await client.query('SELECT setval($1, $2)', [name, value]);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    return manifest;
  } finally {
    await client.end().catch(() => {});
  }
}

async function setTriggers(client: pg.ClientBase, tables: readonly TableEntry[], to: 'ENABLE' | 'DISABLE') {
  for (const { name } of tables) await client.query(`ALTER TABLE ${quoted(name)} ${to} TRIGGER USER`);
}

/** Tables, each after those that its rows point to; keys before what is sealed with them. */
async function tablesInOrder(client: pg.ClientBase): Promise<{ name: string; columns: string[] }[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; needs: string[] }>(
    `SELECT c.relname AS name,
       ARRAY(SELECT attname::text FROM pg_attribute
             WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
       ARRAY(SELECT DISTINCT k.confrelid::regclass::text FROM pg_constraint k
             WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS needs
     FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> $1
     ORDER BY c.relname <> 'platform_key_canary', c.relname`,
    [madeByMigrations],
  );
  const ordered: { name: string; columns: string[] }[] = [];
  const done = new Set<string>();
  while (ordered.length < rows.length) {
    const next = rows.filter(({ name, needs }) => !done.has(name) && needs.every((need) => done.has(need)));
    if (next.length === 0) throw new Error('Tables point to each other in a circle.');
    for (const { name, columns } of next) {
      done.add(name);
      ordered.push({ name, columns });
    }
  }
  return ordered;
}

async function auditMonths(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_event'::regclass ORDER BY 1",
  );
  return rows.map(({ name }) => `${name.slice(-7).replace('_', '-')}-01T00:00:00Z`);
}

async function sequences(client: pg.ClientBase): Promise<{ name: string; value: string }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(
    "SELECT sequencename AS name, last_value::text AS value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL",
  );
  return rows;
}

function hashing(): { stream: Transform; digest: () => string } {
  const hash = createHash('sha256');
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, digest: () => hash.digest('hex') };
}

async function readManifest(folder: string): Promise<BackupManifest> {
  try {
    const manifest = JSON.parse(await readFile(path.join(folder, manifestName), 'utf8')) as BackupManifest;
    if (manifest.version === 1) return manifest;
  } catch {
    // Named below: not there, half-written, or of something else.
  }
  throw new DatabaseSetupError(`${folder} holds no finished backup: ${manifestName} is missing or damaged.`);
}

async function refuseOtherVersion({ migrations }: BackupManifest, folder: string): Promise<void> {
  const ours = (await readMigrations(folder)).map(({ name }) => name);
  const other = [...migrations, ...ours].find((name) => !migrations.includes(name) || !ours.includes(name));
  if (other === undefined) return;
  throw new DatabaseSetupError(
    `The backup was made by another version of Quarterdeck (they differ in migration ${other}). Restore it with that version, then upgrade.`,
  );
}

async function refuseChanged(folder: string, { name, sha256 }: TableEntry): Promise<void> {
  const sum = hashing();
  await pipeline(createReadStream(path.join(folder, `${name}.copy`)), sum.stream.resume());
  if (sum.digest() !== sha256) throw new DatabaseSetupError(`${name}.copy is not the file that was backed up.`);
}

async function refuseUsed(client: pg.ClientBase): Promise<void> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LIMIT 1",
  );
  if (rowCount !== 0) throw new DatabaseSetupError('The database is not empty. Restore into a new one.');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
