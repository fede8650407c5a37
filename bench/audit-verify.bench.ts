import { createDatabase, type Database } from '@quarterdeck/database';
import { startFaultPostgres } from '@quarterdeck/database/testing';
import { verifyTrail } from '../apps/api/src/features/audit/index.ts';
import { newId, toUuid } from '../apps/api/src/platform/ids.ts';
import { printResult } from './result.ts';

const records = Number(process.argv[2] ?? 1_000_000);
const batch = 2000;

/** Recomputing a whole trail, as `npm run audit:verify` does. Baseline: reading the same rows and looking at none. */
const postgres = await startFaultPostgres();
const database = createDatabase({ url: postgres.url() });
const made = performance.now();
await append(database);
process.stdout.write(`made      ${seconds(made)} s\n`);

const readFrom = performance.now();
for (let chain = 0; chain < 16; chain += 1) await readChain(database, chain);
const readSeconds = seconds(readFrom);

const verifyFrom = performance.now();
const verdict = await verifyTrail(database.pool);
const verifySeconds = seconds(verifyFrom);
process.stdout.write(`read      ${readSeconds} s\nverified  ${verifySeconds} s, ${verdict.records} records\n`);

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

/** Through the product's own function, projects in turn, so that all chains fill. */
async function append({ pool }: Database): Promise<void> {
  for (let done = 0; done < records; done += batch) {
    const entries = Array.from({ length: Math.min(batch, records - done) }, (_, n) => entryOf(done + n));
    await pool.query('SELECT audit_append($1::jsonb)', [JSON.stringify(entries)]);
  }
}

function entryOf(n: number) {
  const id = newId('aud');
  const project = n % 20 === 0 ? {} : { project: `prj_${n % 97}` };
  return {
    id: toUuid(id),
    record: {
      version: 2,
      id,
      action: 'releases:create',
      outcome: 'allowed',
      actor: { kind: 'user', id: 'usr_01m89g1av8fvjrw2czdazx7knz', display: 'Wang Fang', session: 'ses_1' },
      via: 'session',
      target: { kind: 'release', id: `rel_${n}`, name: `cart production #${n}`, ...project },
      changes: [{ path: 'images', after: { app: `registry.example/cart:1.4.${n}` } }],
      requestId: '09d013b4-ca6d-4b34-9149-2c5df07c5837',
      ip: '10.1.2.3',
      userAgent: 'Mozilla/5.0',
    },
  };
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
