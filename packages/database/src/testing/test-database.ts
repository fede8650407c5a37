import { randomBytes } from 'node:crypto';
import { createDatabase, type Database, type DatabaseOptions } from '../database.ts';
import { runSql, type TestPostgres } from './test-postgres.ts';

export type TestDatabase = Database & {
  readonly url: string;
  /** Closes the connections and drops the database. */
  drop(): Promise<void>;
};

/** A fresh database from the run's template; `empty` skips the migrations. */
export async function createTestDatabase(
  postgres: TestPostgres,
  options?: { empty?: boolean } & Omit<DatabaseOptions, 'url'>,
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options?.empty === true ? 'template0' : postgres.template;
  await runSql(postgres.adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  const url = new URL(postgres.adminUrl);
  url.pathname = `/${name}`;
  const database = createDatabase({ ...options, url: url.href });
  return {
    ...database,
    url: url.href,
    async drop() {
      await database.close();
      await runSql(postgres.adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
