import { randomBytes } from 'node:crypto';
import { createDatabase, type Database, type DatabaseOptions } from '../database.ts';
import { runSql, type TestPostgres } from './test-postgres.ts';

export type TestDatabase = Database & {
  /** Of the product's own login; of the superuser for an empty database, which is to be migrated. */
  readonly url: string;
  readonly adminUrl: string;
  /** Runs SQL as the superuser: what an intruder with all rights, or a DBA, would do. */
  asSuperuser(sql: string): Promise<void>;
  /** Closes the connections and drops the database. */
  drop(): Promise<void>;
};

/** A fresh database from the run's template; `empty` skips the migrations. */
export async function createTestDatabase(
  postgres: TestPostgres,
  options?: { empty?: boolean } & Omit<DatabaseOptions, 'url'>,
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const empty = options?.empty === true;
  const template = empty ? 'template0' : postgres.template;
  await runSql(postgres.adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  const adminUrl = urlOf(postgres.adminUrl, name);
  const url = empty ? adminUrl : urlOf(postgres.appUrl, name);
  const database = createDatabase({ ...options, url });
  return {
    ...database,
    url,
    adminUrl,
    asSuperuser: (sql) => runSql(adminUrl, sql),
    async drop() {
      await database.close();
      await runSql(postgres.adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

function urlOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
