import type { ReleaseStrategy, WaveSpec } from '@quarterdeck/contracts';
import type { Database, Notifier, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { createBesidesStore } from './besides.store.ts';
import { createDebtsStore } from './debts.store.ts';
import { atOnce, type RunRow, type StoredRows, type WaveState } from './machine-rows.ts';
import { persistActions } from './persist-actions.ts';
import { createPreflightStore } from './preflight.store.ts';
import { createRejectedDigestsStore } from './rejected-digests.store.ts';
import type { ReleaseKind, ReleaseState, RunState } from './release-rows.ts';
import { createVotesStore } from './votes.store.ts';

type ReleaseRow = {
  id: string;
  number: number;
  kind: ReleaseKind;
  state: ReleaseState;
  strategy: ReleaseStrategy | null;
  content_sha256: string;
  created_by_id: string;
  created_at: Date;
  paused_reason: string | null;
  freeze_override: object | null;
  is_automatic: boolean;
  rolled_back_by: string | null;
  preflighted: boolean;
  app_environment_id: string;
  application_id: string;
  slug: string;
  project_id: string;
  environment_id: string;
  tier: string;
  now: Date;
};

/** What belongs to a release, as JSON: times are ISO 8601. */
type LoadedParts = {
  waves: { index: number; spec: WaveSpec; state: WaveState; soak_until: string | null; started_at: string | null }[];
  runs: {
    id: string;
    target_id: string;
    cluster_id: string;
    wave: number;
    place: number;
    state: RunState;
    admitted: boolean;
    forgiven: boolean;
    reason: string | null;
    started_at: string | null;
    leftovers: boolean;
  }[];
  others: { id: string; number: number; kind: ReleaseKind; state: ReleaseState }[];
};

/** Objects on a target by our books that a release does not have: `FROM …` of a query over `o`. */
export function leftoversOf(target: string, release: string): string {
  return `FROM target_object o WHERE o.target_id = ${target} AND o.state <> 'gone' AND NOT EXISTS (
    SELECT FROM release_object n WHERE n.release_id = ${release} AND n.target_id = o.target_id AND n."group" = o."group"
      AND n.kind = o.kind AND n.namespace = o.namespace AND n.name = o.name)`;
}

export type MachineStore = ReturnType<typeof createMachineStore>;

/** The rows that `decide` reads, and the changes it asks for. */
export function createMachineStore(database: Database) {
  const { keyed: pool } = database;

  return {
    ...createVotesStore(pool),
    ...createBesidesStore(pool),
    ...createDebtsStore(pool),
    ...createRejectedDigestsStore(pool),
    ...createPreflightStore(pool),
    persist: persistActions,

    /**
     * Held until the transaction ends: one decision at a time about the releases of an application in an environment.
     * The release's own row as well, which runs look at when they start.
     */
    async lock(tx: Transaction, releaseId: string): Promise<void> {
      await tx.query(
        `WITH place AS MATERIALIZED (
           SELECT id FROM app_environment WHERE id = (SELECT app_environment_id FROM release WHERE id = $1) FOR NO KEY UPDATE)
         SELECT FROM place JOIN release r ON r.app_environment_id = place.id WHERE r.id = $1 FOR UPDATE OF r`,
        [toUuid(releaseId)],
      );
    },

    async load(on: Queryable, releaseId: string): Promise<StoredRows | undefined> {
      // One statement: it is asked again with every step of every release.
      const found = await on.query<ReleaseRow & LoadedParts>(
        `SELECT r.*, clock_timestamp() AS now, a.id AS application_id, a.slug, a.project_id, e.id AS environment_id, e.tier,
           (SELECT coalesce(jsonb_agg(w ORDER BY w.index), '[]') FROM (
             SELECT index, spec, state, soak_until, started_at FROM wave WHERE release_id = r.id) AS w) AS waves,
           (SELECT coalesce(jsonb_agg(t), '[]') FROM (
             SELECT x.id, x.target_id, x.cluster_id, x.wave, x.place, x.state, x.admitted, x.forgiven, x.verdict->>'code' AS reason, x.started_at,
               r.kind <> 'remove' AND x.state = 'healthy' AND NOT x.pruned AND EXISTS (SELECT ${leftoversOf('x.target_id', 'x.release_id')}) AS leftovers
             FROM target_run x WHERE x.release_id = r.id) AS t) AS runs,
           (SELECT coalesce(jsonb_agg(l), '[]') FROM (
             SELECT id, number, kind, state FROM release n WHERE n.app_environment_id = r.app_environment_id AND n.id <> r.id
               AND n.state IN ('planning', 'awaiting_approval', 'queued', 'rolling', 'paused')) AS l) AS others
         FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
         JOIN applications_application a ON a.id = ae.application_id JOIN access_environment e ON e.id = ae.environment_id
         WHERE r.id = $1`,
        [toUuid(releaseId)],
      );
      const row = found.rows[0];
      if (row === undefined) return undefined;
      return {
        release: {
          id: releaseId,
          number: row.number,
          kind: row.kind,
          state: row.state,
          strategy: row.strategy ?? atOnce,
          contentSha256: row.content_sha256,
          createdById: row.created_by_id,
          createdAt: row.created_at.getTime(),
          pausedReason: row.paused_reason ?? undefined,
          freezeOverridden: row.freeze_override !== null,
          isAutomatic: row.is_automatic,
          preflighted: row.preflighted,
          isRolledBack: row.rolled_back_by !== null,
        },
        waves: row.waves.map((wave) => ({
          index: wave.index,
          spec: wave.spec,
          state: wave.state,
          soakUntil: wave.soak_until === null ? undefined : Date.parse(wave.soak_until),
          startedAt: wave.started_at === null ? undefined : Date.parse(wave.started_at),
        })),
        runs: row.runs.map(
          (run): RunRow => ({
            id: fromUuid('run', run.id),
            targetId: fromUuid('tgt', run.target_id),
            clusterId: fromUuid('clu', run.cluster_id),
            wave: run.wave,
            place: run.place,
            state: run.state,
            admitted: run.admitted,
            forgiven: run.forgiven,
            reason: run.reason ?? undefined,
            startedAt: run.started_at === null ? undefined : Date.parse(run.started_at),
            hasLeftovers: run.leftovers,
          }),
        ),
        now: row.now.getTime(),
        others: row.others.map((other) => ({ ...other, id: fromUuid('rel', other.id) })),
        place: {
          appEnvironmentId: row.app_environment_id,
          applicationId: fromUuid('app', row.application_id),
          applicationSlug: row.slug,
          projectId: fromUuid('prj', row.project_id),
          environmentId: fromUuid('env', row.environment_id),
          tier: row.tier,
        },
      };
    },

    async setDue(on: Queryable, releaseId: string, dueAt: number | undefined): Promise<void> {
      await on.query('UPDATE release SET due_at = $2 WHERE id = $1', [
        toUuid(releaseId),
        dueAt === undefined ? null : new Date(dueAt),
      ]);
    },

    /** Those that something may have changed for: the release itself, and whoever waits for its lane. */
    async wakeLane(on: Queryable, appEnvironmentId: string): Promise<void> {
      await on.query(
        "UPDATE release SET due_at = now() WHERE app_environment_id = $1 AND state IN ('queued', 'awaiting_approval')",
        [appEnvironmentId],
      );
    },

    async wake(on: Queryable, releaseId: string): Promise<void> {
      await on.query('UPDATE release SET due_at = now() WHERE id = $1', [toUuid(releaseId)]);
    },

    /** Those that a freeze may have held. */
    async wakeHeld(on: Queryable & Notifier): Promise<void> {
      await on.query("UPDATE release SET due_at = now() WHERE state IN ('queued', 'rolling')");
      on.notify('quarterdeck_jobs', JSON.stringify({ queue: 'release.advance' }));
    },

    /** Releases whose time has come, longest waiting first. */
    async due(limit: number): Promise<string[]> {
      const result = await pool.query<{ id: string }>(
        `SELECT id FROM release WHERE state IN ('planning', 'awaiting_approval', 'queued', 'rolling', 'paused') AND due_at <= now()
         ORDER BY due_at LIMIT $1`,
        [limit],
      );
      return result.rows.map((row) => fromUuid('rel', row.id));
    },

    /** Releases that wait for a registry, whose time has come to ask it again. */
    async waitingForImages(limit: number): Promise<string[]> {
      const result = await pool.query<{ id: string }>(
        "SELECT id FROM release WHERE state = 'planning' AND due_at <= now() ORDER BY due_at LIMIT $1",
        [limit],
      );
      return result.rows.map((row) => fromUuid('rel', row.id));
    },

    async overrideFreeze(tx: Transaction, releaseId: string, by: string, reason: string): Promise<void> {
      await tx.query('UPDATE release SET freeze_override = $2::jsonb, due_at = now() WHERE id = $1', [
        toUuid(releaseId),
        JSON.stringify({ by, reason, at: new Date().toISOString() }),
      ]);
    },

    /** Per target the newest other release that was healthy there: what a rollback puts back. */
    async lastHealthy(
      on: Queryable,
      targetIds: readonly string[],
      before: number,
    ): Promise<{ targetId: string; releaseId: string; number: number }[]> {
      const result = await on.query<{ target_id: string; release_id: string; number: number }>(
        `SELECT DISTINCT ON (x.target_id) x.target_id, r.id AS release_id, r.number
         FROM target_run x JOIN release r ON r.id = x.release_id
         WHERE x.target_id = ANY($1::uuid[]) AND r.number < $2 AND x.state = 'healthy'
         ORDER BY x.target_id, r.number DESC`,
        [targetIds.map(toUuid), before],
      );
      return result.rows.map((row) => ({
        targetId: fromUuid('tgt', row.target_id),
        releaseId: fromUuid('rel', row.release_id),
        number: row.number,
      }));
    },

    async setRolledBackBy(tx: Transaction, releaseId: string, byId: string): Promise<void> {
      await tx.query('UPDATE release SET rolled_back_by = $2 WHERE id = $1', [toUuid(releaseId), toUuid(byId)]);
    },
  };
}
