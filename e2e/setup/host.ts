import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Portal } from './portal.ts';

/** JSON that a running portal keeps in its data folder. */
export async function kept<T>(portal: Pick<Portal, 'dataDir'>, name: string): Promise<Record<string, T>> {
  return JSON.parse(await readFile(path.join(portal.dataDir, name), 'utf8')) as Record<string, T>;
}

/** The database of a running portal, as whoever has its machine signs in to it. */
export async function databaseUrl(portal: Pick<Portal, 'dataDir'>): Promise<string> {
  const { postgres: port } = await kept<number>(portal, 'ports.json');
  const { postgres: password } = await kept<string>(portal, 'secrets.json');
  return `postgresql://quarterdeck:${password}@127.0.0.1:${port}/quarterdeck`;
}

/** `npm run audit:verify` on a running installation. */
export function verifyTrail(dataDir: string): Promise<{ code: number | null; output: string }> {
  const command = fileURLToPath(new URL('../../apps/api/src/host/audit-verify.ts', import.meta.url));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, '--data-dir', dataDir], { env: { PATH: '/usr/bin:/bin' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('close', (code) => resolve({ code, output }));
  });
}
