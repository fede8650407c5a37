import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { migrate } from '../migrate.ts';
import { appRole } from '../roles.ts';
import { freePort, migrationsFolder, runSql } from './test-postgres.ts';

const run = promisify(execFile);
const password = 'test';
const login = 'quarterdeck_server';
const database = 'quarterdeck';

/** A PostgreSQL of its own for a fault: migrated, with the product's login, and with a will of the test's own. */
export interface FaultPostgres {
  readonly port: number;
  readonly pid: number;
  /** Of the product's login; `port` for a proxy in front. */
  url(port?: number): string;
  asSuperuser(sql: string): Promise<void>;
  /** Ends at once without writing anything down, as a crash does. */
  crash(): Promise<void>;
  /** Starts again on the same folder and port, also when it has ended by itself. */
  start(): Promise<void>;
  /** A streaming copy on another port; commits of this one wait for it from now on. */
  addStandby(): Promise<FaultPostgres>;
  remove(): Promise<void>;
}

/** @param folder an existing one, for a disk of a chosen size */
export async function startFaultPostgres(options: { folder?: string } = {}): Promise<FaultPostgres> {
  const parent = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'quarterdeck-fault-')));
  await chmod(parent, 0o755);
  const server = await open(path.join(parent, 'primary'), parent, await freePort(), options.folder === undefined);
  await runSql(adminUrl(server.port, 'postgres'), `CREATE DATABASE ${database}`);
  await migrate({ url: adminUrl(server.port), folder: migrationsFolder });
  await server.asSuperuser(`CREATE ROLE ${login} LOGIN PASSWORD '${password}' IN ROLE ${appRole}`);
  return server;
}

async function open(folder: string, parent: string, port: number, ownsParent: boolean): Promise<FaultPostgres> {
  let running: EmbeddedPostgres | undefined = await startEmbeddedPostgres({ folder, port, password, durable: true });
  const standbys: FaultPostgres[] = [];
  async function end(signal: NodeJS.Signals): Promise<void> {
    try {
      if (running !== undefined) process.kill(running.pid, signal);
    } catch {
      // It has ended by itself: that may be what the test is about.
    }
    await running?.stop();
    running = undefined;
  }
  const server: FaultPostgres = {
    port,
    get pid() {
      return running?.pid ?? 0;
    },
    url: (at = port) => `postgresql://${login}:${password}@127.0.0.1:${at}/${database}`,
    asSuperuser: (sql) => runSql(adminUrl(port), sql),
    async crash() {
      await end('SIGQUIT');
    },
    async start() {
      await end('SIGQUIT');
      running = await startEmbeddedPostgres({ folder, port, password, durable: true });
    },
    async addStandby() {
      const standbyPort = await freePort();
      const copy = `${folder}-standby`;
      // Copied while it stands still: the simplest base backup there is, and it keeps owners and modes.
      await running?.stop();
      await run('cp', ['-a', folder, copy]);
      await writeFile(path.join(copy, 'standby.signal'), '');
      await appendFile(
        path.join(copy, 'postgresql.auto.conf'),
        `primary_conninfo = 'host=127.0.0.1 port=${port} user=quarterdeck password=${password}'\n`,
      );
      await server.start();
      const standby = await open(copy, parent, standbyPort, false);
      standbys.push(standby);
      await server.asSuperuser("ALTER SYSTEM SET synchronous_standby_names = '*'");
      await server.asSuperuser('SELECT pg_reload_conf()');
      return standby;
    },
    async remove() {
      for (const standby of standbys) await standby.remove();
      await end('SIGQUIT');
      for (const path of [folder, ...(ownsParent ? [parent] : [])]) await rm(path, { recursive: true, force: true });
    },
  };
  return server;
}

function adminUrl(port: number, name = database): string {
  return `postgresql://quarterdeck:${password}@127.0.0.1:${port}/${name}`;
}
