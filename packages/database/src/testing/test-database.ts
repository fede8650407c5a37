import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { createDatabase, type Database, type DatabaseOptions, keyedOf, type Pool } from '../database.ts';
import { runSql, type TestPostgres } from './test-postgres.ts';

export type TestDatabase = Database & {
  /** In the middle of a transaction: what somebody else does meanwhile, on connections of their own. */
  elsewhere<T>(work: () => T): T;
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
    ...withoutNesting(database),
    url,
    adminUrl,
    asSuperuser: (sql) => runSql(adminUrl, sql),
    async drop() {
      await database.close();
      await runSql(postgres.adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/**
 * Refuses a statement on the pool in the middle of a transaction, which holds a connection already: where as many
 * transactions as there are connections do so at once, each waits for one that none of them gives back.
 */
function withoutNesting(database: Database): Database & Pick<TestDatabase, 'elsewhere'> {
  const open = new AsyncLocalStorage<{ isOpen: boolean }>();
  const pool: Pool = {
    query(sql, values, options) {
      if (open.getStore()?.isOpen === true)
        throw new Error(`A statement on the pool within a transaction; run it on the transaction: ${sql}`);
      return database.pool.query(sql, values, options);
    },
    notify: database.pool.notify,
  };
  return {
    ...database,
    elsewhere: (work) => open.exit(work),
    pool,
    keyed: keyedOf(pool),
    async transaction(work, options) {
      if (open.getStore()?.isOpen === true) throw new Error('A transaction within a transaction.');
      const held = { isOpen: true };
      return database
        .transaction((tx) => open.run(held, () => work(tx)), options)
        .finally(() => {
          // What it leaves to be done later has the same context.
          held.isOpen = false;
        });
    },
  };
}

function urlOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
