import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { checkLogin } from './roles.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';
import { migrationsFolder, runSql } from './testing/test-postgres.ts';

const postgres = inject('postgres');
const logins = ['test_plain', 'test_migrator'];
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(postgres, { empty: true });
  for (const login of logins) await runSql(postgres.adminUrl, `CREATE ROLE ${login} LOGIN PASSWORD 'test'`);
});
afterAll(async () => {
  await database.drop();
  for (const login of logins) await runSql(postgres.adminUrl, `DROP ROLE ${login}`);
});

function urlOf(login: string): string {
  const url = new URL(database.adminUrl);
  url.username = login;
  return url.href;
}

async function check(url: string): Promise<void> {
  const checked = createDatabase({ url });
  try {
    await checkLogin(checked);
  } finally {
    await checked.close();
  }
}

describe('the roles of the database', () => {
  it('are asked of a DBA, in SQL, where the login may not make them', async () => {
    const refused = migrate({ url: urlOf('test_plain'), folder: migrationsFolder });
    await expect(refused).rejects.toThrow(/Let a DBA run this once in it:\n\nCREATE ROLE quarterdeck_owner NOLOGIN;/);
    await expect(refused).rejects.toMatchObject({ name: 'DatabaseSetupError' });
  });

  it('let an ordinary login migrate after the DBA ran that SQL', async () => {
    await database.asSuperuser(
      'GRANT quarterdeck_owner TO test_migrator; ' +
        `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} OWNER TO quarterdeck_owner`,
    );
    expect((await migrate({ url: urlOf('test_migrator'), folder: migrationsFolder })).length).toBeGreaterThan(10);
    const { rows } = await database.pool.query(
      "SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE schemaname = 'public'",
    );
    expect(rows).toEqual([{ owner: 'quarterdeck_owner' }]);
  });

  it('refuse a server that signs in as somebody who could change the trail, or who reaches nothing', async () => {
    await expect(check(database.adminUrl)).rejects.toThrow(/"quarterdeck", which could change the audit trail/);
    await expect(check(urlOf('test_migrator'))).rejects.toThrow(/IN ROLE quarterdeck_app/);
    await expect(check(urlOf('test_plain'))).rejects.toThrow(/GRANT quarterdeck_app TO "test_plain"/);
    const server = new URL(postgres.appUrl);
    server.pathname = new URL(database.url).pathname;
    await check(server.href);
  });

  it('let the product start without the right to migrate when there is nothing to migrate', async () => {
    const server = new URL(postgres.appUrl);
    server.pathname = new URL(database.url).pathname;
    expect(await migrate({ url: server.href, folder: migrationsFolder })).toEqual([]);
  });

  it('take over what an earlier version made as the login itself, a sequence without a table too', async () => {
    const older = await createTestDatabase(postgres, { empty: true });
    try {
      await older.asSuperuser(
        'CREATE SEQUENCE earlier_ids; CREATE TABLE earlier (id bigint DEFAULT nextval($$earlier_ids$$), n serial); ' +
          'CREATE FUNCTION earlier_one() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
      );
      await migrate({ url: older.adminUrl, folder: migrationsFolder });
      const { rows } = await older.pool.query(
        `SELECT relname AS name, pg_get_userbyid(relowner) AS owner FROM pg_class
         WHERE relname LIKE 'earlier%' UNION ALL
         SELECT proname, pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'earlier_one' ORDER BY name`,
      );
      expect(rows.map(({ name, owner }) => `${name} ${owner}`)).toEqual([
        'earlier quarterdeck_owner',
        'earlier_ids quarterdeck_owner',
        'earlier_n_seq quarterdeck_owner',
        'earlier_one quarterdeck_owner',
      ]);
    } finally {
      await older.drop();
    }
  });
});
