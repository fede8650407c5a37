import type { Database } from '@quarterdeck/database';
import type { IdempotencyKey, IdempotencyStore, StoredAnswer } from './ports.ts';

const leaseSeconds = 60;
const keptHours = 24;

type Row = { request_sha256: string; status: number | null; body: unknown; finished: boolean; effective: boolean };

/**
 * Answers by `Idempotency-Key`. A key whose process died in the middle is free again after a minute, unless the change
 * itself was committed: then only its answer is lost.
 */
export function createIdempotencyStore(database: Database): IdempotencyStore & { sweep(): Promise<void> } {
  const { keyed: pool } = database;
  const where = 'owner = $1 AND endpoint = $2 AND key = $3';
  const values = (key: IdempotencyKey) => [key.owner, key.endpoint, key.key];
  return {
    async begin(key) {
      const inserted = await pool.query(
        `INSERT INTO platform_idempotency_key AS k (owner, endpoint, key, request_sha256) VALUES ($1, $2, $3, $4)
         ON CONFLICT (owner, endpoint, key) DO UPDATE SET started_at = now()
           WHERE k.finished_at IS NULL AND k.effect_at IS NULL AND k.request_sha256 = excluded.request_sha256
             AND k.started_at < now() - interval '${leaseSeconds} seconds'
         RETURNING key`,
        [...values(key), key.requestSha256],
      );
      if (inserted.rowCount === 1) return { outcome: 'run' };
      const found = await pool.query<Row>(
        `SELECT request_sha256, status, body, finished_at IS NOT NULL AS finished,
           effect_at < now() - interval '${leaseSeconds} seconds' AS effective
         FROM platform_idempotency_key WHERE ${where}`,
        values(key),
      );
      const row = found.rows[0];
      if (row === undefined) return { outcome: 'busy' };
      if (row.request_sha256 !== key.requestSha256) return { outcome: 'differs' };
      if (row.status !== null) return { outcome: 'replay', answer: { status: row.status, body: row.body } };
      return { outcome: row.finished || row.effective ? 'answer-lost' : 'busy' };
    },
    async finish(key, answer: StoredAnswer) {
      await pool.query(
        `UPDATE platform_idempotency_key SET status = $4, body = $5::jsonb, finished_at = now() WHERE ${where}`,
        [...values(key), answer.status, JSON.stringify(answer.body ?? null)],
      );
    },
    async abandon(key) {
      await pool.query(
        `WITH kept AS (UPDATE platform_idempotency_key SET finished_at = now()
           WHERE ${where} AND finished_at IS NULL AND effect_at IS NOT NULL)
         DELETE FROM platform_idempotency_key WHERE ${where} AND finished_at IS NULL AND effect_at IS NULL`,
        values(key),
      );
    },
    async sweep() {
      await pool.query(`DELETE FROM platform_idempotency_key WHERE started_at < now() - interval '${keptHours} hours'`);
    },
  };
}
