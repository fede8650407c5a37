import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'), { empty: true, maxConnections: 1 });
});
afterAll(() => database.drop());

describe('a statement that is asked again and again', () => {
  const ask = () => database.pool.query('SELECT * FROM thing WHERE size = $1', [1], { prepared: true });
  const preparedNow = async () =>
    (await database.pool.query('SELECT statement FROM pg_prepared_statements')).rows.map(({ statement }) => statement);

  beforeAll(async () => {
    await database.pool.query('CREATE TABLE thing (size integer)');
    await database.pool.query('INSERT INTO thing VALUES (1)');
  });

  it('is prepared once on a connection', async () => {
    for (let time = 0; time < 6; time += 1) expect((await ask()).rows).toEqual([{ size: 1 }]);
    expect(await preparedNow()).toEqual(['SELECT * FROM thing WHERE size = $1']);
  });

  it('goes on when its table has become another', async () => {
    await database.pool.query("ALTER TABLE thing ADD COLUMN colour text NOT NULL DEFAULT 'red'");
    for (let time = 0; time < 2; time += 1) expect((await ask()).rows).toEqual([{ size: 1, colour: 'red' }]);
  });

  it('goes on when something between took it away', async () => {
    await ask();
    await database.pool.query('DEALLOCATE ALL');
    expect((await ask()).rows).toEqual([{ size: 1, colour: 'red' }]);
  });

  it('fails like any other', async () => {
    await database.pool.query('DROP TABLE thing');
    await expect(ask()).rejects.toThrow('relation "thing" does not exist');
  });
});
