import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './programs.mjs';

const skipped = new Set(['node_modules', 'dist', 'generated', '.git', 'artefacts']);

/** SHA-256 over names and contents of files and folders below the checkout. */
export async function fingerprint(places) {
  const hash = createHash('sha256');
  for (const place of places) await add(hash, path.join(root, place));
  return hash.digest('hex');
}

async function add(hash, place) {
  if (!existsSync(place)) return;
  if ((await stat(place)).isDirectory()) {
    for (const name of (await readdir(place)).sort()) if (!skipped.has(name)) await add(hash, path.join(place, name));
    return;
  }
  hash.update(`${path.relative(root, place)}\n`);
  hash.update(await readFile(place));
}

/** Does the work unless the mark already carries this value; the mark is written after the work. */
export async function onceFor(mark, value, work) {
  const file = path.join(root, mark);
  const before = existsSync(file) ? await readFile(file, 'utf8') : '';
  if (before === value) return false;
  await work();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, value);
  return true;
}
