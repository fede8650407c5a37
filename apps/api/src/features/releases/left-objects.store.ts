import type { LeftReason } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { HeldRun, ObjectRecord } from './release-rows.ts';

export type ObjectKey = Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>;

/** What a run left of earlier releases, with each reason for it. */
export type LeftRow = ObjectKey & {
  version: string;
  why: readonly LeftReason[];
  detail: string | undefined;
  /** Somebody said that it goes in spite of these reasons. */
  confirmed: boolean;
};

/** Reasons that nobody can set aside by typing a name: it is not certain that it is ours. */
export const neverConfirmed: ReadonlySet<LeftReason> = new Set(['not_ours', 'no_uid']);

export type LeftObjectsStore = ReturnType<typeof createLeftObjectsStore>;

/** What prune left alone, and what of that people let go. */
export function createLeftObjectsStore(database: Database) {
  const { pool } = database;
  return {
    async ofRuns(runIds: readonly string[], on: Queryable = pool): Promise<(LeftRow & { runId: string })[]> {
      if (runIds.length === 0) return [];
      const result = await on.query<Omit<LeftRow, 'detail'> & { run_id: string; detail: string | null }>(
        'SELECT * FROM run_left WHERE run_id = ANY($1::uuid[]) ORDER BY kind, name, namespace, "group"',
        [runIds.map(toUuid)],
      );
      return result.rows.map(({ run_id, detail, ...row }) => ({
        ...row,
        runId: fromUuid('run', run_id),
        detail: detail ?? undefined,
      }));
    },

    /** In place of what the run had left before. False when the fence is lost. */
    async put(run: Pick<HeldRun, 'id' | 'fence'>, left: readonly LeftRow[]): Promise<boolean> {
      const result = await pool.query(
        `WITH held AS MATERIALIZED (
           SELECT id FROM target_run WHERE id = $1 AND fence = $2 AND lease_until > clock_timestamp() FOR NO KEY UPDATE),
         now_left AS (
           SELECT l.* FROM jsonb_to_recordset($3::jsonb) AS l ("group" text, version text, kind text, namespace text, name text, why text[], detail text)),
         taken AS (
           DELETE FROM run_left o USING held WHERE o.run_id = held.id AND NOT EXISTS (SELECT FROM now_left l
             WHERE (l."group", l.kind, l.namespace, l.name) = (o."group", o.kind, o.namespace, o.name))),
         put AS (
           INSERT INTO run_left (run_id, "group", version, kind, namespace, name, why, detail)
           SELECT held.id, l."group", l.version, l.kind, l.namespace, l.name, l.why, l.detail FROM held, now_left l
           ON CONFLICT (run_id, "group", kind, namespace, name)
             DO UPDATE SET version = excluded.version, why = excluded.why, detail = excluded.detail, confirmed = false)
         SELECT FROM held`,
        [toUuid(run.id), run.fence, JSON.stringify(left)],
      );
      return result.rowCount === 1;
    },

    async confirm(tx: Transaction, runId: string, objects: readonly ObjectKey[]): Promise<void> {
      await tx.query(
        `UPDATE run_left l SET confirmed = true
         FROM jsonb_to_recordset($2::jsonb) AS c ("group" text, kind text, namespace text, name text)
         WHERE l.run_id = $1 AND (l."group", l.kind, l.namespace, l.name) = (c."group", c.kind, c.namespace, c.name)`,
        [toUuid(runId), JSON.stringify(objects)],
      );
    },

    /** Targets on which a newer release has begun to write, with its number: what is left there is for that one to ask. */
    async newerOn(
      targetIds: readonly string[],
      number: number,
      on: Queryable = pool,
    ): Promise<ReadonlyMap<string, number>> {
      const result = await on.query<{ target_id: string; number: number }>(
        `SELECT x.target_id, max(r.number) AS number FROM target_run x JOIN release r ON r.id = x.release_id
         WHERE x.target_id = ANY($1::uuid[]) AND r.number > $2 AND x.started_at IS NOT NULL GROUP BY x.target_id`,
        [targetIds.map(toUuid), number],
      );
      return new Map(result.rows.map((row) => [fromUuid('tgt', row.target_id), row.number]));
    },
  };
}

/** The same object of one target. */
export function isSameObject(a: ObjectKey, b: ObjectKey): boolean {
  return a.group === b.group && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
