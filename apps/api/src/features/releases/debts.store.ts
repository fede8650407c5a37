import type { Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { passing } from './machine-rows.ts';
import type { ReleaseState } from './release-rows.ts';

/**
 * What a target is owed: a release that it missed. A debt is closed by whatever is healthy on the target, by a person who
 * leaves it as it is, and when it has become moot; until then it ends in somebody's sight, as follows:
 *
 * | the newest release that was to bring it            | what becomes of the debt                                          |
 * | -------------------------------------------------- | ----------------------------------------------------------------- |
 * | none yet                                           | one is made when the cluster answers and nothing else is under way |
 * | under way: waits, asks, stands paused              | waits for that one's end                                          |
 * | healthy                                            | settled, with all that the target missed before                   |
 * | left out: cluster away, credential refused         | one more after a pause                                            |
 * | failed for the cluster's sake (`passing`)          | one more after a pause                                            |
 * | gave way to a newer release                        | settled or covered by that one, else one more after a pause       |
 * | failed for its own sake: image, rollout, quota     | asks: a person looks and asks for one                             |
 * | aborted, or its target skipped, by a person        | asks                                                              |
 *
 * | the release that is owed                           | what becomes of the debt                                          |
 * | -------------------------------------------------- | ----------------------------------------------------------------- |
 * | succeeded, or partial                              | as above                                                          |
 * | under way                                          | waits; its own end says what is owed                              |
 * | failed, aborted, superseded                        | dismissed; what the target missed before is owed again            |
 * | older than one that the target missed since        | covered by that one: owed again when that one comes to nothing    |
 * | older than the application's removal               | dismissed                                                         |
 * | missed 7 days ago, skipped, evacuated              | asks; once a person asked, it follows by itself for 7 days        |
 *
 * The pauses grow from 15 s to 6 h by the database's clock, and start over when a person asks.
 */
export type DebtRecord = {
  id: string;
  targetId: string;
  releaseId: string;
  number: number;
  reason: 'unreachable' | 'skipped' | 'evacuated';
  state: 'open' | 'covered' | 'settled' | 'dismissed';
  createdAt: Date;
  /** It does not follow by itself: somebody compares, and says so. */
  asksFirst: boolean;
  /** The newest release that was to bring it. */
  lastTry:
    | {
        releaseId: string;
        number: number;
        isUnderWay: boolean;
        reason: string | undefined;
        /** When the next one is made, if by itself. */
        againAt: Date | undefined;
      }
    | undefined;
};

/** With where it is owed, and whether a release that brings it is to be made now. */
export type PlacedDebt = DebtRecord & { clusterId: string; namespace: string; isDue: boolean };

/** Times are ISO 8601 within JSON. */
export type DebtRow = {
  id: string;
  target_id: string;
  release_id: string;
  number: number;
  reason: DebtRecord['reason'];
  state: DebtRecord['state'];
  created_at: Date | string;
  try_id: string | null;
  try_number: number | null;
  try_state: ReleaseState | null;
  try_over: boolean;
  try_reason: string | null;
  follows_at: Date | string | null;
};
type PlacedRow = DebtRow & { cluster_id: string; namespace: string; is_due: boolean };

/** What a target has missed for longer is not put there without somebody asking for it. */
const askAfterDays = 7;
/** Between two releases that are to bring the same: the first pause, doubled each time up to the last one. */
const firstPauseSeconds = 15;
const longestPauseSeconds = 6 * 3600;

const week = `make_interval(days => ${askAfterDays})`;
const followsSince = "greatest(CASE WHEN d.reason = 'unreachable' THEN d.created_at END, d.asked_at)";
const passes = `(c.state = 'superseded' OR (c.state IN ('partial', 'failed')
  AND cx.verdict->>'code' IN (${[...passing].map((code) => `'${code}'`).join(', ')})))`;
/** When one that brings it may be made without anybody's word; null where somebody is asked, or one is under way. */
const followsAt = `CASE WHEN d.state <> 'open' OR coalesce(${followsSince} <= now() - ${week}, true) THEN NULL
  WHEN d.catch_up_id IS NULL THEN ${followsSince}
  WHEN ${passes} THEN c.ended_at + make_interval(secs => least(${firstPauseSeconds} * 2.0 ^ least(d.tries - 1, 20), ${longestPauseSeconds})) END`;
const isDue = `(${followsAt} <= clock_timestamp() AND t.state = 'active' AND r.state IN ('succeeded', 'partial')
  AND NOT EXISTS (SELECT FROM release o WHERE o.app_environment_id = r.app_environment_id
    AND o.state IN ('planning', 'awaiting_approval', 'queued', 'rolling', 'paused')))`;

const columns = `d.id, d.target_id, d.release_id, d.reason, d.state, d.created_at, r.number, c.id AS try_id, c.number AS try_number,
  c.state AS try_state, c.ended_at IS NOT NULL AS try_over, cx.verdict->>'summary' AS try_reason, ${followsAt} AS follows_at`;
const from = `FROM debt d JOIN target t ON t.id = d.target_id JOIN release r ON r.id = d.release_id
  LEFT JOIN release c ON c.id = d.catch_up_id LEFT JOIN target_run cx ON cx.release_id = c.id AND cx.target_id = d.target_id`;

/** Rows for `toDebt` of debts `d`, of releases `r` that are owed, on targets `t`. */
export const selectDebts = `SELECT ${columns} ${from}`;
const selectPlaced = `SELECT ${columns}, t.cluster_id, t.namespace, ${isDue} AS is_due ${from}`;

/** Targets miss a release: what they missed before is covered by it. */
export async function oweTargets(
  tx: Transaction,
  targetIds: readonly string[],
  releaseId: string,
  reason: DebtRecord['reason'],
): Promise<void> {
  const values = [targetIds.map(toUuid), toUuid(releaseId)];
  await tx.query(
    "UPDATE debt SET state = 'covered' WHERE target_id = ANY($1::uuid[]) AND state = 'open' AND release_id <> $2",
    values,
  );
  await tx.query(
    `INSERT INTO debt (id, target_id, release_id, reason) SELECT id, target_id, $2, $4 FROM unnest($3::uuid[], $1::uuid[]) AS n (id, target_id)
     ON CONFLICT (target_id) WHERE state = 'open' DO UPDATE SET release_id = excluded.release_id, reason = excluded.reason, created_at = now(),
       catch_up_id = CASE WHEN debt.release_id = excluded.release_id THEN debt.catch_up_id END`,
    [...values, targetIds.map(() => toUuid(newId('dbt'))), reason],
  );
}

/** What targets are owed: releases that they missed. */
export function createDebtsStore(pool: Queryable) {
  return {
    /** Debts whose time has come, of targets in these clusters, oldest first. */
    async owed(clusterIds: readonly string[], limit: number): Promise<PlacedDebt[]> {
      const result = await pool.query<PlacedRow>(
        `${selectPlaced} WHERE d.state = 'open' AND t.cluster_id = ANY($1::uuid[]) AND ${isDue} ORDER BY d.created_at LIMIT $2`,
        [clusterIds.map(toUuid), limit],
      );
      return result.rows.map(toPlaced);
    },

    async findDebt(id: string, on: Queryable = pool): Promise<PlacedDebt | undefined> {
      const result = await on.query<PlacedRow>(`${selectPlaced} WHERE d.id = $1`, [toUuid(id)]);
      return result.rows.map(toPlaced)[0];
    },

    /** What targets are owed; one that is older, skipped or evacuated follows only when somebody says so. */
    async openDebts(targetIds: readonly string[]): Promise<DebtRecord[]> {
      const result = await pool.query<DebtRow>(
        `${selectDebts} WHERE d.state = 'open' AND d.target_id = ANY($1::uuid[])`,
        [targetIds.map(toUuid)],
      );
      return result.rows.map(toDebt);
    },

    /**
     * A release that brings it is about to be made, within a transaction that makes it. False when it is closed already.
     * @param isAsked by a person: the pauses start over, and from now on it follows by itself
     */
    async beginTry(tx: Transaction, id: string, isAsked: boolean): Promise<boolean> {
      const result = await tx.query(
        `UPDATE debt SET tries = CASE WHEN $2 THEN 1 ELSE tries + 1 END, asked_at = CASE WHEN $2 THEN now() ELSE asked_at END
         WHERE id = $1 AND state = 'open' RETURNING id`,
        [toUuid(id), isAsked],
      );
      return result.rows.length > 0;
    },

    async setTry(tx: Transaction, id: string, releaseId: string): Promise<void> {
      await tx.query('UPDATE debt SET catch_up_id = $2 WHERE id = $1', [toUuid(id), toUuid(releaseId)]);
    },

    /** With what the target missed before. False when it is closed already. */
    async dismissDebt(tx: Transaction, id: string): Promise<boolean> {
      const result = await tx.query(
        `UPDATE debt SET state = 'dismissed', closed_at = now() WHERE state IN ('open', 'covered')
           AND target_id = (SELECT target_id FROM debt WHERE id = $1 AND state = 'open') RETURNING id`,
        [toUuid(id)],
      );
      return result.rows.length > 0;
    },

    /**
     * What a release did not bring that has failed since, or gave way to another, is owed no more, nor is anything of an
     * application that was removed since. What the target missed before is owed again.
     */
    async dropMootDebts(tx: Transaction): Promise<void> {
      const dropped = await tx.query<{ target_id: string }>(
        `UPDATE debt d SET state = 'dismissed', closed_at = now() FROM release r
         WHERE r.id = d.release_id AND d.state IN ('open', 'covered') AND (
           (d.reason <> 'evacuated' AND r.state IN ('failed', 'aborted', 'superseded'))
           OR EXISTS (SELECT FROM release m WHERE m.app_environment_id = r.app_environment_id AND m.kind = 'remove'
             AND m.number > r.number AND m.state IN ('succeeded', 'partial', 'failed'))) RETURNING d.target_id`,
      );
      if (dropped.rows.length === 0) return;
      await tx.query(
        `UPDATE debt SET state = 'open' WHERE id IN (
           SELECT DISTINCT ON (d.target_id) d.id FROM debt d WHERE d.target_id = ANY($1::uuid[]) AND d.state = 'covered'
             AND NOT EXISTS (SELECT FROM debt o WHERE o.target_id = d.target_id AND o.state = 'open')
           ORDER BY d.target_id, d.created_at DESC, d.id DESC)`,
        [dropped.rows.map(({ target_id }) => target_id)],
      );
    },
  };
}

export function toDebt(row: DebtRow): DebtRecord {
  const followsAt = row.follows_at === null ? undefined : new Date(row.follows_at);
  const isUnderWay = row.try_id !== null && !row.try_over;
  return {
    id: fromUuid('dbt', row.id),
    targetId: fromUuid('tgt', row.target_id),
    releaseId: fromUuid('rel', row.release_id),
    number: row.number,
    reason: row.reason,
    state: row.state,
    createdAt: new Date(row.created_at),
    asksFirst: followsAt === undefined && !isUnderWay,
    lastTry:
      row.try_id === null || row.try_number === null
        ? undefined
        : {
            releaseId: fromUuid('rel', row.try_id),
            number: row.try_number,
            isUnderWay,
            reason: row.try_reason ?? undefined,
            againAt: followsAt,
          },
  };
}

function toPlaced(row: PlacedRow): PlacedDebt {
  return {
    ...toDebt(row),
    clusterId: fromUuid('clu', row.cluster_id),
    namespace: row.namespace,
    isDue: row.is_due === true,
  };
}
