import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { isBroken } from './errors.ts';

const lookupMs = 5000;
const retryMs = 50;

type Started = { xid: string | null; timeline: string };

/** A promoted standby begins a new timeline and may give the same number to another transaction. */
const timeline = 'left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)';

/**
 * Commits. When the connection breaks after COMMIT was sent, nobody knows whether it took place, and who tries again
 * may do it twice: PostgreSQL remembers by the transaction's number, so it is asked on another connection.
 * @throws the broken connection's error when the transaction did not take place, or nobody could say in time
 */
export async function commit(client: pg.ClientBase, connect: () => Promise<pg.PoolClient>): Promise<void> {
  const { rows } = await client.query<Started>(
    `SELECT pg_current_xact_id_if_assigned()::text AS xid, ${timeline} AS timeline`,
  );
  const started = rows[0];
  try {
    await client.query('COMMIT');
  } catch (error) {
    if (started === undefined || !isBroken(error)) throw error;
    // Nothing was written, so nothing can be lost: what was read is true.
    if (started.xid === null) return;
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
