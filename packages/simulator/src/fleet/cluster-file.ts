import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { KubeObject } from '../objects/types.ts';
import type { ServerIdentity } from '../server/certificates.ts';

/** What is kept of a simulated cluster. */
export type ClusterFile = {
  version: number;
  identity: ServerIdentity;
  adminToken: string;
  /** Kind as `plural.group`, then its objects. */
  objects: { kind: string; objects: readonly KubeObject[] }[];
};

/** @throws Error when the file is damaged: it names the way out */
export async function readClusterFile(file: string): Promise<ClusterFile | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ClusterFile;
  } catch {
    throw new Error(`${file} is damaged. Move it away to get a new demo cluster.`);
  }
}

export function writeClusterFile(file: string, content: ClusterFile): Promise<void> {
  return writeSecretFile(file, JSON.stringify(content));
}

/** Whole or not at all, readable by us alone. */
export async function writeSecretFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
