import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

const command = fileURLToPath(new URL('./audit-verify.ts', import.meta.url));
const record = JSON.stringify([
  {
    id: '01930000-0000-7000-8000-000000000000',
    record: { version: 1, action: 'a', outcome: 'allowed', actor: { kind: 'system' }, target: {} },
  },
]);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  await database.pool.query('SELECT audit_append($1::jsonb)', [record]);
});
afterAll(() => database.drop());

function verify(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, '--database-url', database.url, ...args], {
      env: { PATH: '/usr/bin:/bin' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('exit', (code) => resolve({ code, output }));
  });
}

it('npm run audit:verify says that the trail is unaltered, or names the first bad record and exits 1', async () => {
  expect(await verify()).toEqual({
    code: 0,
    output: expect.stringMatching(/^1 records recomputed in .* unaltered\.\n$/),
  });
  await database.asSuperuser(
    'ALTER TABLE audit_event DISABLE TRIGGER USER; UPDATE audit_event SET record = record || \'{"forged": true}\'',
  );
  expect(await verify()).toEqual({
    code: 1,
    output: 'The trail was altered. Chain 0, record 1: its content was changed.\n',
  });
});

it('npm run audit:verify refuses what it cannot use, with exit 78', async () => {
  expect(await verify('--checkpoints', '/nowhere')).toMatchObject({
    code: 78,
    output: expect.stringMatching(/cannot be read/),
  });
  expect(await verify('--what')).toMatchObject({ code: 78, output: expect.stringMatching(/npm run audit:verify/) });
});
