import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fingerprint, onceFor } from './fingerprint.mjs';
import { node, root, run } from './programs.mjs';
import { step } from './progress.mjs';

export const pnpm = 'pnpm@12.20.0';

/** Installs the dependencies when the lock file or a package changed; says what to do when that fails. */
export async function install() {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20) throw configuration(`Node ${process.versions.node} is too old: install Node 20 or newer.`);
  const value = await fingerprint(['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...(await packageFiles())]);
  await onceFor(
    existsSync(node) ? 'node_modules/.quarterdeck/installed' : 'node_modules/.quarterdeck/never',
    value,
    () =>
      step('installing dependencies', async () => {
        const { code, output } = await run('npx', ['--yes', pnpm, 'install', '--frozen-lockfile'], { capture: true });
        if (code === 0) return;
        process.stderr.write(output);
        throw configuration(
          'Installing the dependencies failed. Check that npm reaches its registry, then run the command again.',
        );
      }),
  );
}

async function packageFiles() {
  const files = [];
  for (const folder of ['apps', 'packages']) {
    for (const name of await readdir(path.join(root, folder))) files.push(`${folder}/${name}/package.json`);
  }
  return [...files, 'e2e/package.json', 'bench/package.json'];
}

/** An error that ends the command with 78: something outside the product must change. */
export function configuration(message) {
  return Object.assign(new Error(message), { exitCode: 78 });
}
