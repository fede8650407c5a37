import { setTimeout as pause } from 'node:timers/promises';
import {
  type CommitFault,
  type DatabaseProxy,
  type FaultPostgres,
  startDatabaseProxy,
  startFaultPostgres,
} from '@quarterdeck/database/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyTrail } from '../features/audit/index.ts';
import { createFaultApp, type FaultApp } from '../testing/fault-app.ts';
import { clientOf, cookieOf, testOwner } from '../testing/test-app.ts';

let postgres: FaultPostgres;
let proxy: DatabaseProxy;
let product: FaultApp;

beforeAll(async () => {
  postgres = await startFaultPostgres();
  proxy = await startDatabaseProxy({ host: '127.0.0.1', port: postgres.port });
  product = await createFaultApp(postgres.url(proxy.port));
});
afterAll(async () => {
  await product?.close();
  await proxy?.close();
  await postgres?.remove();
});

const read = () => product.owner.request({ method: 'GET', url: '/applications' });
const probe = async (url: string) => (await product.app.inject({ method: 'GET', url })).statusCode;

/** What a caller sees while PostgreSQL is away: a refusal in time that says when to come back. */
async function expectRefusedInTime(): Promise<void> {
  for (const ask of [read, () => product.owner.request({ method: 'GET', url: '/audit' })]) {
    const started = performance.now();
    const answer = await ask();
    const took = performance.now() - started;
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'database_unavailable' },
      headers: { 'retry-after': expect.any(String) },
    });
    // Two seconds where nobody else wants the processor: that it is refused at all is what can be told on any machine.
    expect(took, `refused after ${took} ms`).toBeLessThan(30_000);
  }
}

async function expectBack(): Promise<void> {
  await expect.poll(async () => (await read()).status).toBe(200);
  await expect.poll(() => probe('/readyz')).toBe(200);
}

/** Applications and the records of their making, by slug. */
async function made(prefix: string): Promise<{ applications: string[]; records: string[] }> {
  const applications = await product.database.pool.query<{ slug: string }>(
    'SELECT slug FROM applications_application WHERE slug LIKE $1 ORDER BY slug',
    [`${prefix}%`],
  );
  const records = await product.database.pool.query<{ slug: string }>(
    `SELECT record #>> '{target,name}' AS slug FROM audit_event
     WHERE action = 'applications:write' AND record #>> '{target,name}' LIKE $1 ORDER BY 1`,
    [`${prefix}%`],
  );
  return { applications: applications.rows.map(({ slug }) => slug), records: records.rows.map(({ slug }) => slug) };
}

/** What this process knows of the fleet stays readable, and says how old it is. */
async function expectKnownStateReadable(): Promise<void> {
  const list = await product.owner.request({ method: 'GET', url: '/clusters' });
  expect(list, JSON.stringify(list.body)).toMatchObject({
    status: 200,
    body: { items: [{ slug: 'books', state: 'paused', readAt: expect.any(String) }], readAt: expect.any(String) },
  });
  const [cluster] = list.body.items as { id: string }[];
  expect(await product.owner.request({ method: 'GET', url: `/clusters/${cluster?.id}` })).toMatchObject({
    status: 200,
    body: { slug: 'books', readAt: expect.any(String) },
  });
  const pause = await product.owner.request({ method: 'POST', url: `/clusters/${cluster?.id}/pause` });
  expect(pause.status).toBe(503);
  // Nobody whom this process did not know, and nobody who has signed out, is known now.
  for (const cookie of ['qd-local=made-up', stranger]) {
    expect((await clientOf(product.app, cookie).request({ method: 'GET', url: '/clusters' })).status).toBe(503);
  }
}

/** A session that looked at the fleet, and was ended before the fault. */
let stranger = '';
async function lookAround(): Promise<void> {
  const { name, password } = testOwner;
  const signedIn = await clientOf(product.app).request({
    method: 'POST',
    url: '/auth/sign-in',
    payload: { name, password },
  });
  stranger = cookieOf(signedIn.headers);
  const { body } = await product.owner.request({ method: 'GET', url: '/clusters' });
  expect(body).not.toHaveProperty('readAt');
  const [cluster] = body.items as { id: string }[];
  await product.owner.request({ method: 'GET', url: `/clusters/${cluster?.id}` });
  const other = clientOf(product.app, stranger);
  expect((await other.request({ method: 'GET', url: '/clusters' })).status).toBe(200);
  const forget = vi.spyOn(product.composition.authentication, 'forget');
  await other.request({ method: 'DELETE', url: '/me/session' });
  // The end of that session is told to this process: what it knew of people and rights is gone, and is asked for again.
  await expect.poll(() => forget).toHaveBeenCalled();
  forget.mockRestore();
  await product.owner.request({ method: 'GET', url: '/clusters' });
  await product.owner.request({ method: 'GET', url: `/clusters/${cluster?.id}` });
}

/** What a step broke must not break the next. */
afterEach(() => proxy.flow());

describe('F12: PostgreSQL', () => {
  it('that crashes is refused in time, and comes back without a restart of ours', async () => {
    await lookAround();
    await postgres.crash();
    await expectRefusedInTime();
    await expectKnownStateReadable();
    expect(await probe('/readyz')).toBe(503);
    expect(await probe('/healthz')).toBe(200);
    await postgres.start();
    await expectBack();
    expect(await product.write('after-crash')).toBe(201);
  });

  it('whose answers do not come is refused in time, and goes on when they do', async () => {
    await lookAround();
    proxy.stall();
    await expectRefusedInTime();
    await expectKnownStateReadable();
    expect(await probe('/readyz')).toBe(503);
    expect(await probe('/healthz')).toBe(200);
    proxy.flow();
    await expectBack();
    expect(await product.write('after-stall')).toBe(201);
  });

  it('that is only slow with one statement is waited for', async () => {
    const slow = product.database.pool.query('SELECT pg_sleep(3)');
    await expect(slow).resolves.toMatchObject({ rowCount: 1 });
  });

  it('with a lock that somebody holds refuses what needs it in time, and serves the rest', async () => {
    const locked = postgres.asSuperuser('BEGIN; LOCK TABLE applications_application; SELECT pg_sleep(600); COMMIT');
    await expect
      .poll(async () => {
        const { rows } = await product.database.pool.query<{ n: string }>(
          "SELECT count(*) AS n FROM pg_locks WHERE relation = 'applications_application'::regclass AND mode = 'AccessExclusiveLock' AND granted",
        );
        return Number(rows[0]?.n);
      })
      .toBe(1);
    expect(await read()).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(await product.write('while-locked')).toBe(503);
    expect((await product.owner.request({ method: 'GET', url: '/audit' })).status).toBe(200);
    expect(await probe('/readyz')).toBe(200);
    await Promise.all([
      expect(locked).rejects.toThrow('canceling'),
      postgres.asSuperuser(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid()",
      ),
    ]);
    await expectBack();
    expect((await made('while-locked')).applications).toEqual([]);
  });
});

describe('F14: a COMMIT', () => {
  it('that is lost on its way, or whose reply is, 1,000 times: nothing is done twice, nothing is lost', async () => {
    const writes = 1000;
    const lanes = 8;
    const seed = Math.trunc(Math.random() * 2 ** 31);
    process.stdout.write(`seed ${seed}\n`);
    const next = random(seed);
    let cutting = true;
    // Every commit is cut once; a try after it may be cut again.
    proxy.onCommit = (): CommitFault | undefined => {
      if (!cutting) return undefined;
      return next() < 0.9 ? 'reply-lost' : 'request-lost';
    };
    const slugs = Array.from({ length: writes }, (_, n) => `cut-${String(n).padStart(4, '0')}`);
    const statuses = new Map<string, number>();
    const queue = [...slugs];
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let slug = queue.shift(); slug !== undefined; slug = queue.shift()) {
          statuses.set(slug, await writeUntilAnswered(slug));
        }
      }),
    );
    cutting = false;
    expect(proxy.cut['reply-lost'] + proxy.cut['request-lost']).toBeGreaterThanOrEqual(writes);
    expect([...new Set(statuses.values())]).toEqual([201]);
    expect(await made('cut-')).toEqual({ applications: slugs, records: slugs });
    expect((await verifyTrail(product.database.pool)).bad).toBeUndefined();
  }, 300_000);

  /** As a careful program does: the same key, after a moment, until there is an answer. */
  async function writeUntilAnswered(slug: string): Promise<number> {
    for (let tries = 0; tries < 50; tries += 1) {
      const status = await product.write(slug, `key-of-${slug}`);
      if (status !== 503) return status;
      await pause(50);
    }
    return 503;
  }

  it('of a change whose answer nobody got is found by its key, and not done again', async () => {
    // The process dies after COMMIT and before it wrote the answer down: only the note of the effect is left.
    expect(await product.write('dies', 'key-of-dies')).toBe(201);
    await postgres.asSuperuser(
      "UPDATE platform_idempotency_key SET status = NULL, body = NULL, finished_at = NULL, effect_at = now() - interval '2 minutes', started_at = now() - interval '2 minutes' WHERE key = 'key-of-dies'",
    );
    expect(await product.write('dies', 'key-of-dies')).toBe(409);
    expect(await made('dies')).toEqual({ applications: ['dies'], records: ['dies'] });
  });
});

/** Mulberry32: the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
