import { createDatabase, type Database } from '@quarterdeck/database';
import { type FaultPostgres, startFaultPostgres } from '@quarterdeck/database/testing';
import { verifyTrail } from '../apps/api/src/features/audit/index.ts';
import { newId, toUuid } from '../apps/api/src/platform/ids.ts';
import { printResult } from './result.ts';

const records = Number(process.argv[2] ?? 1_000_000);
const chains = 16;
const batch = 5000;

/** Recomputing a whole trail, as `npm run audit:verify` does. Baseline: reading the same rows and looking at none. */
const postgres = await startFaultPostgres();
const database = createDatabase({ url: postgres.url() });
const made = performance.now();
await fill(postgres, database);
process.stdout.write(`made      ${seconds(made)} s\n`);

const readFrom = performance.now();
for (let chain = 0; chain < chains; chain += 1) await readChain(database, chain);
const readSeconds = seconds(readFrom);

const verifyFrom = performance.now();
const verdict = await verifyTrail(database.pool);
const verifySeconds = seconds(verifyFrom);
process.stdout.write(
  `read      ${readSeconds} s\nverified  ${verifySeconds} s, ${verdict.records} records ${JSON.stringify(verdict.bad ?? 'all good')}\n`,
);

await postgres.asSuperuser(
  `ALTER TABLE audit_event DISABLE TRIGGER USER;
   UPDATE audit_event SET outcome = 'denied' WHERE chain = 0 AND seq = (SELECT max(seq) FROM audit_event WHERE chain = 0)`,
);
const altered = await verifyTrail(database.pool);
await database.close();
await postgres.remove();
printResult({
  figure: 'audit-verify',
  value: verifySeconds,
  unit: 's',
  baseline: readSeconds,
  goal: 60,
  ok: verifySeconds <= 60 && verdict.bad === undefined && verdict.records === records && altered.bad !== undefined,
  more: { records: verdict.records },
});

/**
 * Chains of equal length, made inside the database by the product's own hash. `audit_append` itself moves a chain's head
 * by a row version per record, which is what writing takes in life but no part of this figure.
 */
async function fill(server: FaultPostgres, { pool }: Database): Promise<void> {
  await server.asSuperuser(`CREATE FUNCTION bench_fill(chain_no smallint, uuids uuid[], ids text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER AS $$
    DECLARE
      tenant text := (SELECT min('prj_' || n) FROM generate_series(0, 9999) AS n WHERE audit_chain_of('prj_' || n) = chain_no);
      head audit_chain%ROWTYPE;
      row_at timestamptz(6);
      row_record jsonb;
      row_hash bytea;
    BEGIN
      SELECT * INTO STRICT head FROM audit_chain WHERE chain = chain_no;
      FOR n IN 1..cardinality(ids) LOOP
        row_at := clock_timestamp();
        row_record := jsonb_strip_nulls(jsonb_build_object(
          'version', 2, 'id', ids[n], 'action', 'releases:create', 'outcome', 'allowed', 'via', 'session',
          'actor', jsonb_build_object('kind', 'user', 'id', 'usr_01m89g1av8fvjrw2czdazx7knz', 'display', 'Wang Fang', 'session', 'ses_1'),
          'target', jsonb_build_object('kind', 'release', 'id', 'rel_' || n, 'name', 'cart production #' || n, 'project', tenant),
          'changes', jsonb_build_array(jsonb_build_object('path', 'images', 'after', jsonb_build_object('app', 'registry.example/cart:1.4.' || n))),
          'requestId', ids[n], 'ip', '10.1.2.3', 'userAgent', 'Mozilla/5.0'));
        row_hash := audit_hash(head.hash, head.chain, head.seq + 1, row_at, row_record);
        INSERT INTO audit_event (id, chain, seq, at, action, outcome, actor_kind, actor_id, target_id, project, request_id, record, prev_hash, hash)
        VALUES (uuids[n], head.chain, head.seq + 1, row_at, 'releases:create', 'allowed', 'user', 'usr_01m89g1av8fvjrw2czdazx7knz',
          'rel_' || n, tenant, ids[n], row_record, head.hash, row_hash);
        head.seq := head.seq + 1;
        head.hash := row_hash;
      END LOOP;
      UPDATE audit_chain SET seq = head.seq, hash = head.hash WHERE chain = head.chain;
    END $$`);
  for (let done = 0; done < records; done += batch) {
    const ids = Array.from({ length: Math.min(batch, records - done) }, () => newId('aud'));
    const chain = (done / batch) % chains;
    await pool.query('SELECT bench_fill($1::smallint, $2::uuid[], $3::text[])', [chain, ids.map(toUuid), ids]);
  }
}

async function readChain({ pool }: Database, chain: number): Promise<void> {
  for (let after = 0; ; ) {
    const { rows } = await pool.query<{ seq: string }>(
      `SELECT id, seq, at, action, outcome, record::text, prev_hash, hash FROM audit_event WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT 10000`,
      [chain, after],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    after = Number(last.seq);
  }
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
