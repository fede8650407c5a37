import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { productEnvironment } from '../../../../tools/run/product.mjs';
import { freePort } from '../control-plane/ports.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const readyMs = 150_000;

/** A program of the product and what it prints once it serves. */
const programs = {
  main: { file: 'apps/api/src/main.ts', serves: 'Stop with Ctrl-C' },
  server: { file: 'apps/api/src/server.ts', serves: 'server listens' },
  worker: { file: 'apps/api/src/worker.ts', serves: 'worker runs' },
} as const;

export type ProductOptions = {
  dataDir: string;
  /** `main`, unless told, is what `npm start` runs; `server` and `worker` are one of any number of theirs on a database. */
  program?: keyof typeof programs;
  /** After `--port` and `--data-dir`, as a person would type them. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** A free one unless told. */
  port?: number;
};

/** A process of the product: the all-in-one as `npm start` runs it, a server or a worker. */
export type Product = {
  origin: string;
  port: number;
  pid: number;
  /** Everything it has printed so far, both streams. */
  output(): string;
  /** Resolves when it says that it runs. Raises an error with its output when it ends before, or has not by 150 s. */
  ready(): Promise<void>;
  /** The exit code, or the name of the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, until it has ended. */
  stop(): Promise<number | NodeJS.Signals>;
};

/** An empty data folder. As root, PostgreSQL runs as another user, who must pass through it. */
export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-product-'));
  await chmod(folder, 0o755);
  return folder;
}

export async function removeDataFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Starts a program of the product in a process of its own; nothing of the developer's own settings reaches it. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const port = options.port ?? (await freePort());
  const args = ['--port', String(port), '--data-dir', options.dataDir, ...(options.args ?? [])];
  const { file, serves } = programs[options.program ?? 'main'];
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    env: { ...cleanEnvironment(), ...options.env, ...productEnvironment(options.env?.NODE_OPTIONS ?? '') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    // `close` and not `exit`: all of its output has been read by then.
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  return {
    origin: `http://localhost:${port}`,
    port,
    pid: child.pid ?? 0,
    output: output.text,
    ready: () => untilReady(output, serves, ended),
    ended,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

type Output = { text(): string; onText(look: () => void): void };

function collect(child: ChildProcess): Output {
  let text = '';
  const watchers: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      for (const look of watchers) look();
    });
  }
  return { text: () => text, onText: (look) => void watchers.push(look) };
}

async function untilReady(output: Output, serves: string, ended: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const isReady = () => output.text().includes(serves);
  const shown = new Promise<void>((resolve, reject) => {
    output.onText(() => isReady() && resolve());
    if (isReady()) resolve();
    timer = setTimeout(() => reject(new Error(`not ready in ${readyMs} ms:\n${output.text()}`)), readyMs);
  });
  const gone = ended.then((how) => {
    throw new Error(`ended with ${how}:\n${output.text()}`);
  });
  try {
    await Promise.race([shown, gone]);
  } finally {
    clearTimeout(timer);
  }
}

/** What makes a process run with the module that is broken on purpose where this one does; else nothing. */
export function mutantEnvironment(): Record<string, string> {
  const names = ['NODE_OPTIONS', 'MUTANT_MODULE', 'MUTANT_FILE'];
  return process.env.MUTANT_MODULE === undefined
    ? {}
    : Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

function cleanEnvironment(): Record<string, string | undefined> {
  const foreign = /^(QUARTERDECK_(?!CACHE_DIR)|DATABASE_URL$|NODE_OPTIONS$|VITEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
