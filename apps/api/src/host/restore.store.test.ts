import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newKeyringText, parseKeyring } from '../platform/crypto/keyring.ts';
import { systemActor } from '../platform/principal.ts';
import { openAudit } from './open-installation.ts';

const postgres = inject('postgres');
let source: TestDatabase;
let target: TestDatabase;
let folder: string;
let keyringFile: string;

beforeAll(async () => {
  source = await createTestDatabase(postgres);
  target = await createTestDatabase(postgres, { empty: true });
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-backup-'));
  keyringFile = path.join(folder, 'keyring.json');
  const text = newKeyringText(randomBytes, 'k1');
  await writeFile(keyringFile, text, { mode: 0o600 });
  const { audit, installation } = await openAudit(source, parseKeyring(text));
  await audit.record(
    systemActor('test', []),
    Array.from({ length: 30 }, (_, n) => ({
      action: 'clusters:update',
      target: { kind: 'cluster', name: `line\nbreak\t${n}`, ...(n % 2 === 0 ? {} : { project: `prj_${n}` }) },
    })),
  );
  const id = randomUUID();
  await source.pool.query(
    "INSERT INTO clusters_cluster (id, slug, display_name, color, labels, server, state) VALUES ($1, 'a', 'a', 0, '{}', 'https://a', 'connected')",
    [id],
  );
  await source.pool.query(
    `INSERT INTO inventory_object (kind_no, cluster_no, ns_no, name, uid, created_at, status, status_text,
       ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, search, fp)
     SELECT 1, 1, 1, 'pod-' || n, 'uid-' || n, now(), 0, 'Running', 0, 0, 0, '', '', 0, 0, '{}', '{}', '', n FROM generate_series(1, 3) AS n`,
  );
  const place = { table: 'clusters_credential', column: 'sealed', rowId: id };
  await source.pool.query("INSERT INTO clusters_credential (cluster_id, kind, sealed) VALUES ($1, 'token', $2)", [
    id,
    Buffer.from(installation.envelopes.seal(place, 'token')),
  ]);
});
afterAll(async () => {
  await source.drop();
  await target.drop();
  await rm(folder, { recursive: true, force: true });
});

function run(name: 'backup' | 'restore', ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], { env: { PATH: '/usr/bin:/bin' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('exit', (code) => resolve({ code, output }));
  });
}
const restore = (from: string, database: TestDatabase, keyring = keyringFile) =>
  run('restore', '--from', from, '--keyring-file', keyring, '--database-url', database.adminUrl);

async function rowCounts(database: TestDatabase): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ name: string; n: string }>(
    `SELECT relname AS name, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM public.%I', relname), false, true, '')))[1]::text AS n
     FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

async function counted(database: TestDatabase): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>('SELECT sum(n)::int AS n FROM inventory_count');
  return rows[0]?.n ?? 0;
}

describe('F22: a backup', () => {
  it('restored into an empty database has every row, opens with its keyring and verifies', async () => {
    const to = path.join(folder, 'one');
    expect(await run('backup', '--to', to, '--database-url', source.url)).toMatchObject({ code: 0 });
    const restored = await restore(to, target);
    expect(restored).toMatchObject({ code: 0 });
    expect(restored.output).toMatch(/3 sealed records open.*\n30 audit records verify/);
    expect(await rowCounts(target)).toEqual(await rowCounts(source));
    // What triggers count is counted once, and by triggers again from now on.
    expect(await counted(target)).toBe(3);
    await target.pool.query('DELETE FROM inventory_object');
    expect(await counted(target)).toBe(0);
    // And it goes on: the next record and the next number follow the old ones.
    await target.pool.query("SELECT nextval('clusters_cluster_number_seq')");
    expect((await run('backup', '--to', path.join(folder, 'two'), '--database-url', target.adminUrl)).code).toBe(0);
  });

  it('is refused by a database that is not empty, with the wrong keyring, damaged, or half', async () => {
    const to = path.join(folder, 'one');
    expect(await restore(to, target)).toMatchObject({ code: 78, output: expect.stringMatching(/not empty/) });
    const empty = await createTestDatabase(postgres, { empty: true });
    const wrong = path.join(folder, 'wrong.json');
    await writeFile(wrong, newKeyringText(randomBytes, 'k1'));
    expect(await restore(to, empty, wrong)).toMatchObject({ code: 78, output: expect.stringMatching(/key "k1"/) });
    await appendFile(path.join(to, 'audit_event.copy'), 'x');
    expect(await restore(to, empty)).toMatchObject({
      code: 78,
      output: expect.stringMatching(/audit_event.copy is not/),
    });
    await rm(path.join(to, 'manifest.json'));
    expect(await restore(to, empty)).toMatchObject({ code: 78, output: expect.stringMatching(/no finished backup/) });
    await empty.drop();
  });
});
