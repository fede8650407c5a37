import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ownPrefix, removeLeftBehind } from './left-behind.ts';

it('what a process that has ended left behind goes, and nobody else’s', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'left-behind-'));
  const ended = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
  const stay = [`${ownPrefix('pg')}abc`, 'pg-of-a-person', `other-${ended}-abc`].toSorted();
  for (const name of [...stay, `pg-${ended}-abc`]) await mkdir(path.join(parent, name));
  await removeLeftBehind(parent, 'pg');
  expect((await readdir(parent)).toSorted()).toEqual(stay);
  await rm(parent, { recursive: true });
});
