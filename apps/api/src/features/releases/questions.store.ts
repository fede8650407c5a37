import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { ApplyQuestion } from '@quarterdeck/kubernetes';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { ObjectRecord } from './release-rows.ts';

/** A question about an object of a run, by the step of that object. */
export type RunQuestion = ApplyQuestion & { seq: number };

type Named = Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>;

/** What somebody decided about a field of an object on a target; the empty field is the object as a whole. */
export type FieldRule = Named & {
  id: string;
  targetId: string;
  field: string;
  choice: 'yield' | 'take' | 'adopt';
  manager: string | undefined;
  decidedBy: string;
  createdAt: Date;
};

type RuleRow = Named & {
  id: string;
  target_id: string;
  field: string;
  choice: FieldRule['choice'];
  manager: string | null;
  decided_by: string;
  created_at: Date;
};

export type QuestionsStore = ReturnType<typeof createQuestionsStore>;

/** What runs wait for people to decide about, and what stands decided. */
export function createQuestionsStore(database: Database) {
  const { keyed: pool } = database;
  return {
    /** In place of those the run had. */
    async put(on: Queryable, runId: string, questions: readonly RunQuestion[]): Promise<void> {
      await on.query('DELETE FROM run_question WHERE run_id = $1', [toUuid(runId)]);
      await on.query(
        `INSERT INTO run_question (run_id, seq, about, field, manager, live, ours, uid)
         SELECT $1, q.seq, q.about, q.field, q.manager, q.live, q.ours, q.uid
         FROM jsonb_to_recordset($2::jsonb) AS q (seq int, about text, field text, manager text, live text, ours text, uid text)
         ON CONFLICT DO NOTHING`,
        [toUuid(runId), JSON.stringify(questions)],
      );
    },

    async ofRuns(runIds: readonly string[], on: Queryable = pool): Promise<(RunQuestion & { runId: string })[]> {
      if (runIds.length === 0) return [];
      const result = await on.query<{
        run_id: string;
        seq: number;
        about: ApplyQuestion['about'];
        field: string;
        manager: string | null;
        live: string | null;
        ours: string | null;
        uid: string | null;
      }>('SELECT * FROM run_question WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, seq, about, field', [
        runIds.map(toUuid),
      ]);
      return result.rows.map((row) => ({
        runId: fromUuid('run', row.run_id),
        seq: row.seq,
        about: row.about,
        field: row.field,
        ...(row.manager === null ? {} : { manager: row.manager }),
        ...(row.live === null ? {} : { live: row.live }),
        ...(row.ours === null ? {} : { ours: row.ours }),
        ...(row.uid === null ? {} : { uid: row.uid }),
      }));
    },

    async recreate(tx: Transaction, runId: string, seq: number, uid: string): Promise<void> {
      await tx.query('UPDATE run_step SET recreate = $3 WHERE run_id = $1 AND seq = $2', [toUuid(runId), seq, uid]);
    },

    async putRule(tx: Transaction, rule: Omit<FieldRule, 'id' | 'createdAt'>): Promise<void> {
      await tx.query(
        `INSERT INTO field_rule (id, target_id, "group", kind, namespace, name, field, choice, manager, decided_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (target_id, "group", kind, namespace, name, field) DO UPDATE
           SET choice = excluded.choice, manager = excluded.manager, decided_by = excluded.decided_by, created_at = now()`,
        [
          toUuid(newId('fru')),
          toUuid(rule.targetId),
          rule.group,
          rule.kind,
          rule.namespace,
          rule.name,
          rule.field,
          rule.choice,
          rule.manager ?? null,
          rule.decidedBy,
        ],
      );
    },

    async rulesOf(targetIds: readonly string[]): Promise<FieldRule[]> {
      const result = await pool.query<RuleRow>(
        'SELECT * FROM field_rule WHERE target_id = ANY($1::uuid[]) ORDER BY created_at DESC, id',
        [targetIds.map(toUuid)],
      );
      return result.rows.map(toRule);
    },

    async findRule(id: string): Promise<(FieldRule & { applicationId: string; environmentId: string }) | undefined> {
      const result = await pool.query<RuleRow & { application_id: string; environment_id: string }>(
        `SELECT f.*, ae.application_id, ae.environment_id FROM field_rule f JOIN target t ON t.id = f.target_id
         JOIN app_environment ae ON ae.id = t.app_environment_id WHERE f.id = $1`,
        [toUuid(id)],
      );
      const row = result.rows[0];
      return (
        row && {
          ...toRule(row),
          applicationId: fromUuid('app', row.application_id),
          environmentId: fromUuid('env', row.environment_id),
        }
      );
    },

    async removeRule(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM field_rule WHERE id = $1', [toUuid(id)]);
    },
  };
}

function toRule(row: RuleRow): FieldRule {
  const { group, kind, namespace, name, field, choice } = row;
  return {
    ...{ group, kind, namespace, name, field, choice },
    id: fromUuid('fru', row.id),
    targetId: fromUuid('tgt', row.target_id),
    manager: row.manager ?? undefined,
    decidedBy: row.decided_by,
    createdAt: row.created_at,
  };
}
