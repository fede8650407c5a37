import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { ConfigError } from '../config.ts';
import { newKeyringText } from '../platform/crypto/keyring.ts';

/** `.quarterdeck/`: what the all-in-one process keeps. */
export interface DataFolder {
  readonly postgres: string;
  readonly demo: string;
  /** The keyring's file, made at the first start with mode 0600. */
  keyring(): Promise<string>;
  /** Where checkpoints of the audit trail are written down, outside the database. */
  readonly checkpoints: string;
  /** A port for a named purpose: a free one picked once, then kept. */
  port(name: string): Promise<number>;
  /** A secret for a named purpose, made once; a random one unless told. */
  secret(name: string, make?: () => Promise<string>): Promise<string>;
  /** Gives the folder back. */
  release(): Promise<void>;
}

type Holder = { pid: number; startedAt: string };

/**
 * Takes the folder for this process.
 * @throws ConfigError when another process holds it, or it cannot be written
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const absolute = path.resolve(folder);
  try {
    await mkdir(absolute, { recursive: true });
    // The database's own user must pass through; what is secret inside has its own mode.
    await mkdir(path.join(absolute, 'demo'), { recursive: true });
  } catch (error) {
    throw cannotWrite(absolute, error);
  }
  const lock = path.join(absolute, 'lock');
  await takeLock(lock, absolute);
  const kept = keptValues(path.join(absolute, 'ports.json'));
  const secrets = keptValues(path.join(absolute, 'secrets.json'));

  return {
    postgres: path.join(absolute, 'postgres'),
    demo: path.join(absolute, 'demo'),
    async keyring() {
      const file = path.join(absolute, 'keyring.json');
      if (!existsSync(file)) await writeWhole(file, newKeyringText(randomBytes, `k${Date.now().toString(36)}`));
      return file;
    },
    checkpoints: path.join(absolute, 'audit-checkpoints.jsonl'),
    async port(name) {
      const port = await kept.get(name, freePort);
      if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
      throw damaged(path.join(absolute, 'ports.json'));
    },
    secret: (name, make = async () => randomBytes(24).toString('base64url')) => secrets.get(name, make),
    release: () => rm(lock, { force: true }),
  };
}

/** What a command on this host needs of the folder of a process that may be running: nothing is taken or made. */
export async function readDataFolder(
  folder: string,
): Promise<{ keyring: string; checkpoints: string; postgres: { port: number; password: string } | undefined }> {
  const absolute = path.resolve(folder);
  const ports = await readValues<number>(path.join(absolute, 'ports.json'));
  const secrets = await readValues<string>(path.join(absolute, 'secrets.json'));
  const { postgres: port } = ports;
  const { postgres: password } = secrets;
  return {
    keyring: path.join(absolute, 'keyring.json'),
    checkpoints: path.join(absolute, 'audit-checkpoints.jsonl'),
    postgres: port === undefined || password === undefined ? undefined : { port, password },
  };
}

/** The lock holds pid and start time: after a kill -9 the pid may be somebody else's. */
async function takeLock(lock: string, folder: string): Promise<void> {
  const mine: Holder = { pid: process.pid, startedAt: await startTimeOf(process.pid) };
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      const handle = await open(lock, 'wx', 0o600);
      await handle.writeFile(JSON.stringify(mine));
      await handle.close();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw cannotWrite(folder, error);
    }
    const holder = await readHolder(lock);
    if (holder !== undefined && holder.startedAt !== '' && (await startTimeOf(holder.pid)) === holder.startedAt) {
      throw new ConfigError(
        `Quarterdeck runs on ${folder} already (process ${holder.pid}). Use that one, stop it, or start beside it: npm start -- --data-dir OTHER --port OTHER.`,
      );
    }
    await rm(lock, { force: true });
  }
  throw new ConfigError(`Another process took ${folder} at this moment. Try again.`);
}

async function readHolder(lock: string): Promise<Holder | undefined> {
  try {
    const value = JSON.parse(await readFile(lock, 'utf8')) as Partial<Holder>;
    if (typeof value.pid === 'number' && typeof value.startedAt === 'string') return value as Holder;
  } catch {
    // Half-written by a process that was killed: nobody holds it.
  }
  return undefined;
}

/** Clock ticks since boot at which a process started; empty when there is none, or no /proc. */
async function startTimeOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** A small JSON object of values that are made once and then kept. */
function keptValues(file: string) {
  return {
    async get<T extends string | number>(name: string, make: () => Promise<T>): Promise<T> {
      const values = await readValues<T>(file);
      const existing = values[name];
      if (existing !== undefined) return existing;
      const made = await make();
      await writeWhole(file, `${JSON.stringify({ ...values, [name]: made }, undefined, 2)}\n`);
      return made;
    },
  };
}

async function readValues<T>(file: string): Promise<Record<string, T>> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    throw damaged(file);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) throw damaged(file);
  return values as Record<string, T>;
}

function damaged(file: string): ConfigError {
  return new ConfigError(`${file} is damaged. Restore it from a backup, or move the data folder away to start empty.`);
}

/** Whole or not at all, readable by us alone. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw cannotWrite(path.dirname(file), error);
  }
}

function cannotWrite(folder: string, error: unknown): ConfigError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
  return new ConfigError(
    `The data folder ${folder} cannot be written (${code}). Make it writable, or name another: --data-dir FOLDER.`,
  );
}

/** Below the range from which systems take the ports of outgoing connections: it must be free the next time too. */
const lowestPort = 15_000;
const highestPort = 29_000;

async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = randomInt(lowestPort, highestPort);
    if (await isFree(port)) return port;
  }
  throw new ConfigError(`No port of this machine between ${lowestPort} and ${highestPort} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
