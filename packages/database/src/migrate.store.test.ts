import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { migrate } from './migrate.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase(inject('postgres'), { empty: true });
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-migrations-'));
  await put('0001_first', 'CREATE TABLE first (id integer);');
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, name, 'migration.sql'), sql);
}
const run = () => migrate({ url: database.url, folder });
const applied = async () =>
  (await database.pool.query('SELECT migration_name FROM _prisma_migrations ORDER BY 1')).rows.map(
    (row) => row.migration_name,
  );

describe('migrations', () => {
  it('are applied once, in order', async () => {
    await put('0002_second', 'ALTER TABLE first ADD COLUMN name text;');
    expect(await run()).toEqual(['0001_first', '0002_second']);
    expect(await run()).toEqual([]);
    expect(await applied()).toEqual(['0001_first', '0002_second']);
  });

  it('that two starters want at once are applied by one of them', async () => {
    const both = await Promise.all([run(), run()]);
    expect(both.flat()).toEqual(['0001_first']);
  });

  it('that fail say where, and leave the version before as it was', async () => {
    await run();
    await put('0002_broken', 'CREATE TABLE half (id integer);\nALTER TABLE nowhere ADD COLUMN x integer;');
    await expect(run()).rejects.toThrow(/0002_broken failed.*nowhere.*previous version goes on/s);
    expect(await applied()).toEqual(['0001_first']);
    const half = await database.pool.query("SELECT to_regclass('half') AS name");
    expect(half.rows[0]?.name).toBeNull();
    await put('0002_broken', 'CREATE TABLE half (id integer);');
    expect(await run()).toEqual(['0002_broken']);
  });

  it('that were edited after they were applied are refused', async () => {
    await run();
    await put('0001_first', 'CREATE TABLE first (id bigint);');
    await expect(run()).rejects.toThrow(/0001_first was edited/);
  });

  it('of a newer version are refused by an older one', async () => {
    await put('0002_newer', 'SELECT 1;');
    await run();
    await rm(path.join(folder, '0002_newer'), { recursive: true });
    await expect(run()).rejects.toThrow(/0002_newer, which this version does not know/);
  });
});
