import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadInstallation } from '../installation.ts';
import { createEnvelopes, type Envelopes } from './envelope.ts';
import { fileKeyring, newKeyringText, parseKeyring } from './keyring.ts';
import { countByKey } from './sealed-columns.ts';

const records = 1200;
const place = (rowId: string) => ({ table: 'clusters_credential', column: 'sealed', rowId });
const command = fileURLToPath(new URL('../../host/keyring.ts', import.meta.url));

let database: TestDatabase;
let folder: string;
let file: string;
let firstText: string;
const ids: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-keyring-'));
  file = path.join(folder, 'keyring.json');
  firstText = newKeyringText(randomBytes, 'k1');
  await writeFile(file, firstText, { mode: 0o600 });
  const { envelopes } = await loadInstallation(database, fileKeyring(file));
  for (let n = 0; n < records; n += 1) ids.push(randomUUID());
  await database.pool.query(
    `INSERT INTO clusters_cluster (id, slug, display_name, color, labels, server, state)
     SELECT id, 'c' || n, 'c', 0, '{}', 'https://c', 'connected' FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n)`,
    [ids],
  );
  await database.pool.query(
    "INSERT INTO clusters_credential (cluster_id, kind, sealed) SELECT id, 'token', sealed FROM unnest($1::uuid[], $2::bytea[]) AS t (id, sealed)",
    [ids, ids.map((id) => Buffer.from(envelopes.seal(place(id), `token of ${id}`)))],
  );
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The command as a person on the host runs it, as a process of its own. */
function keyring(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args, '--keyring-file', file, '--database-url', database.url], {
      env: { PATH: '/usr/bin:/bin' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('exit', (code) => resolve({ code, output }));
  });
}

async function open(envelopes: Envelopes, id: string): Promise<string> {
  const { rows } = await database.pool.query<{ sealed: Buffer }>(
    'SELECT sealed FROM clusters_credential WHERE cluster_id = $1',
    [id],
  );
  return envelopes.open(place(id), rows[0]?.sealed ?? Buffer.alloc(0)).reveal('test');
}

describe('F21: a keyring', () => {
  it('is rotated while servers read and write, without one error', async () => {
    const server = createEnvelopes(fileKeyring(file));
    let working = true;
    let worked = 0;
    async function work(offset: number): Promise<void> {
      for (let n = offset; working; n += 7) {
        const id = ids[n % records] ?? '';
        expect(await open(server, id)).toBe(`token of ${id}`);
        await database.pool.query('UPDATE clusters_credential SET sealed = $2 WHERE cluster_id = $1', [
          id,
          Buffer.from(server.seal(place(id), `token of ${id}`)),
        ]);
        worked += 1;
      }
    }
    const load = Promise.all([work(0), work(3), work(5)]);
    expect(await keyring('add', 'k2')).toMatchObject({ code: 0 });
    expect(await keyring('primary', 'k2')).toMatchObject({ code: 0 });
    expect(await keyring('rewrap')).toMatchObject({ code: 0 });
    expect([...(await countByKey(database.pool)).keys()]).toEqual(['k2']);
    const removed = await keyring('remove', 'k1');
    expect(removed).toMatchObject({ code: 0 });
    working = false;
    await load;
    expect(worked).toBeGreaterThan(50);
    expect([...parseKeyring(await readFile(file, 'utf8')).keys.keys()]).toEqual(['k2']);
    for (const id of ids.slice(0, 50)) expect(await open(server, id)).toBe(`token of ${id}`);
    const { rows } = await database.pool.query<{ what: string }>(
      "SELECT record #>> '{changes,0,path}' AS what FROM audit_event WHERE record #>> '{target,kind}' = 'keyring' ORDER BY seq",
    );
    expect(rows.map(({ what }) => what)).toEqual(['added', 'primary', 'rewrapped', 'removed']);
  });

  it('whose key was removed is refused by the database, so that nothing is sealed with it again', async () => {
    const stale = createEnvelopes(parseKeyring(firstText));
    const id = ids[0] ?? '';
    await expect(
      database.pool.query('UPDATE clusters_credential SET sealed = $2 WHERE cluster_id = $1', [
        id,
        Buffer.from(stale.seal(place(id), 'lost')),
      ]),
    ).rejects.toThrow(/key k1 is not in use/);
  });

  it('keeps a key that wraps records, and the primary one', async () => {
    expect(await keyring('add', 'k3')).toMatchObject({ code: 0 });
    expect(await keyring('remove', 'k2')).toMatchObject({ code: 78, output: expect.stringMatching(/primary key/) });
    await keyring('primary', 'k3');
    expect(await keyring('remove', 'k2')).toMatchObject({
      code: 78,
      output: expect.stringMatching(/\d+ records are sealed with "k2"/),
    });
    expect((await keyring('status')).output).toMatch(/k3 {2}0 records {2}primary/);
  });

  it('that lacks a key, or has another under its name, lets no process start, and the key is named', async () => {
    await expect(loadInstallation(database, parseKeyring(firstText))).rejects.toThrow(/key "k2"/);
    const forged = parseKeyring(newKeyringText(randomBytes, 'k2'));
    await expect(loadInstallation(database, forged)).rejects.toThrow(/key "k2": its canary does not open/);
  });
});
