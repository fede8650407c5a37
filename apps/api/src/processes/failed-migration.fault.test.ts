import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listClusters } from '@quarterdeck/contracts';
import { migrate } from '@quarterdeck/database';
import { migrationsFolder } from '@quarterdeck/database/testing';
import { claimProduct, makeDataFolder, type Product, removeDataFolder, startProduct } from '@quarterdeck/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

let dataDir: string;
let newer: string;
let product: Product;

beforeAll(async () => {
  dataDir = await makeDataFolder();
  newer = await mkdtemp(path.join(tmpdir(), 'quarterdeck-newer-'));
  await cp(migrationsFolder, newer, { recursive: true });
  await mkdir(path.join(newer, '9999_newer'));
  await writeFile(
    path.join(newer, '9999_newer/migration.sql'),
    'ALTER TABLE clusters_cluster RENAME COLUMN display_name TO title;\nALTER TABLE nowhere ADD COLUMN x integer;',
  );
  product = await startProduct({ dataDir, args: ['--no-demo'] });
  await product.ready();
});
afterAll(async () => {
  await product?.stop();
  await removeDataFolder(dataDir);
  await rm(newer, { recursive: true, force: true });
});

it('a newer version whose migration fails leaves the one that runs as it was', async () => {
  const owner = await claimProduct(product);
  const { postgres } = JSON.parse(await readText('ports.json')) as { postgres: number };
  const { postgres: password } = JSON.parse(await readText('secrets.json')) as { postgres: string };
  const url = `postgresql://quarterdeck:${password}@127.0.0.1:${postgres}/quarterdeck`;
  await expect(migrate({ url, folder: newer })).rejects.toThrow(/9999_newer failed.*previous version goes on working/);
  // Its statements name the column that the failed migration renamed first.
  expect((await owner.call(listClusters, {})).items).toEqual([]);
  expect((await fetch(`${product.origin}/readyz`)).status).toBe(200);
});

function readText(file: string): Promise<string> {
  return readFile(path.join(dataDir, file), 'utf8');
}
