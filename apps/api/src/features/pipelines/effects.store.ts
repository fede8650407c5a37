import type { effectKinds } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { newId, toUuid } from '../../platform/ids.ts';
import type { ListSource } from './project-lists.ts';

export type EffectKind = (typeof effectKinds)[number];

/** A message on its way; ids are uuids. */
export type EffectRow = {
  id: string;
  seq: string;
  project_id: string;
  connection_id: string;
  connection: string;
  connection_kind: string;
  release_id: string;
  release_exists: boolean;
  kind: EffectKind;
  phase: string;
  payload: Record<string, unknown>;
  answer: Record<string, unknown> | null;
  state: 'pending' | 'delivered' | 'given_up';
  attempts: number;
  next_at: Date;
  overdue: boolean;
  last_error: string | null;
  created_at: Date;
  delivered_at: Date | null;
  sort_at: Date;
};

const select = `SELECT e.*, e.give_up_at < now() AS overdue, c.name AS connection, c.kind AS connection_kind, e.created_at AS sort_at,
    EXISTS (SELECT FROM release r WHERE r.id = e.release_id) AS release_exists
  FROM outbound_effect e JOIN pipelines_connection c ON c.id = e.connection_id JOIN access_project p ON p.id = e.project_id`;

export const effectsList: ListSource = {
  name: 'outbound-effects',
  select,
  at: 'e.created_at',
  id: 'e.id',
  place: { project: 'e.project_id' },
  text: "c.name || ' ' || e.kind || ' ' || e.phase || ' ' || coalesce(e.payload ->> 'release', '')",
};

export type NewEffect = Pick<EffectRow, 'project_id' | 'connection_id' | 'release_id' | 'kind' | 'phase' | 'payload'>;

const leaseSeconds = 30;
const patienceHours = 24;

/** Notices are told of every release of a project, GitLab of those that it built. */
export const noticeKinds = ['webhook', 'slack', 'feishu', 'dingtalk'] as const;

export type EffectsStore = ReturnType<typeof createEffectsStore>;

/** Messages about releases, a queue for each connection. */
export function createEffectsStore({ keyed: pool }: Database) {
  return {
    async findById(id: string, on: Queryable = pool): Promise<EffectRow | undefined> {
      const result = await on.query<EffectRow>(`${select} WHERE e.id = $1`, [id]);
      return result.rows[0];
    },

    /** Changes of releases that nobody has looked at, oldest first; held until the transaction ends. */
    async takeEvents(tx: Transaction): Promise<{ seq: string; releaseId: string; state: string; at: Date }[]> {
      const result = await tx.query<{ seq: string; releaseId: string; state: string; at: Date }>(
        `DELETE FROM pipelines_release_event WHERE seq IN (SELECT seq FROM pipelines_release_event ORDER BY seq LIMIT 100 FOR UPDATE SKIP LOCKED)
         RETURNING seq, release_id AS "releaseId", state, at`,
      );
      return result.rows.toSorted((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)));
    },

    /**
     * Releases that somebody is to hear of: a channel of their project takes notices, or events made them. The others,
     * which are most, cost nothing more.
     * @param releaseIds uuids
     */
    async withListeners(on: Queryable, releaseIds: readonly string[]): Promise<ReadonlySet<string>> {
      const result = await on.query<{ id: string }>(
        `SELECT r.id FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id JOIN applications_application a ON a.id = ae.application_id
         WHERE r.id = ANY($1::uuid[]) AND (
           EXISTS (SELECT FROM pipelines_connection c WHERE c.project_id = a.project_id AND c.enabled AND c.kind = ANY($2::text[]))
           OR EXISTS (SELECT FROM candidate c WHERE c.app_environment_id = r.app_environment_id AND c.dedupe_key = r.dedupe_key))`,
        [releaseIds, noticeKinds],
      );
      return new Set(result.rows.map(({ id }) => id));
    },

    /** The same of the same release is told once. */
    async insert(tx: Queryable, effect: NewEffect): Promise<void> {
      await tx.query(
        `INSERT INTO outbound_effect (id, project_id, connection_id, release_id, kind, phase, payload, give_up_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, now() + interval '${patienceHours} hours')
         ON CONFLICT (release_id, kind, phase, connection_id) DO NOTHING`,
        [
          toUuid(newId('eff')),
          effect.project_id,
          effect.connection_id,
          effect.release_id,
          effect.kind,
          effect.phase,
          JSON.stringify(effect.payload),
        ],
      );
    },

    /** A connection that has something due and that nobody sends to. */
    async leaseConnection(): Promise<string | undefined> {
      const result = await pool.query<{ id: string }>(
        `UPDATE pipelines_connection SET lease_until = now() + interval '${leaseSeconds} seconds' WHERE id = (
           SELECT c.id FROM pipelines_connection c
           JOIN LATERAL (SELECT next_at FROM outbound_effect e WHERE e.connection_id = c.id AND e.state = 'pending'
             ORDER BY e.seq LIMIT 1) AS head ON head.next_at <= now()
           WHERE c.enabled AND (c.lease_until IS NULL OR c.lease_until < now()) ORDER BY head.next_at LIMIT 1
           FOR UPDATE OF c SKIP LOCKED) RETURNING id`,
      );
      return result.rows[0]?.id;
    },

    async renewLease(connectionId: string): Promise<void> {
      await pool.query(
        `UPDATE pipelines_connection SET lease_until = now() + interval '${leaseSeconds} seconds' WHERE id = $1`,
        [connectionId],
      );
    },

    async endLease(connectionId: string): Promise<void> {
      await pool.query('UPDATE pipelines_connection SET lease_until = NULL WHERE id = $1', [connectionId]);
    },

    /** The first in the queue of a connection, when its time has come: what stands behind it waits. */
    async head(connectionId: string): Promise<EffectRow | undefined> {
      const result = await pool.query<EffectRow>(
        `SELECT * FROM (${select} WHERE e.connection_id = $1 AND e.state = 'pending' ORDER BY e.seq LIMIT 1) AS first
         WHERE first.next_at <= now()`,
        [connectionId],
      );
      return result.rows[0];
    },

    /** What the other side answered when it was told the first phase. */
    async answerOf(
      effect: Pick<EffectRow, 'release_id' | 'kind' | 'connection_id'>,
    ): Promise<Record<string, unknown> | undefined> {
      const result = await pool.query<{ answer: Record<string, unknown> }>(
        `SELECT answer FROM outbound_effect WHERE release_id = $1 AND kind = $2 AND connection_id = $3 AND answer IS NOT NULL
         ORDER BY seq LIMIT 1`,
        [effect.release_id, effect.kind, effect.connection_id],
      );
      return result.rows[0]?.answer;
    },

    async delivered(id: string, answer: Record<string, unknown> | undefined): Promise<void> {
      await pool.query(
        `UPDATE outbound_effect SET state = 'delivered', delivered_at = now(), attempts = attempts + 1, last_error = NULL, answer = $2::jsonb
         WHERE id = $1`,
        [id, answer === undefined ? null : JSON.stringify(answer)],
      );
    },

    async failed(id: string, error: string, next: { inSeconds: number } | 'given_up'): Promise<void> {
      await pool.query(
        `UPDATE outbound_effect SET attempts = attempts + 1, last_error = $2, state = CASE WHEN $3::float8 IS NULL THEN 'given_up' ELSE state END,
           next_at = now() + make_interval(secs => coalesce($3::float8, 0)) WHERE id = $1`,
        [id, error, next === 'given_up' ? null : next.inSeconds],
      );
    },

    async retry(tx: Transaction, id: string): Promise<void> {
      await tx.query(
        `UPDATE outbound_effect SET state = 'pending', next_at = now(), give_up_at = now() + interval '${patienceHours} hours' WHERE id = $1`,
        [id],
      );
      tx.notify('quarterdeck_jobs', '{"queue":"outbound.deliver"}');
    },

    async sweep(): Promise<void> {
      await pool.query(
        "DELETE FROM outbound_effect WHERE state <> 'pending' AND created_at < now() - interval '90 days'",
      );
    },
  };
}
