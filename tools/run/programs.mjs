import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Node 24 of the npm package; the machine's own Node only starts this tool. */
export const node = path.join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** A program of the workspace's dependencies, run by Node 24. */
export function binary(name) {
  return path.join(root, 'node_modules/.bin', name);
}

/** The environment of what we start: Node 24 first on the path, so that tools with a `node` shebang get it too. */
export function environment(extra = {}) {
  const folders = [path.join(root, 'node_modules/node/bin'), path.join(root, 'node_modules/.bin')].filter((folder) =>
    existsSync(folder),
  );
  return { ...process.env, PATH: [...folders, process.env.PATH].join(path.delimiter), ...extra };
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ capture?: boolean, cwd?: string, env?: Record<string, string | undefined> }} options `capture` keeps the
 *   output instead of showing it
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? environment(),
      stdio: options.capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code: code ?? (signal === null ? 1 : 130), output }));
  });
}
