import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

export type Product = { origin: string; setupCode: string; pid: number; readyMs: number; stop(): Promise<void> };

/** A data folder that the database's own user may pass through. */
export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-bench-'));
  await chmod(folder, 0o755);
  return folder;
}

/** Starts the all-in-one process and waits until the first page is served. */
export async function startProduct(dataDir: string, options: { env?: Record<string, string> } = {}): Promise<Product> {
  const port = await freePort();
  const started = performance.now();
  const child = spawn(process.execPath, ['apps/api/src/main.ts', '--port', String(port), '--data-dir', dataDir], {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await untilReady(child);
  const origin = `http://localhost:${port}`;
  await (await fetch(origin)).text();
  return {
    origin,
    setupCode: /Setup code: (\S+)/.exec(output)?.[1] ?? '',
    pid: child.pid ?? 0,
    readyMs: performance.now() - started,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Stop with Ctrl-C')) resolve(output);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
}

/** Resident memory, bytes, and CPU time, s, of a process and all below it. */
export async function usageOf(pid: number): Promise<{ rssBytes: number; cpuSeconds: number }> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (/^\d+$/.test(name) && stat !== '')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const family = new Set([pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  let rssBytes = 0;
  let cpuSeconds = 0;
  for (const member of family) {
    const smaps = await readFile(`/proc/${member}/smaps_rollup`, 'utf8').catch(() => '');
    // Pss: what several processes share is counted once.
    rssBytes += Number(/^Pss:\s+(\d+)/m.exec(smaps)?.[1] ?? 0) * 1024;
    const stat = await readFile(`/proc/${member}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return { rssBytes, cpuSeconds };
}

export async function removeDataFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
