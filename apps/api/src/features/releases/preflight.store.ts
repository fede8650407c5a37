import type { Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { Finding } from './finding.ts';

/** A preflight writes nothing: when its worker dies, another one looks again. */
const preflightSeconds = 20;

/** First waves that are to be looked at before anything is written. */
export function createPreflightStore(pool: Queryable) {
  return {
    /** Releases whose first wave is to be looked at, and nobody does or waits for a decision about it; taken for a while. */
    async takePreflights(limit: number): Promise<string[]> {
      const result = await pool.query<{ id: string }>(
        `UPDATE release SET preflight_until = clock_timestamp() + interval '${preflightSeconds} seconds' WHERE id IN (
           SELECT r.id FROM release r WHERE r.state = 'rolling' AND NOT r.preflighted
             AND (r.preflight_until IS NULL OR r.preflight_until < clock_timestamp())
             AND NOT EXISTS (SELECT FROM target_run x WHERE x.release_id = r.id AND x.wave = 0 AND x.state = 'blocked')
           ORDER BY r.created_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id`,
        [limit],
      );
      return result.rows.map((row) => fromUuid('rel', row.id));
    },

    /** Targets of a release on which a run of another one is still at work, or waits. */
    async busyTargets(on: Queryable, releaseId: string): Promise<ReadonlySet<string>> {
      const result = await on.query<{ target_id: string }>(
        `SELECT x.target_id FROM target_run x WHERE x.release_id = $1 AND EXISTS (SELECT FROM target_run y
           WHERE y.target_id = x.target_id AND y.release_id <> $1 AND y.state IN ('applying', 'gating', 'blocked', 'pruning'))`,
        [toUuid(releaseId)],
      );
      return new Set(result.rows.map((row) => fromUuid('tgt', row.target_id)));
    },

    /** It may be looked at again at once. */
    async freePreflight(on: Queryable, releaseId: string): Promise<void> {
      await on.query('UPDATE release SET preflight_until = NULL WHERE id = $1', [toUuid(releaseId)]);
    },

    /** What waited for a person waits no longer: neither the run nor a look at its wave. */
    async goOnNow(tx: Transaction, releaseId: string, runId: string): Promise<void> {
      await tx.query('UPDATE target_run SET retry_at = NULL, preflighted = false, findings = NULL WHERE id = $1', [
        toUuid(runId),
      ]);
      await tx.query('UPDATE release SET preflight_until = NULL WHERE id = $1', [toUuid(releaseId)]);
    },

    /** What was found; one that did not pass is looked at again before its first write, if it comes to that. */
    async markPreflighted(
      runs: readonly { id: string; passed: boolean; findings: readonly Finding[] }[],
    ): Promise<void> {
      await pool.query(
        `UPDATE target_run x SET preflighted = seen.passed, findings = seen.findings
         FROM unnest($1::uuid[], $2::boolean[], $3::jsonb[]) AS seen(id, passed, findings)
         WHERE x.id = seen.id AND x.state = 'pending'`,
        [
          runs.map(({ id }) => toUuid(id)),
          runs.map(({ passed }) => passed),
          runs.map(({ findings }) => JSON.stringify(findings)),
        ],
      );
    },
  };
}
