import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { spawnEnvironment } from './environment.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('a process that a test starts gets the broken module, and the real rest of it', () => {
  const script = `
    const { checkOrigin } = await import('./apps/api/src/platform/http/origin.ts');
    const request = { method: 'POST', headers: { origin: process.argv[1] } };
    try { checkOrigin(request, ['https://portal.example']); console.log('let through'); }
    catch (error) { console.log(error.code); }`;
  const ask = (origin: string, environment: object) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script, origin], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    }).trim();
  const mutant = { name: 'csrf-lax', module: 'apps/api/src/platform/http/origin.ts' };
  const broken = spawnEnvironment(root, mutant, process.env.NODE_OPTIONS);
  expect(ask('https://portal.example.evil', {})).toBe('origin_refused');
  expect(ask('https://portal.example.evil', broken)).toBe('let through');
  expect(ask('https://other.example', broken)).toBe('origin_refused');
});
