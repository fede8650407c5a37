import { type FaultPostgres, startFaultPostgres } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyTrail } from '../features/audit/index.ts';
import { createFaultApp, type FaultApp } from '../testing/fault-app.ts';

const backWithinMs = 15_000;

let primary: FaultPostgres;
let standby: FaultPostgres;
let product: FaultApp;

beforeAll(async () => {
  primary = await startFaultPostgres();
  standby = await primary.addStandby();
  const [head, tail] = primary.url().split(`127.0.0.1:${primary.port}`);
  product = await createFaultApp(`${head}127.0.0.1:${primary.port},127.0.0.1:${standby.port}${tail}`);
});
afterAll(async () => {
  await product?.close();
  await primary?.remove();
});

it('F11: the primary is lost and its standby promoted: writes are back, and no acknowledged one is gone', async () => {
  const acknowledged: string[] = [];
  let writing = true;
  let n = 0;
  async function write(): Promise<void> {
    while (writing) {
      const slug = `w-${String(n++).padStart(5, '0')}`;
      if ((await product.write(slug, `key-of-${slug}`)) === 201) acknowledged.push(slug);
      // While nobody answers, refusals come at once: let others run.
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const writers = [write(), write(), write(), write()];
  await expect.poll(() => acknowledged.length).toBeGreaterThan(100);

  await primary.crash();
  const before = acknowledged.length;
  await standby.asSuperuser("ALTER SYSTEM SET synchronous_standby_names = ''");
  await standby.asSuperuser('SELECT pg_promote(true, 30)');
  const promoted = performance.now();
  await expect.poll(() => acknowledged.length, { timeout: backWithinMs, interval: 50 }).toBeGreaterThan(before);
  process.stdout.write(`writes back ${Math.round(performance.now() - promoted)} ms after the promotion\n`);
  await expect.poll(() => acknowledged.length).toBeGreaterThan(before + 50);
  writing = false;
  await Promise.all(writers);

  const { rows } = await product.database.pool.query<{ slug: string; n: string; records: string }>(
    `SELECT a.slug, count(*) OVER (PARTITION BY a.slug) AS n,
       (SELECT count(*) FROM audit_event e WHERE e.action = 'applications:write' AND e.target_id IS NOT NULL
         AND e.record #>> '{target,name}' = a.slug) AS records
     FROM applications_application a WHERE a.slug LIKE 'w-%'`,
  );
  const found = new Map(rows.map((row) => [row.slug, row]));
  expect(acknowledged.filter((slug) => !found.has(slug))).toEqual([]);
  expect(rows.filter((row) => row.n !== '1' || row.records !== '1')).toEqual([]);
  expect((await verifyTrail(product.database.pool)).bad).toBeUndefined();
});
