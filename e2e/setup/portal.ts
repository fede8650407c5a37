import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const startMs = 60_000;

export type Portal = { origin: string; setupCode: string; stop(): Promise<void> };

/** The product as `npm start` runs it, on a data folder of its own. */
export async function startPortal(
  options: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Portal> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'quarterdeck-e2e-'));
  // As root, PostgreSQL runs as another user, who must pass through.
  await chmod(dataDir, 0o755);
  const port = await freePort();
  const child = spawn(
    process.execPath,
    ['apps/api/src/main.ts', '--port', String(port), '--data-dir', dataDir, ...(options.args ?? [])],
    {
      cwd: root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = await untilReady(child);
  const setupCode = /Setup code: (\S+)/.exec(output)?.[1] ?? '';
  return {
    origin: `http://localhost:${port}`,
    setupCode,
    async stop() {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`not ready in ${startMs} ms:\n${output}`)), startMs);
    const read = (text: string) => {
      output += text;
      if (!output.includes('Stop with Ctrl-C')) return;
      clearTimeout(timer);
      resolve(output);
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${output}`)));
  });
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
