import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sealedColumns } from '../../apps/api/src/platform/crypto/sealed-columns.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
});
afterAll(() => database?.drop());

/** Columns that hold sealed records by their name, each with whether the database guards its key. */
async function found(): Promise<{ name: string; guarded: boolean }[]> {
  const { rows } = await database.pool.query<{ name: string; guarded: boolean }>(
    `SELECT c.relname || '.' || a.attname AS name,
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = a.attname || '_key') AS guarded
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'bytea'::regtype
       AND a.attname LIKE 'sealed%' AND c.relname <> 'platform_key_canary' AND NOT a.attisdropped`,
  );
  return rows;
}

describe('sealed columns', () => {
  it('are all in the list that key rotation goes through', async () => {
    const listed = sealedColumns.map(({ table, column }) => `${table}.${column}`);
    expect((await found()).map(({ name }) => name).sort()).toEqual(listed.sort());
  });

  it('all refuse a key that was removed', async () => {
    expect((await found()).filter(({ guarded }) => !guarded)).toEqual([]);
  });

  it('check sees a column that is not in the list', async () => {
    await database.asSuperuser('CREATE TABLE made_up (sealed_thing bytea)');
    expect(await found()).toContainEqual({ name: 'made_up.sealed_thing', guarded: false });
  });
});
