import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'), { empty: true, maxConnections: 2 });
  await database.pool.query('CREATE TABLE deed (what text NOT NULL)');
  await database.pool.query('CREATE TABLE record (what text NOT NULL, seen bigint NOT NULL)');
});
afterAll(() => database.drop());

const of = async (table: 'deed' | 'record') =>
  (await database.pool.query<{ what: string }>(`SELECT what FROM ${table} ORDER BY what`)).rows.map(({ what }) => what);

it('a statement at the commit sees all that was done, whatever its text holds', async () => {
  const what = `it's \\ "quoted"; DROP TABLE deed; -- $1 ${String.fromCodePoint(0x1f600)}`;
  await database.transaction(async (tx) => {
    tx.atCommit((literal) => `INSERT INTO record SELECT ${literal(what)}, count(*) FROM deed`);
    await tx.query('INSERT INTO deed VALUES ($1)', ['first']);
  });
  expect(await of('deed')).toEqual(['first']);
  expect((await database.pool.query('SELECT * FROM record')).rows).toEqual([{ what, seen: '1' }]);
});

it('nothing is committed without it', async () => {
  const change = database.transaction(async (tx) => {
    tx.atCommit(() => 'INSERT INTO record VALUES (NULL, 0)');
    await tx.query('INSERT INTO deed VALUES ($1)', ['without a record']);
  });
  await expect(change).rejects.toMatchObject({ code: '23502' });
  expect(await of('deed')).toEqual(['first']);
});

it('where the work failed it is not sent', async () => {
  const change = database.transaction(async (tx) => {
    tx.atCommit(() => "INSERT INTO record VALUES ('of nothing', 0)");
    throw new Error('changed its mind');
  });
  await expect(change).rejects.toThrow('changed its mind');
  expect(await of('record')).toHaveLength(1);
});

it('a work that swallowed the failure of a statement is not taken for committed', async () => {
  const change = database.transaction(async (tx) => {
    tx.atCommit(() => "INSERT INTO record VALUES ('of nothing', 0)");
    await tx.query('INSERT INTO deed VALUES ($1)', [null]).catch(() => {});
  });
  await expect(change).rejects.toMatchObject({ code: '25P02' });
  expect(await of('record')).toHaveLength(1);
});
