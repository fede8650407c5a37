import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '../../platform/principal.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

let test: TestApp;
let owner: SignedInClient;
beforeAll(async () => {
  test = await createTestApp();
  owner = await claimAsOwner(test);
});
afterAll(() => test.close());

const actor = systemActor('test', []);

/** Recomputes every hash the way a verifier would; gives the first chain and number that does not fit. */
async function firstBadRecord(): Promise<string | undefined> {
  const result = await test.database.pool.query<{ place: string }>(
    `SELECT chain || '/' || seq AS place FROM (
       SELECT chain, seq, hash, prev_hash, at, record, lag(hash, 1, '\\x'::bytea) OVER (PARTITION BY chain ORDER BY seq) AS before
       FROM audit_event) AS e
     WHERE prev_hash <> before OR hash <> audit_hash(prev_hash, chain, seq, at, record) ORDER BY chain, seq LIMIT 1`,
  );
  return result.rows[0]?.place;
}

describe('the trail', () => {
  it('shows the claim with who did it', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/audit' });
    expect(body.items).toMatchObject([
      { action: 'identity:self', outcome: 'allowed', actor: { kind: 'user', display: 'Test Owner' } },
    ]);
  });

  it('pages newest first without losing or repeating a record', async () => {
    await test.composition.audit.record(
      actor,
      Array.from({ length: 25 }, (_, index) => ({
        action: 'clusters:update',
        target: { kind: 'cluster', name: `c${index}` },
      })),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await owner.request({ method: 'GET', url: `/audit?limit=10&action=clusters:update${query}` });
      seen.push(...(body.items as { target: { name: string } }[]).map((item) => item.target.name));
      cursor = body.nextCursor as string | undefined;
      expect(body).toMatchObject({ total: 25, totalIsExact: true });
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `c${24 - index}`));
  });

  it('refuses a cursor that was made for another filter, or made up', async () => {
    const { body } = await owner.request({ method: 'GET', url: '/audit?limit=1' });
    for (const cursor of [String(body.nextCursor), 'AAAA', 'x'.repeat(100)]) {
      const answer = await owner.request({ method: 'GET', url: `/audit?action=clusters:read&cursor=${cursor}` });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'invalid_cursor', errors: [{ pointer: 'query/cursor' }] },
      });
    }
  });

  it('chains records that many write at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        test.composition.audit.record(actor, [
          { action: 'releases:create', target: { kind: 'release', project: `project-${index % 5}` } },
          { action: 'releases:create', target: { kind: 'release' } },
        ]),
      ),
    );
    expect(await firstBadRecord()).toBeUndefined();
  });

  it('cannot be changed, and shows it when the guard is taken away', async () => {
    const { pool } = test.database;
    for (const sql of ['UPDATE audit_event SET action = $$x$$', 'DELETE FROM audit_event', 'TRUNCATE audit_event']) {
      await expect(pool.query(sql)).rejects.toThrow(/insert-only/);
    }
    await pool.query('ALTER TABLE audit_event DISABLE TRIGGER USER');
    await pool.query(
      `UPDATE audit_event SET record = jsonb_set(record, '{reason}', '"forged"') WHERE chain = 0 AND seq = 3`,
    );
    expect(await firstBadRecord()).toBe('0/3');
  });
});
