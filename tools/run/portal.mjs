import { existsSync } from 'node:fs';
import path from 'node:path';
import { fingerprint, onceFor } from './fingerprint.mjs';
import { root, run } from './programs.mjs';
import { step } from './progress.mjs';

const inputs = [
  'apps/web',
  'packages/ui',
  'packages/contracts',
  'packages/api-client',
  'pnpm-lock.yaml',
  'tsconfig.base.json',
];

/** Builds the portal when what it is made of changed. */
export async function buildPortal() {
  const web = path.join(root, 'apps/web');
  if (!existsSync(path.join(web, 'index.html'))) return;
  const value = await fingerprint(inputs);
  const built = existsSync(path.join(web, 'dist/index.html'));
  await onceFor(built ? 'node_modules/.quarterdeck/portal' : 'node_modules/.quarterdeck/no-portal', value, () =>
    step('building the portal', async () => {
      const vite = path.join(web, 'node_modules/.bin/vite');
      const { code, output } = await run(vite, ['build', '--logLevel', 'warn'], { cwd: web, capture: true });
      if (code === 0) return;
      process.stderr.write(output);
      throw new Error('Building the portal failed.');
    }),
  );
}
