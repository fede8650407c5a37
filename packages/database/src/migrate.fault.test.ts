import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { migrate } from './migrate.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';

const runner = fileURLToPath(new URL('./migrate.ts', import.meta.url));

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase(inject('postgres'), { empty: true });
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-migrations-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, name, 'migration.sql'), sql);
}

/** Migrates in a process of its own, which can be killed. */
function startMigrating() {
  const script = `const { migrate } = await import(process.argv[1]); await migrate({ url: process.argv[2], folder: process.argv[3] });`;
  return spawn(process.execPath, ['--input-type=module', '-e', script, runner, database.url, folder], {
    stdio: 'inherit',
  });
}

const count = async (sql: string) =>
  Number((await database.pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`)).rows[0]?.n);

it('a process killed in the middle of a migration leaves nothing half there and holds up nobody', async () => {
  await put('0001_first', 'CREATE TABLE slow (yes boolean); INSERT INTO slow VALUES (true);');
  await migrate({ url: database.url, folder });
  await put(
    '0002_second',
    'CREATE TABLE half (id integer); SELECT pg_sleep(600) FROM slow; CREATE TABLE other_half (id integer);',
  );
  const child = startMigrating();
  const sleeping = () => count("pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'");
  await expect.poll(sleeping).toBe(1);
  child.kill('SIGKILL');

  // The same migration takes no time any more: only what the dead one left could make it wait or fail.
  await database.pool.query('DELETE FROM slow');
  expect(await migrate({ url: database.url, folder })).toEqual(['0002_second']);
  expect(await count("pg_class WHERE relname IN ('half', 'other_half')")).toBe(2);
  expect(await count('_prisma_migrations')).toBe(2);
  expect(await sleeping()).toBe(0);
});
