import type { ReleaseStrategy, WaveSpec } from '@quarterdeck/contracts';
import type { Database, Notifier, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { gather } from '../../platform/jobs/gather.ts';
import type { Finding } from './finding.ts';
import { type Action, atOnce, type MachineRows, type RunRow, type WaveState } from './machine-rows.ts';
import type { ReleaseKind, ReleaseState, RunState } from './release-rows.ts';

/** What a release and its targets belong to. */
export type MachinePlace = {
  appEnvironmentId: string;
  applicationId: string;
  applicationSlug: string;
  projectId: string;
  environmentId: string;
  tier: string;
};

/** `now` is the database's clock, ms since 1970. */
export type StoredRows = Omit<MachineRows, 'frozen' | 'unreachable' | 'unwell' | 'votes'> & {
  place: MachinePlace;
  now: number;
};

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
  waves: { index: number; spec: WaveSpec; state: WaveState; soak_until: string | null }[];
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

export type VoteRecord = {
  id: string;
  wave: number | undefined;
  userId: string;
  userName: string;
  decision: 'approve' | 'reject';
  contentSha256: string;
  reason: string | undefined;
  createdAt: Date;
};

type VoteRow = {
  id: string;
  wave: number | null;
  user_id: string;
  user_name: string;
  decision: VoteRecord['decision'];
  content_sha256: string;
  reason: string | null;
  /** ISO 8601 within JSON. */
  created_at: Date | string;
};

/** What of a release is to be judged by others' rows before a decision about it. */
export type Outlook = { projectId: string; environmentId: string; soaks: boolean; votes: VoteRecord[] };

export type DebtRecord = {
  id: string;
  targetId: string;
  releaseId: string;
  reason: 'unreachable' | 'skipped' | 'evacuated';
  state: 'open' | 'settled' | 'dismissed';
  createdAt: Date;
};
type DebtRow = {
  id: string;
  target_id: string;
  release_id: string;
  reason: DebtRecord['reason'];
  state: DebtRecord['state'];
  created_at: Date;
};

/** A preflight writes nothing: when its worker dies, another one looks again. */
const preflightSeconds = 20;
/** What a target has missed for longer is not put there without somebody asking for it. */
const askAfterDays = 7;

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

  /** Of releases about which runs that end together ask together. */
  const outlook = gather(async (releaseIds: readonly string[]): Promise<(Outlook | undefined)[]> => {
    const found = await pool.query<{
      id: string;
      project_id: string;
      environment_id: string;
      soaks: boolean;
      votes: VoteRow[];
    }>(
      `SELECT r.id, a.project_id, ae.environment_id, EXISTS (SELECT FROM wave w WHERE w.release_id = r.id AND w.state = 'soaking') AS soaks,
         (SELECT coalesce(jsonb_agg(v ORDER BY v.created_at, v.id), '[]') FROM approval v WHERE v.release_id = r.id) AS votes
       FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
       JOIN applications_application a ON a.id = ae.application_id WHERE r.id = ANY($1::uuid[])`,
      [releaseIds.map(toUuid)],
    );
    const byId = new Map(found.rows.map((row) => [fromUuid('rel', row.id), row]));
    return releaseIds.map((id) => {
      const row = byId.get(id);
      return (
        row && {
          projectId: fromUuid('prj', row.project_id),
          environmentId: fromUuid('env', row.environment_id),
          soaks: row.soaks,
          votes: row.votes.map(toVote),
        }
      );
    });
  });

  return {
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
             SELECT index, spec, state, soak_until FROM wave WHERE release_id = r.id) AS w) AS waves,
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

    outlook,

    async votesOf(releaseId: string, on: Queryable = pool): Promise<VoteRecord[]> {
      const result = await on.query<VoteRow>('SELECT * FROM approval WHERE release_id = $1 ORDER BY created_at, id', [
        toUuid(releaseId),
      ]);
      return result.rows.map(toVote);
    },

    /** A person's vote; a second one takes the place of their first. */
    async vote(tx: Transaction, vote: Omit<VoteRecord, 'id' | 'createdAt'> & { releaseId: string }): Promise<void> {
      await tx.query(
        `INSERT INTO approval (id, release_id, wave, user_id, user_name, decision, content_sha256, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (release_id, (coalesce(wave, -1)), user_id) DO UPDATE SET decision = excluded.decision,
           content_sha256 = excluded.content_sha256, reason = excluded.reason, created_at = now()`,
        [
          toUuid(newId('apr')),
          toUuid(vote.releaseId),
          vote.wave ?? null,
          vote.userId,
          vote.userName,
          vote.decision,
          vote.contentSha256,
          vote.reason ?? null,
        ],
      );
    },

    /** Writes what was decided, in order; `roll_back` is the caller's. */
    async persist(tx: Transaction, rows: StoredRows, actions: readonly Action[]): Promise<void> {
      for (const action of actions) await persistOne(tx, rows, action);
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

    async debtsOf(releaseId: string): Promise<DebtRecord[]> {
      const result = await pool.query<DebtRow>("SELECT * FROM debt WHERE release_id = $1 AND state = 'open'", [
        toUuid(releaseId),
      ]);
      return result.rows.map(toDebt);
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

    async rejectedOf(releaseId: string): Promise<{ id: string; reference: string }[]> {
      const result = await pool.query<{ id: string; reference: string }>(
        'SELECT id, reference FROM rejected_digest WHERE release_id = $1 ORDER BY reference',
        [toUuid(releaseId)],
      );
      return result.rows.map((row) => ({ id: fromUuid('rjd', row.id), reference: row.reference }));
    },

    /** Those of an application, newest first; of some references in one environment alone where they are named. */
    async rejectedIn(of: { applicationId: string; environmentId?: string; references?: readonly string[] }): Promise<
      {
        id: string;
        reference: string;
        environmentId: string;
        environment: string;
        releaseId: string;
        releaseNumber: number;
        createdAt: string;
      }[]
    > {
      const result = await pool.query<{
        id: string;
        reference: string;
        environment_id: string;
        environment: string;
        release_id: string;
        number: number;
        created_at: Date;
      }>(
        `SELECT d.id, d.reference, e.id AS environment_id, e.name AS environment, d.release_id, r.number, d.created_at
         FROM rejected_digest d JOIN app_environment ae ON ae.id = d.app_environment_id
         JOIN access_environment e ON e.id = ae.environment_id JOIN release r ON r.id = d.release_id
         WHERE ae.application_id = $1 AND ($2::uuid IS NULL OR e.id = $2) AND ($3::text[] IS NULL OR d.reference = ANY($3))
         ORDER BY d.created_at DESC, d.id LIMIT 200`,
        [
          toUuid(of.applicationId),
          of.environmentId === undefined ? null : toUuid(of.environmentId),
          of.references ?? null,
        ],
      );
      return result.rows.map((row) => ({
        id: fromUuid('rjd', row.id),
        reference: row.reference,
        environmentId: fromUuid('env', row.environment_id),
        environment: row.environment,
        releaseId: fromUuid('rel', row.release_id),
        releaseNumber: row.number,
        createdAt: row.created_at.toISOString(),
      }));
    },

    /** The release whose failure rejected it. */
    async findRejected(id: string): Promise<{ releaseId: string; reference: string } | undefined> {
      const result = await pool.query<{ release_id: string; reference: string }>(
        'SELECT release_id, reference FROM rejected_digest WHERE id = $1',
        [toUuid(id)],
      );
      const row = result.rows[0];
      return row && { releaseId: fromUuid('rel', row.release_id), reference: row.reference };
    },

    async removeRejected(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM rejected_digest WHERE id = $1', [toUuid(id)]);
    },

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

    async markPreflighted(runs: readonly { id: string; findings: readonly Finding[] }[]): Promise<void> {
      await pool.query(
        `UPDATE target_run x SET preflighted = true, findings = seen.findings
         FROM unnest($1::uuid[], $2::jsonb[]) AS seen(id, findings) WHERE x.id = seen.id`,
        [runs.map(({ id }) => toUuid(id)), runs.map(({ findings }) => JSON.stringify(findings))],
      );
    },

    async wavesOf(releaseId: string): Promise<{ index: number; startedAt: Date | undefined }[]> {
      const result = await pool.query<{ index: number; started_at: Date | null }>(
        'SELECT index, started_at FROM wave WHERE release_id = $1',
        [toUuid(releaseId)],
      );
      return result.rows.map((row) => ({ index: row.index, startedAt: row.started_at ?? undefined }));
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

async function persistOne(tx: Transaction, { release, place }: StoredRows, action: Action): Promise<void> {
  switch (action.type) {
    case 'release':
      return putState(tx, release.id, action.state, action.reason);
    case 'wave':
      await tx.query(
        `UPDATE wave SET state = $3, soak_until = $4, started_at = CASE WHEN $3 = 'pending' THEN NULL ELSE coalesce(started_at, now()) END
         WHERE release_id = $1 AND index = $2`,
        [
          toUuid(release.id),
          action.index,
          action.state,
          action.soakUntil === undefined ? null : new Date(action.soakUntil),
        ],
      );
      return;
    case 'admit':
      await tx.query('UPDATE target_run SET admitted = true WHERE id = $1', [toUuid(action.runId)]);
      return;
    case 'forgive':
      await tx.query('UPDATE target_run SET forgiven = true WHERE id = $1', [toUuid(action.runId)]);
      return;
    case 'look_again':
      await tx.query('UPDATE target_run SET pruned = false WHERE id = $1', [toUuid(action.runId)]);
      return;
    case 'run':
      return putRun(tx, action);
    case 'owe':
      await tx.query(
        `INSERT INTO debt (id, target_id, release_id, reason) VALUES ($1, $2, $3, $4)
         ON CONFLICT (target_id) WHERE state = 'open' DO UPDATE SET release_id = excluded.release_id, reason = excluded.reason, created_at = now()`,
        [toUuid(newId('dbt')), toUuid(action.targetId), toUuid(release.id), action.reason],
      );
      return;
    case 'supersede':
      await tx.query(
        "UPDATE target_run SET state = 'cancelled', ended_at = now() WHERE release_id = $1 AND state IN ('pending', 'blocked')",
        [toUuid(action.releaseId)],
      );
      return putState(tx, action.releaseId, 'superseded', release.id);
    case 'reject_images':
      await tx.query(
        `INSERT INTO rejected_digest (id, app_environment_id, reference, release_id)
         SELECT gen_random_uuid(), $1, image->>'reference', r.id FROM release r, jsonb_each(r.images) AS i (slot, image) WHERE r.id = $2
         ON CONFLICT DO NOTHING`,
        [place.appEnvironmentId, toUuid(release.id)],
      );
      return;
    case 'preflighted':
      await tx.query('UPDATE release SET preflighted = true, preflight_until = NULL WHERE id = $1', [
        toUuid(release.id),
      ]);
      return;
    case 'roll_back':
      return;
  }
}

async function putState(tx: Transaction, id: string, state: ReleaseState, reason: string | undefined): Promise<void> {
  const isOver = !['planning', 'awaiting_approval', 'queued', 'rolling', 'paused'].includes(state);
  await tx.query(
    `UPDATE release SET state = $2, ended_at = CASE WHEN $3 THEN now() END,
       started_at = CASE WHEN $2 = 'rolling' THEN coalesce(started_at, now()) ELSE started_at END,
       paused_reason = CASE WHEN $2 = 'paused' THEN $4 END,
       ended_reason = CASE WHEN $3 THEN $4 END
     WHERE id = $1`,
    [toUuid(id), state, isOver, reason ?? null],
  );
}

/** Back to the start: the same bytes once more; what ended keeps its verdict, one that is named is said in words. */
async function putRun(tx: Transaction, action: Extract<Action, { type: 'run' }>): Promise<void> {
  if (action.state === 'pending') {
    await tx.query(
      `UPDATE target_run SET state = 'pending', attempt = attempt + 1, admitted = (admitted AND state = 'blocked'), forgiven = false, verdict = NULL, gate = NULL,
         ended_at = NULL, applied_at = NULL, lease_until = NULL,
         retry_at = CASE WHEN state = 'blocked' THEN now() + interval '5 seconds' END WHERE id = $1`,
      [toUuid(action.runId)],
    );
    await tx.query("UPDATE run_step SET state = 'waiting', detail = NULL WHERE run_id = $1 AND state <> 'deleted'", [
      toUuid(action.runId),
    ]);
    return;
  }
  const verdict =
    action.verdict ??
    (action.reason === undefined ? undefined : { code: action.reason, summary: wordsFor(action.reason), evidence: [] });
  await tx.query(
    `UPDATE target_run SET state = $2, ended_at = CASE WHEN $2 = 'blocked' THEN NULL ELSE now() END, verdict = CASE WHEN $3::jsonb IS NULL OR verdict->>'code' = $3::jsonb->>'code' THEN verdict ELSE $3::jsonb END
     WHERE id = $1`,
    [toUuid(action.runId), action.state, verdict === undefined ? null : JSON.stringify(verdict)],
  );
}

function wordsFor(reason: string): string {
  if (reason === 'cluster_unreachable')
    return 'Its cluster does not answer: it is owed, and follows when the cluster is back.';
  if (reason === 'skipped') return 'Somebody left it out: it is owed until somebody lets it catch up.';
  return reason;
}

function toVote(row: VoteRow): VoteRecord {
  return {
    id: fromUuid('apr', row.id),
    wave: row.wave ?? undefined,
    userId: row.user_id,
    userName: row.user_name,
    decision: row.decision,
    contentSha256: row.content_sha256,
    reason: row.reason ?? undefined,
    createdAt: new Date(row.created_at),
  };
}

function toDebt(row: DebtRow): DebtRecord {
  return {
    id: fromUuid('dbt', row.id),
    targetId: fromUuid('tgt', row.target_id),
    releaseId: fromUuid('rel', row.release_id),
    reason: row.reason,
    state: row.state,
    createdAt: row.created_at,
  };
}
