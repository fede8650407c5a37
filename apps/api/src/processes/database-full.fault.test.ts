import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type FaultPostgres, startFaultPostgres } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyTrail } from '../features/audit/index.ts';
import { createFaultApp, type FaultApp } from '../testing/fault-app.ts';

const run = promisify(execFile);
/** Only root may make a disk of a chosen size; everybody gets the same refusal raised by a trigger. */
const canMount = process.getuid?.() === 0;

let folder: string;
let postgres: FaultPostgres;
let product: FaultApp;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-disk-'));
  if (canMount) await run('mount', ['-t', 'tmpfs', '-o', 'size=200m,mode=755', 'tmpfs', folder]);
  postgres = await startFaultPostgres({ folder });
  product = await createFaultApp(postgres.url());
});
afterAll(async () => {
  await product?.close();
  await postgres?.remove();
  if (canMount) await run('umount', ['--lazy', folder]);
  await rm(folder, { recursive: true, force: true });
});

const filler = () => path.join(folder, 'filler');

/** Takes all that is left of the disk. */
async function fillDisk(): Promise<void> {
  const file = await open(filler(), 'a');
  const block = Buffer.alloc(64 * 1024);
  try {
    for (let size = block.length; size >= 1; size /= 4) {
      for (;;) {
        try {
          await file.appendFile(block.subarray(0, size));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOSPC') break;
          throw error;
        }
      }
    }
  } finally {
    await file.close();
  }
}

/** Writes until one is refused; gives how many were taken. */
async function writeUntilRefused(prefix: string): Promise<{ taken: string[]; status: number }> {
  const taken: string[] = [];
  for (;;) {
    const slug = `${prefix}-${taken.length}`;
    const status = await product.write(slug, `key-of-${slug}`);
    if (status !== 201) return { taken, status };
    taken.push(slug);
  }
}

/** Every application has its record and every record its application: nothing is half done. */
async function expectWhole(prefix: string, taken: readonly string[]): Promise<void> {
  const { pool } = product.database;
  const sql = {
    applications: 'SELECT slug FROM applications_application WHERE slug LIKE $1 ORDER BY slug',
    records: `SELECT record #>> '{target,name}' AS slug FROM audit_event
      WHERE action = 'applications:write' AND record #>> '{target,name}' LIKE $1 ORDER BY 1`,
  };
  for (const text of Object.values(sql)) {
    const { rows } = await pool.query<{ slug: string }>(text, [`${prefix}-%`]);
    expect(rows.map(({ slug }) => slug)).toEqual([...taken].sort());
  }
  expect((await verifyTrail(pool)).bad).toBeUndefined();
}

describe('F13: a full disk', () => {
  it('refused by PostgreSQL in the middle of a change is a 503, and nothing of the change stays', async () => {
    await postgres.asSuperuser(`
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON app_environment FOR EACH ROW EXECUTE FUNCTION full_disk()`);
    expect(await product.write('raised-0', 'key-of-raised-0')).toBe(503);
    await postgres.asSuperuser('DROP TRIGGER full_disk ON app_environment');
    await expectWhole('raised', []);
    expect(await product.write('raised-0', 'key-of-raised-0')).toBe(201);
    await expectWhole('raised', ['raised-0']);
  });

  if (canMount) {
    it('refuses writes with 503 and answers reads; with room again all goes on', async () => {
      await fillDisk();
      const { taken, status } = await writeUntilRefused('data');
      expect(status).toBe(503);
      expect((await product.owner.request({ method: 'GET', url: '/applications' })).status).toBe(200);
      await expectWhole('data', taken);
      await rm(filler());
      const refused = `data-${taken.length}`;
      expect(await product.write(refused, `key-of-${refused}`)).toBe(201);
      await expectWhole('data', [...taken, refused]);
    });

    it('that leaves no room for the log ends PostgreSQL; once it is started again all goes on', async () => {
      await fillDisk();
      // More than the files of the write-ahead log that exist: the next one finds no room.
      const flood = "SELECT pg_logical_emit_message(false, 'flood', repeat('x', 1000000)) FROM generate_series(1, 120)";
      await expect(postgres.asSuperuser(flood)).rejects.toThrow();
      const { taken, status } = await writeUntilRefused('log');
      expect(status).toBe(503);
      await expect.poll(async () => (await product.app.inject({ method: 'GET', url: '/readyz' })).statusCode).toBe(503);
      expect((await product.app.inject({ method: 'GET', url: '/healthz' })).statusCode).toBe(200);
      await rm(filler());
      await postgres.start();
      const refused = `log-${taken.length}`;
      await expect.poll(() => product.write(refused, `key-of-${refused}`)).toBe(201);
      await expectWhole('log', [...taken, refused]);
    });
  }
});
