import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'), { empty: true, maxConnections: 1 });
});
afterAll(() => database.drop());

const ask = (sql: string, values: unknown[] = [1]) => database.pool.query(sql, values, { prepared: 'each time' });

describe('a statement by key', () => {
  const plans = async () =>
    (
      await database.pool.query<{ generic: number; custom: number }>(
        "SELECT generic_plans::int AS generic, custom_plans::int AS custom FROM pg_prepared_statements WHERE statement LIKE '%WHERE id = %'",
      )
    ).rows;

  beforeAll(() => database.pool.query('CREATE TABLE kept (id integer PRIMARY KEY)'));
  afterAll(() => database.pool.query('DROP TABLE kept'));

  it('is planned a few times, and no more', async () => {
    for (let time = 0; time < 20; time += 1) await database.keyed.query('SELECT FROM kept WHERE id = $1', [time]);
    expect(await plans()).toEqual([{ generic: 12, custom: 5 }]);
  });

  it('is so in a transaction, also on a connection that planned a list before', async () => {
    for (let time = 0; time < 5; time += 1) await ask('SELECT 1 WHERE $1::int > 0');
    await database.transaction((tx) => tx.query('SELECT FROM kept WHERE id = $1', [1]));
    expect(await plans()).toEqual([{ generic: 13, custom: 5 }]);
  });

  it('is planned each time where it is a list', async () => {
    for (let time = 0; time < 20; time += 1)
      await ask('SELECT id FROM kept WHERE id = ANY($1::int[]) OR id = 1', [[time]]);
    const { rows } = await database.pool.query(
      "SELECT generic_plans::int AS generic FROM pg_prepared_statements WHERE statement LIKE '%ANY%'",
    );
    expect(rows).toEqual([{ generic: 0 }]);
  });

  it('in a transaction goes on when its table has become another', async () => {
    const all = () => database.transaction((tx) => tx.query('SELECT * FROM kept WHERE id = $1', [1]));
    await database.pool.query('INSERT INTO kept VALUES (1)');
    for (let time = 0; time < 5; time += 1) expect((await all()).rows).toEqual([{ id: 1 }]);
    await database.pool.query("ALTER TABLE kept ADD COLUMN colour text NOT NULL DEFAULT 'red'");
    expect((await all()).rows).toEqual([{ id: 1, colour: 'red' }]);
  });
});

describe('a statement that is asked again and again', () => {
  const askThings = () => ask('SELECT * FROM thing WHERE size = $1');
  const preparedNow = async () =>
    (await database.pool.query("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%thing%'")).rows.map(
      ({ statement }) => statement,
    );

  beforeAll(async () => {
    await database.pool.query('CREATE TABLE thing (size integer)');
    await database.pool.query('INSERT INTO thing VALUES (1)');
  });

  it('is prepared once on a connection', async () => {
    for (let time = 0; time < 6; time += 1) expect((await askThings()).rows).toEqual([{ size: 1 }]);
    expect(await preparedNow()).toEqual(['SELECT * FROM thing WHERE size = $1']);
  });

  it('goes on when its table has become another', async () => {
    await database.pool.query("ALTER TABLE thing ADD COLUMN colour text NOT NULL DEFAULT 'red'");
    for (let time = 0; time < 2; time += 1) expect((await askThings()).rows).toEqual([{ size: 1, colour: 'red' }]);
  });

  it('goes on when something between took it away', async () => {
    await askThings();
    await database.pool.query('DEALLOCATE ALL');
    expect((await askThings()).rows).toEqual([{ size: 1, colour: 'red' }]);
  });

  it('fails like any other', async () => {
    await database.pool.query('DROP TABLE thing');
    await expect(askThings()).rejects.toThrow('relation "thing" does not exist');
  });
});
