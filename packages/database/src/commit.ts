import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { isBroken } from './errors.ts';

const lookupMs = 5000;
const retryMs = 50;

/** A transaction as it can be asked for later; `xid` is `undefined` where nothing can be written. */
export type Started = { xid: string | undefined; timeline: string };

/** A promoted standby begins a new timeline and may give the same number to another transaction. */
const timeline = 'left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)';

/**
 * Begins, and learns in the same message what the transaction is to be asked for by, should the reply to its COMMIT be
 * lost.
 * @param options.planning a statement for this transaction alone, or nothing
 */
export async function begin(client: pg.ClientBase, options: { snapshot: boolean; planning: string }): Promise<Started> {
  const { snapshot, planning } = options;
  if (snapshot) {
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;${planning}`);
    return { xid: undefined, timeline: '' };
  }
  const answers = (await client.query(
    `BEGIN;${planning};SELECT pg_current_xact_id()::text AS xid, ${timeline} AS timeline`,
  )) as unknown as pg.QueryResult<{ xid: string; timeline: string }>[];
  const started = answers.at(-1)?.rows[0];
  if (started === undefined) throw new Error('PostgreSQL did not say which transaction it began.');
  return started;
}

/**
 * Commits. When the connection breaks after COMMIT was sent, nobody knows whether it took place, and who tries again
 * may do it twice: PostgreSQL remembers by the transaction's number, so it is asked on another connection.
 * @param last statements sent in one message with COMMIT, which PostgreSQL does not reach when one of them fails
 * @throws the broken connection's error when the transaction did not take place, or nobody could say in time
 */
export async function commit(
  client: pg.ClientBase,
  connect: () => Promise<pg.PoolClient>,
  started: Started,
  last: readonly string[] = [],
): Promise<void> {
  try {
    await client.query([...last, 'COMMIT'].join(';'));
  } catch (error) {
    if (!isBroken(error)) throw error;
    // Nothing was written, so nothing can be lost: what was read is true.
    if (started.xid === undefined) return;
    if (!(await tookPlace(started, connect))) throw error;
  }
}

async function tookPlace(started: Started, connect: () => Promise<pg.PoolClient>): Promise<boolean> {
  const deadline = performance.now() + lookupMs;
  while (performance.now() < deadline) {
    const status = await statusOf(started, connect).catch(() => 'unknown');
    if (status === 'committed') return true;
    if (status === 'aborted' || status === 'other timeline') return false;
    await wait(retryMs);
  }
  return false;
}

async function statusOf(started: Started, connect: () => Promise<pg.PoolClient>): Promise<string> {
  const other = await connect();
  let broken = true;
  try {
    const { rows } = await other.query<{ status: string | null }>(
      `SELECT CASE WHEN ${timeline} = $2 THEN pg_xact_status($1::xid8) ELSE 'other timeline' END AS status`,
      [started.xid, started.timeline],
    );
    broken = false;
    return rows[0]?.status ?? 'unknown';
  } finally {
    other.release(broken);
  }
}
