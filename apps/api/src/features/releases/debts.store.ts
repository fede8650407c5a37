import type { Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';

export type DebtRecord = {
  id: string;
  targetId: string;
  releaseId: string;
  reason: 'unreachable' | 'skipped' | 'evacuated';
  state: 'open' | 'settled' | 'dismissed';
  createdAt: Date;
};
export type DebtRow = {
  id: string;
  target_id: string;
  release_id: string;
  reason: DebtRecord['reason'];
  state: DebtRecord['state'];
  /** ISO 8601 within JSON. */
  created_at: Date | string;
};

/** What a target has missed for longer is not put there without somebody asking for it. */
const askAfterDays = 7;

/** What targets are owed: releases that they missed. */
export function createDebtsStore(pool: Queryable) {
  return {
    /** Targets that missed a release because their cluster was away, in environments where nothing is under way. */
    async owed(limit: number): Promise<(DebtRecord & { clusterId: string; namespace: string })[]> {
      const result = await pool.query<DebtRow & { cluster_id: string; namespace: string }>(
        `SELECT d.*, t.cluster_id, t.namespace FROM debt d JOIN target t ON t.id = d.target_id JOIN release r ON r.id = d.release_id
         WHERE d.state = 'open' AND d.reason = 'unreachable' AND d.created_at > now() - make_interval(days => ${askAfterDays})
           AND t.state = 'active' AND r.state IN ('succeeded', 'partial')
           AND NOT EXISTS (SELECT FROM release o WHERE o.app_environment_id = r.app_environment_id
             AND o.state IN ('planning', 'awaiting_approval', 'queued', 'rolling', 'paused'))
         ORDER BY d.created_at LIMIT $1`,
        [limit],
      );
      return result.rows.map((row) => ({
        ...toDebt(row),
        clusterId: fromUuid('clu', row.cluster_id),
        namespace: row.namespace,
      }));
    },

    async findDebt(id: string): Promise<(DebtRecord & { clusterId: string; namespace: string }) | undefined> {
      const result = await pool.query<DebtRow & { cluster_id: string; namespace: string }>(
        'SELECT d.*, t.cluster_id, t.namespace FROM debt d JOIN target t ON t.id = d.target_id WHERE d.id = $1',
        [toUuid(id)],
      );
      const row = result.rows[0];
      return row && { ...toDebt(row), clusterId: fromUuid('clu', row.cluster_id), namespace: row.namespace };
    },

    /** What targets are owed; one that is older, skipped or evacuated follows only when somebody says so. */
    async openDebts(targetIds: readonly string[]): Promise<(DebtRecord & { number: number; asksFirst: boolean })[]> {
      const result = await pool.query<DebtRow & { number: number; asks: boolean }>(
        `SELECT d.*, r.number, d.reason <> 'unreachable' OR d.created_at <= now() - make_interval(days => ${askAfterDays}) AS asks
         FROM debt d JOIN release r ON r.id = d.release_id WHERE d.state = 'open' AND d.target_id = ANY($1::uuid[])`,
        [targetIds.map(toUuid)],
      );
      return result.rows.map((row) => ({ ...toDebt(row), number: row.number, asksFirst: row.asks }));
    },

    /** False when it is closed already. */
    async dismissDebt(tx: Transaction, id: string): Promise<boolean> {
      const result = await tx.query(
        "UPDATE debt SET state = 'dismissed', closed_at = now() WHERE id = $1 AND state = 'open' RETURNING id",
        [toUuid(id)],
      );
      return result.rows.length > 0;
    },

    /** What a release did not bring that has failed since, or gave way to another, is owed no more. */
    async dropMootDebts(): Promise<void> {
      await pool.query(
        `UPDATE debt d SET state = 'dismissed', closed_at = now() FROM release r
         WHERE r.id = d.release_id AND d.state = 'open' AND d.reason = 'unreachable' AND r.state IN ('failed', 'aborted', 'superseded')`,
      );
    },
  };
}

export function toDebt(row: DebtRow): DebtRecord {
  return {
    id: fromUuid('dbt', row.id),
    targetId: fromUuid('tgt', row.target_id),
    releaseId: fromUuid('rel', row.release_id),
    reason: row.reason,
    state: row.state,
    createdAt: new Date(row.created_at),
  };
}
