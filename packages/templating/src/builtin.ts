import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BundleFiles } from './bundle-types.ts';

const folder = fileURLToPath(new URL('./builtin', import.meta.url));

/** Templates that come with the product, in the order in which they are offered: what most people look for first. */
export const builtinNames = [
  'web-service',
  'worker',
  'cron-job',
  'stateful-service',
  'php-service',
  'batch',
  'daemon',
  'raw',
] as const;

/** The built-in templates as files, in the order of `builtinNames`. */
export async function builtinBundles(): Promise<BundleFiles[]> {
  return Promise.all(builtinNames.map((name) => readFolder(path.join(folder, name))));
}

async function readFolder(root: string): Promise<BundleFiles> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files
      .sort()
      .map(
        async (file) => [path.relative(root, file).split(path.sep).join('/'), await readFile(file, 'utf8')] as const,
      ),
  );
  return Object.fromEntries(texts);
}
