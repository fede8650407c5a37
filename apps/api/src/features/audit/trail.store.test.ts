import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createCursors } from '../../platform/cursor.ts';
import { systemActor } from '../../platform/principal.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { type TrailDeps, verifyOnce, writeCheckpoints } from './audit.jobs.ts';
import { type Audit, createAudit } from './audit.service.ts';
import { createCheckpointSigner, readCheckpoints } from './checkpoint.ts';
import { createTrailStore } from './trail.store.ts';
import { verifyTrail } from './verify-trail.ts';

let database: TestDatabase;
let audit: Audit;
let folder: string;
let deps: TrailDeps;
const logged: string[] = [];
const actor = systemActor('test', []);

beforeEach(async () => {
  database = await createTestDatabase(inject('postgres'));
  audit = createAudit({ database, cursors: createCursors(randomBytes(32)), fingerprint: () => 'hmac:00000000' });
  folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-audit-'));
  logged.length = 0;
  deps = {
    database,
    signer: createCheckpointSigner('test', randomBytes(32)),
    checkpointFile: path.join(folder, 'checkpoints.jsonl'),
    logger: createLogger({ level: 'info', destination: { write: (line: string) => void logged.push(line) } }),
  };
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function write(count: number, project?: string): Promise<void> {
  const target = { kind: 'release', ...(project === undefined ? {} : { project }) };
  await audit.record(
    actor,
    Array.from({ length: count }, (_, index) => ({
      action: 'releases:create',
      target: { ...target, name: `r${index}` },
    })),
  );
}

/** As the superuser, with the guard taken away: nobody can stop that, so it must show. */
async function forge(sql: string): Promise<void> {
  await database.asSuperuser(
    `ALTER TABLE audit_event DISABLE TRIGGER USER; ${sql}; ALTER TABLE audit_event ENABLE TRIGGER USER`,
  );
}

const verify = async (text?: string) => verifyTrail(database.pool, text === undefined ? [] : readCheckpoints(text));

describe('F27: the trail', () => {
  it('cannot be changed by the login of the product, in any way', async () => {
    await write(3);
    const tries = [
      "UPDATE audit_event SET action = 'x'",
      'DELETE FROM audit_event',
      'TRUNCATE audit_event',
      'INSERT INTO audit_event SELECT * FROM audit_event',
      'UPDATE audit_chain SET seq = 0',
      'DELETE FROM audit_repeat',
      'INSERT INTO audit_checkpoint SELECT chain, seq, hash, now(), hash, true FROM audit_chain',
      'INSERT INTO audit_anchor SELECT chain, seq, hash FROM audit_chain',
      'ALTER TABLE audit_event DISABLE TRIGGER USER',
      'DROP TABLE audit_event',
      'CREATE OR REPLACE FUNCTION audit_append(records jsonb) RETURNS void LANGUAGE sql AS $$ SELECT $$',
      'SET ROLE quarterdeck_owner',
      "SET session_replication_role = 'replica'",
    ];
    const month = (await database.pool.query<{ name: string }>('SELECT audit_partition_of(now()) AS name')).rows[0]
      ?.name;
    for (const sql of [...tries, `UPDATE ${month} SET action = 'x'`, `DROP TABLE ${month}`, `TRUNCATE ${month}`]) {
      await expect(database.pool.query(sql), sql).rejects.toMatchObject({ code: '42501' });
    }
    expect(await verify()).toEqual({ records: 3, bad: undefined });
  });

  it('is appended to by its own tables, whatever tables of the same name a session makes', async () => {
    await write(1);
    const connection = await database.connect();
    await connection.query('CREATE TEMP TABLE audit_chain (chain smallint, seq bigint, hash bytea)');
    await connection.query("INSERT INTO pg_temp.audit_chain VALUES (0, 700, '\\x00')");
    await connection.query('SELECT audit_append($1)', [
      JSON.stringify([
        {
          id: '01930000-0000-7000-8000-000000000000',
          record: { version: 1, action: 'a', outcome: 'allowed', actor: { kind: 'x' }, target: {} },
        },
      ]),
    ]);
    connection.release(true);
    expect(await verify()).toEqual({ records: 2, bad: undefined });
  });

  it.each([
    [
      "UPDATE audit_event SET record = jsonb_set(record, '{reason}', '\"forged\"') WHERE seq = 3",
      3,
      /content was changed/,
    ],
    ["UPDATE audit_event SET outcome = 'denied' WHERE seq = 4", 4, /column outcome/],
    ["UPDATE audit_event SET actor_id = 'somebody' WHERE seq = 2", 2, /column actor_id/],
    ["UPDATE audit_event SET at = at - interval '1 hour' WHERE seq = 5", 5, /content was changed/],
    ['DELETE FROM audit_event WHERE seq = 2', 3, /record 2 is missing/],
    ['DELETE FROM audit_event WHERE seq > 3', 4, /the chain counts 5/],
  ])('shows what a superuser did: %s', async (sql, seq, problem) => {
    await write(5);
    await forge(sql);
    expect((await verify()).bad).toEqual({ chain: 0, seq, problem: expect.stringMatching(problem) });
  });

  it('that was rewritten from a record to its end, hashes and all, does not fit its checkpoints', async () => {
    await write(5);
    await writeCheckpoints(deps);
    const file = await readFile(String(deps.checkpointFile), 'utf8');
    expect((await verify(file)).bad).toBeUndefined();
    await forge(`
      DO $$
      DECLARE entry record; before bytea := '\\x'; made bytea;
      BEGIN
        FOR entry IN SELECT * FROM audit_event WHERE chain = 0 ORDER BY seq LOOP
          entry.record := jsonb_set(entry.record, '{target,name}', '"forged"');
          made := audit_hash(before, entry.chain, entry.seq, entry.at, entry.record);
          UPDATE audit_event SET record = entry.record, prev_hash = before, hash = made WHERE id = entry.id;
          before := made;
        END LOOP;
        UPDATE audit_chain SET hash = before WHERE chain = 0;
      END $$`);
    // Alone it looks well: that is what the checkpoints are for.
    expect((await verify()).bad).toBeUndefined();
    expect((await verify(file)).bad).toMatchObject({ chain: 0, seq: 5, problem: expect.stringMatching(/checkpoint/) });
  });

  it('that was cut off at its end, with its head set back, is missing what a checkpoint knows', async () => {
    await write(5);
    await writeCheckpoints(deps);
    await forge(`DELETE FROM audit_event WHERE seq > 3;
      UPDATE audit_chain SET seq = 3, hash = (SELECT hash FROM audit_event WHERE chain = 0 AND seq = 3) WHERE chain = 0`);
    expect((await verify()).bad).toBeUndefined();
    const file = await readFile(String(deps.checkpointFile), 'utf8');
    expect((await verify(file)).bad).toMatchObject({ chain: 0, seq: 4 });
  });
});

describe('checkpoints', () => {
  it('are written when a chain moved, once, to the file and to the log', async () => {
    await write(2);
    await write(1, 'prj_a');
    await writeCheckpoints(deps);
    await writeCheckpoints(deps);
    const lines = readCheckpoints(await readFile(String(deps.checkpointFile), 'utf8'), deps.signer.publicKey);
    expect(lines.map(({ seq }) => seq).sort()).toEqual([1, 2]);
    expect(logged.filter((line) => line.includes('audit checkpoint'))).toHaveLength(2);
    await write(999);
    await writeCheckpoints(deps);
    expect((await database.pool.query('SELECT FROM audit_checkpoint')).rowCount).toBe(2);
    await write(1);
    await writeCheckpoints(deps);
    expect((await database.pool.query('SELECT FROM audit_checkpoint WHERE exported')).rowCount).toBe(3);
  });

  it('by two workers at once are written by one of them', async () => {
    await write(1);
    await Promise.all([writeCheckpoints(deps), writeCheckpoints(deps), writeCheckpoints(deps)]);
    expect(readCheckpoints(await readFile(String(deps.checkpointFile), 'utf8'))).toHaveLength(1);
  });

  it('that were changed, or signed by somebody else, are refused by their line', async () => {
    await write(1);
    await writeCheckpoints(deps);
    const text = await readFile(String(deps.checkpointFile), 'utf8');
    expect(() => readCheckpoints(text.replace('"seq":1', '"seq":2'))).toThrow(/line 1 was changed/);
    const other = createCheckpointSigner('test', randomBytes(32));
    const theirs = JSON.stringify(
      other.sign({ chain: 0, seq: 9, hash: randomBytes(32), at: '2026-01-01T00:00:00.000000Z' }),
    );
    expect(() => readCheckpoints(`${text}${theirs}\n`)).toThrow(/line 2 is signed with another key/);
    expect(() => readCheckpoints(text, other.publicKey)).toThrow(/line 1 is signed with another key/);
    expect(() => readCheckpoints('{"seq":1}')).toThrow(/line 1 is not a checkpoint/);
  });
});

describe('the worker', () => {
  it('says up to when the trail is verified, and which record is the first bad one', async () => {
    await write(3);
    expect(await audit.verification()).toMatchObject({ state: 'behind', records: 3 });
    await verifyOnce(deps);
    expect(await audit.verification()).toMatchObject({ state: 'verified', verifiedUpTo: expect.any(String) });
    await forge("UPDATE audit_event SET outcome = 'denied' WHERE seq = 2");
    await verifyOnce(deps);
    expect(await audit.verification()).toMatchObject({
      state: 'broken',
      firstBad: { chain: 0, seq: 2, problem: expect.stringMatching(/outcome/) },
    });
    expect(logged.join()).toContain('the audit trail does not verify');
    await forge("UPDATE audit_event SET outcome = 'allowed' WHERE seq = 2");
    await verifyOnce(deps);
    await verifyOnce(deps);
    expect((await audit.verification()).state).toBe('verified');
  });

  it('drops months older than 400 days once their last record is in an exported checkpoint, and the rest verifies', async () => {
    // A trail that began 500 days ago: two old months, then today.
    await database.asSuperuser(`
      SELECT audit_make_partition(now() - interval '500 days');
      SELECT audit_make_partition(now() - interval '460 days');
      DO $$
      DECLARE before bytea := '\\x'; made bytea; moment timestamptz; record jsonb := '{"version": 1}';
      BEGIN
        FOR seq IN 1..2 LOOP
          moment := now() - CASE seq WHEN 1 THEN interval '500 days' ELSE interval '460 days' END;
          made := audit_hash(before, 0::smallint, seq, moment, record);
          INSERT INTO audit_event (id, chain, seq, at, action, outcome, actor_kind, record, prev_hash, hash)
            VALUES (gen_random_uuid(), 0, seq, moment, 'a', 'allowed', 'system', record, before, made);
          before := made;
        END LOOP;
        UPDATE audit_chain SET seq = 2, hash = before WHERE chain = 0;
      END $$`);
    await write(1);
    const store = createTrailStore(database);
    expect(await store.retire()).toEqual([]);
    await writeCheckpoints({ ...deps, checkpointFile: undefined });
    expect(await store.retire()).toEqual([]);
    await writeCheckpoints(deps);
    expect(await store.retire()).toHaveLength(2);
    expect(await verify(await readFile(String(deps.checkpointFile), 'utf8'))).toEqual({ records: 1, bad: undefined });
  });

  it('makes the coming months ahead', async () => {
    await createTrailStore(database).makePartitions();
    const { rowCount } = await database.pool.query("SELECT FROM pg_inherits WHERE inhparent = 'audit_event'::regclass");
    expect(rowCount).toBeGreaterThanOrEqual(3);
  });
});
