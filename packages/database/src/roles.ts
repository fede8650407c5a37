import pg from 'pg';
import type { Database } from './database.ts';
import { DatabaseSetupError } from './errors.ts';

/** Owns every table and function; migrations run as it. */
export const ownerRole = 'quarterdeck_owner';
/** What the product runs as: rows of every table, but of the trail only what `audit_append` writes. */
export const appRole = 'quarterdeck_app';

const taken = new Set(['42710', '23505', 'XX000']);

/**
 * Makes the two roles when they are missing and goes on as the owner. What an earlier version made as the login itself
 * is handed to the owner.
 * @throws DatabaseSetupError with the SQL a DBA runs once
 */
export async function becomeOwner(client: pg.Client): Promise<void> {
  const login = await describeLogin(client);
  try {
    for (const role of [ownerRole, appRole]) {
      if (!login.roles.includes(role)) await createRole(client, role);
    }
    if (!login.isMember) await client.query(`GRANT ${ownerRole} TO ${pg.escapeIdentifier(login.name)}`);
    if (!login.isSetUp) {
      await client.query(`GRANT CREATE ON DATABASE ${pg.escapeIdentifier(login.database)} TO ${ownerRole}`);
      await client.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${ownerRole}`);
      await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      await client.query(handOver);
    }
    await client.query(`SET ROLE ${ownerRole}`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === '42501' || error.code === '0LP01'))) throw error;
    throw new DatabaseSetupError(
      `The database login "${login.name}" may not set up the database (${error.message}). Let a DBA run this once in it:\n\n${setupSql(login)}`,
    );
  }
}

type Login = { name: string; database: string; roles: string[]; isMember: boolean; isSetUp: boolean };

async function describeLogin(client: pg.Client): Promise<Login> {
  const { rows } = await client.query<Login>(
    `SELECT session_user AS name, current_database() AS database,
       ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname IN ('${ownerRole}', '${appRole}')) AS roles,
       COALESCE((SELECT pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = '${ownerRole}'), false) AS "isMember",
       COALESCE((SELECT has_schema_privilege(oid, 'public', 'CREATE') AND has_database_privilege(oid, current_database(), 'CREATE')
                 FROM pg_roles WHERE rolname = '${ownerRole}'), false)
         AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')
                           AND pg_get_userbyid(relowner) <> '${ownerRole}') AS "isSetUp"`,
  );
  return rows[0] as Login;
}

/** Roles belong to the whole server: another database's starter may make them at this moment. */
async function createRole(client: pg.Client, role: string): Promise<void> {
  await client.query(`CREATE ROLE ${role} NOLOGIN`).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && taken.has(String(error.code)))) throw error;
  });
}

const handOver = `DO $$
DECLARE thing record;
BEGIN
  FOR thing IN
    SELECT format('TABLE public.%I', relname) AS what FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND pg_get_userbyid(relowner) <> '${ownerRole}'
    UNION ALL
    -- Sequences of a column go with their table, and may not go alone.
    SELECT format('SEQUENCE public.%I', relname) FROM pg_class s
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND pg_get_userbyid(relowner) <> '${ownerRole}'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = s.oid AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT format('FUNCTION %s', p.oid::regprocedure) FROM pg_proc p
      WHERE pronamespace = 'public'::regnamespace AND pg_get_userbyid(proowner) <> '${ownerRole}'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER %s OWNER TO ${ownerRole}', thing.what);
  END LOOP;
END
$$`;

function setupSql({ name, database }: Login): string {
  return [
    `CREATE ROLE ${ownerRole} NOLOGIN;`,
    `CREATE ROLE ${appRole} NOLOGIN;`,
    `GRANT ${ownerRole} TO ${pg.escapeIdentifier(name)};`,
    `ALTER DATABASE ${pg.escapeIdentifier(database)} OWNER TO ${ownerRole};`,
    appLoginSql,
    '',
    `Then set QUARTERDECK_MIGRATION_DATABASE_URL to the login "${name}" and DATABASE_URL to quarterdeck_server.`,
  ].join('\n');
}

const appLoginSql = `CREATE ROLE quarterdeck_server LOGIN PASSWORD '…' IN ROLE ${appRole};`;

/**
 * What must hold for the product's own connections: they cannot change the trail, they reach the tables, and each keeps
 * its session (LISTEN and session locks need it).
 * @throws DatabaseSetupError with what a DBA runs once
 */
export async function checkLogin(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ name: string; mighty: boolean; reaches: boolean }>(
    `SELECT current_user AS name,
       has_table_privilege('audit_event', 'INSERT, UPDATE, DELETE, TRUNCATE') OR pg_has_role('${ownerRole}', 'MEMBER') AS mighty,
       has_table_privilege('audit_event', 'SELECT') AS reaches`,
  );
  const { name, mighty, reaches } = rows[0] ?? { name: '', mighty: true, reaches: false };
  if (mighty) {
    throw new DatabaseSetupError(
      `DATABASE_URL signs in as "${name}", which could change the audit trail. Let a DBA make a login for the product:\n\n${appLoginSql}\n\nThen set DATABASE_URL to quarterdeck_server and QUARTERDECK_MIGRATION_DATABASE_URL to "${name}".`,
    );
  }
  if (!reaches) {
    throw new DatabaseSetupError(
      `The database login "${name}" cannot read the tables. Let a DBA run: GRANT ${appRole} TO ${pg.escapeIdentifier(name)};`,
    );
  }
  await refuseTransactionPooling(database);
}

/** A pooler that hands the server of an idle client to the next one would lose our LISTEN and session locks. */
async function refuseTransactionPooling(database: Database): Promise<void> {
  const first = await database.connect();
  try {
    const mine = await backendOf(first);
    const second = await database.connect();
    try {
      await second.query('BEGIN');
      if ((await backendOf(second)) !== mine) return;
    } finally {
      await second.query('ROLLBACK');
      second.release();
    }
  } finally {
    first.release();
  }
  throw new DatabaseSetupError(
    'DATABASE_URL goes through a pooler in transaction mode. Connect directly, or set the pooler to session mode.',
  );
}

async function backendOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
