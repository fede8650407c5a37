import type { Database, Queryable } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { gather } from '../../platform/jobs/gather.ts';
import type { Finding } from './finding.ts';
import { leftoversOf } from './machine.store.ts';
import type {
  Gate,
  HeldRun,
  Images,
  ObjectRecord,
  ReleaseKind,
  RunState,
  StepRecord,
  StoredVerdict,
} from './release-rows.ts';
import { toRun } from './releases.store.ts';

export const leaseSeconds = 8;
/** A request under way when a lease ended may still land for as long as a request may last. */
const graceSeconds = 8;

/** A run without a lease, or one that ended a request's time ago. */
const newLease = `lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})`;
const nobodyHas = `(x.lease_until IS NULL OR x.lease_until < clock_timestamp() - make_interval(secs => ${graceSeconds}))`;

/** Why a release pauses when whoever it runs for may not do this any more: nobody looks after its runs until it goes on. */
export const lostRight = 'actor_lost_permission';
/** Paused so that what is half written is not written on: for a right, or because too many targets failed. */
const standsStill = `(r.state = 'paused' AND r.paused_reason IS DISTINCT FROM 'person')`;

type HeldRow = Parameters<typeof toRun>[0] & {
  fence: string;
  applied_ago_ms: number | null;
  release_kind: ReleaseKind;
  number: number;
  project_id: string;
  slug: string;
  environment: string;
  created_by: string;
  acting_id: string;
  images: Images;
  template: string | null;
};

/** An object of an earlier release, by our books. */
export type LeftObject = Pick<ObjectRecord, 'group' | 'version' | 'kind' | 'namespace' | 'name'> & {
  uid: string | undefined;
};

export type RunsStore = ReturnType<typeof createRunsStore>;

/** Runs as a worker holds them: every write names the fence, and tells at once when it is lost. */
export function createRunsStore(database: Database) {
  const { keyed: pool } = database;
  type Held = { id: string; fence: string };

  async function fenced(
    run: Held,
    set: string,
    values: readonly unknown[] = [],
    on: Queryable = pool,
  ): Promise<boolean> {
    const result = await on.query(
      `UPDATE target_run SET ${set} WHERE id = $1 AND fence = $2 AND lease_until > clock_timestamp() RETURNING id`,
      [toUuid(run.id), run.fence, ...values],
    );
    return result.rowCount === 1;
  }

  /** A worker's runs in one statement; a row that somebody writes at this moment is waited for by itself. */
  const renew = gather(async (held: readonly Held[]) => {
    const renewed = await pool.query<{ id: string; fence: string }>(
      `WITH free AS (
         SELECT x.id FROM target_run x JOIN unnest($1::uuid[], $2::bigint[]) AS h (id, fence) ON h.id = x.id AND h.fence = x.fence
         WHERE x.lease_until > clock_timestamp() FOR NO KEY UPDATE OF x SKIP LOCKED)
       UPDATE target_run x SET ${newLease} FROM free WHERE x.id = free.id RETURNING x.id, x.fence`,
      [held.map(({ id }) => toUuid(id)), held.map(({ fence }) => fence)],
    );
    const done = new Set(renewed.rows.map(({ id, fence }) => `${id} ${fence}`));
    return Promise.all(held.map((run) => done.has(`${toUuid(run.id)} ${run.fence}`) || fenced(run, newLease)));
  });

  const isOver = gather(async (releaseIds: readonly string[]) => {
    const over = await pool.query<{ id: string }>(
      "SELECT id FROM release WHERE id = ANY($1::uuid[]) AND state NOT IN ('rolling', 'paused')",
      [releaseIds.map(toUuid)],
    );
    const ids = new Set(over.rows.map(({ id }) => id));
    return releaseIds.map((id) => ids.has(toUuid(id)));
  });

  /** @param choose the ids, locked; `$1` is the owner */
  async function take(owner: string, choose: string, values: readonly unknown[]): Promise<HeldRun[]> {
    const taken = await pool.query<{ id: string }>(
      `UPDATE target_run SET lease_owner = $1, ${newLease}, fence = fence + 1
       WHERE id IN (${choose}) RETURNING id`,
      [owner, ...values],
    );
    if (taken.rows.length === 0) return [];
    const held = await pool.query<HeldRow>(
      `SELECT x.*, extract(epoch FROM clock_timestamp() - x.applied_at)::float8 * 1000 AS applied_ago_ms, r.kind AS release_kind, r.number, r.created_by, coalesce(r.acting_id, r.created_by_id) AS acting_id, r.images, t.name AS template, a.project_id, a.slug, e.name AS environment
       FROM target_run x JOIN release r ON r.id = x.release_id JOIN app_environment ae ON ae.id = r.app_environment_id
       JOIN applications_application a ON a.id = ae.application_id JOIN access_environment e ON e.id = ae.environment_id
         LEFT JOIN template_version v ON v.id = r.template_version_id LEFT JOIN templates_template t ON t.id = v.template_id
       WHERE x.id = ANY($1::uuid[])`,
      [taken.rows.map((row) => row.id)],
    );
    return held.rows.map(toHeldRun);
  }

  return {
    /**
     * Takes runs that are to be written, oldest first: new ones, and those whose worker went away a request's time ago.
     * @param room how many, and how many on one cluster together with those at work there
     */
    takeWork(owner: string, room: { limit: number; perCluster: number; atWork: ReadonlyMap<string, number> }) {
      return take(
        owner,
        `WITH waiting AS (
           SELECT x.id, coalesce(b.n, 0) + row_number() OVER (PARTITION BY x.cluster_id ORDER BY x.id) AS place
           FROM target_run x JOIN release r ON r.id = x.release_id
           LEFT JOIN unnest($3::uuid[], $4::int[]) AS b (cluster_id, n) ON b.cluster_id = x.cluster_id
           WHERE (x.state = 'pending' AND x.admitted AND r.state = 'rolling' OR x.state IN ('applying', 'pruning') AND NOT ${standsStill})
             AND (x.retry_at IS NULL OR x.retry_at <= clock_timestamp()) AND ${nobodyHas}
             AND (x.state <> 'pending' OR NOT EXISTS (SELECT FROM target_run y WHERE y.target_id = x.target_id AND y.id <> x.id
               AND y.state IN ('applying', 'gating', 'blocked', 'pruning'))))
         SELECT x.id FROM target_run x JOIN waiting w ON w.id = x.id WHERE w.place <= $5 AND ${nobodyHas}
         ORDER BY x.id LIMIT $2 FOR UPDATE OF x SKIP LOCKED`,
        [room.limit, [...room.atWork.keys()].map(toUuid), [...room.atWork.values()], room.perCluster],
      );
    },

    /** Takes runs that are out and whose watcher went away. */
    takeWatch(owner: string, limit: number) {
      return take(
        owner,
        `SELECT x.id FROM target_run x JOIN release r ON r.id = x.release_id WHERE x.state = 'gating' AND NOT (r.state = 'paused' AND r.paused_reason = '${lostRight}')
           AND ${nobodyHas} ORDER BY x.id LIMIT $2 FOR UPDATE OF x SKIP LOCKED`,
        [limit],
      );
    },

    renew,
    /** The release is over, by a person, a successor or its failures: runs in flight end where they stand. */
    isOver: (run: { releaseId: string }) => isOver(run.releaseId),
    release: (run: Held) => fenced(run, 'lease_until = NULL'),

    /** Not once the release stands still or is over: the row of the release is held, so a decision about it waits or wins. */
    async start(run: HeldRun, state: 'applying' | 'pruning'): Promise<boolean> {
      const result = await pool.query(
        `WITH held AS MATERIALIZED (SELECT id FROM release WHERE id = $4 AND (state = 'rolling' OR $5 AND state = 'paused' AND paused_reason = 'person') FOR SHARE)
         UPDATE target_run x SET state = $3, started_at = coalesce(started_at, now()) FROM held
         WHERE x.id = $1 AND x.fence = $2 AND x.lease_until > clock_timestamp() AND x.release_id = held.id RETURNING x.id`,
        [toUuid(run.id), run.fence, state, toUuid(run.releaseId), run.state !== 'pending'],
      );
      return result.rowCount === 1;
    },
    openGate: (run: Held, gate: Gate) =>
      fenced(run, "state = 'gating', gate = $3::jsonb, applied_at = now()", [JSON.stringify(gate)]),
    markPreflighted: (run: Held, passed: boolean, findings: readonly Finding[]) =>
      fenced(run, 'preflighted = $3, findings = $4::jsonb', [passed, JSON.stringify(findings)]),
    updateGate: (run: Held, gate: Gate) => fenced(run, 'gate = $3::jsonb', [JSON.stringify(gate)]),
    /** What it leaves its worker as; a healthy one settles what its target was owed. */
    async end(
      run: HeldRun,
      state: Extract<RunState, 'healthy' | 'failed' | 'cancelled' | 'deferred' | 'blocked'>,
      verdict: StoredVerdict | undefined,
      on: Queryable,
    ): Promise<boolean> {
      const over = state === 'blocked' ? '' : ', ended_at = now()';
      const values = [state, verdict === undefined ? null : JSON.stringify(verdict)];
      if (
        !(await fenced(
          run,
          `state = $3, verdict = $4::jsonb, lease_until = NULL, pruned = pruned OR state = 'pruning'${over}`,
          values,
          on,
        ))
      )
        return false;
      if (state === 'healthy') {
        const target = [toUuid(run.targetId)];
        // What is put right again is what was there: it brings nothing that was missed.
        if (run.releaseKind !== 'take_back')
          await on.query(
            "UPDATE debt SET state = 'settled', closed_at = now() WHERE target_id = $1 AND state IN ('open', 'covered')",
            target,
          );
        // What hands do to it from now on is to be seen.
        await on.query(
          'INSERT INTO drift_target (target_id) VALUES ($1) ON CONFLICT (target_id) DO UPDATE SET due_at = clock_timestamp()',
          target,
        );
      }
      return true;
    },

    async putStep(run: Held, seq: number, state: StepRecord['state'], detail?: string, uid?: string): Promise<boolean> {
      const result = await pool.query(
        `UPDATE run_step s SET state = $4, detail = $5, uid = coalesce($6, s.uid) FROM target_run x
         WHERE s.run_id = x.id AND x.id = $1 AND x.fence = $2 AND x.lease_until > clock_timestamp() AND s.seq = $3 RETURNING s.seq`,
        [toUuid(run.id), run.fence, seq, state, detail ?? null, uid ?? null],
      );
      return result.rowCount === 1;
    },

    /**
     * Before a write: the object is ours to make, and the lease outlives the write. The row comes first, so that a write
     * whose answer was lost is known.
     * @returns the uid that it has by our books; `taken` when another target owns it, `lost` when the fence is gone
     */
    async intend(run: HeldRun, object: ObjectRecord): Promise<{ uid: string | undefined } | 'taken' | 'lost'> {
      try {
        const result = await pool.query<{ uid: string | null }>(
          `WITH held AS (UPDATE target_run SET ${newLease}
             WHERE id = $1 AND fence = $2 AND lease_until > clock_timestamp() RETURNING id)
           INSERT INTO target_object AS o (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256)
           SELECT $3, $4, $5, $6, $7, $8, $9, 'intended', $10, $11 FROM held
           ON CONFLICT (target_id, "group", kind, namespace, name) DO UPDATE SET version = excluded.version,
             state = CASE WHEN o.state = 'gone' THEN 'intended' ELSE o.state END, release_id = excluded.release_id, sha256 = excluded.sha256,
             uid = CASE WHEN o.state = 'gone' THEN NULL ELSE o.uid END
           RETURNING o.uid`,
          [
            toUuid(run.id),
            run.fence,
            toUuid(run.targetId),
            toUuid(run.clusterId),
            object.group,
            object.version,
            object.kind,
            object.namespace,
            object.name,
            toUuid(run.releaseId),
            object.sha256,
          ],
        );
        const [row] = result.rows;
        return row === undefined ? 'lost' : { uid: row.uid ?? undefined };
      } catch (error) {
        if (error instanceof Error && 'constraint' in error && error.constraint === 'target_object_one_owner')
          return 'taken';
        throw error;
      }
    },

    /** After a write: the step is done and the object is live, in one. False when the fence is lost. */
    async wrote(
      run: HeldRun,
      object: Pick<ObjectRecord, 'seq' | 'group' | 'kind' | 'namespace' | 'name'>,
      uid: string,
    ): Promise<boolean> {
      const result = await pool.query(
        `WITH step AS (UPDATE run_step s SET state = 'applied', uid = $8 FROM target_run x
           WHERE s.run_id = x.id AND x.id = $1 AND x.fence = $2 AND x.lease_until > clock_timestamp() AND s.seq = $7 RETURNING x.target_id)
         UPDATE target_object o SET state = 'live', uid = $8 FROM step
         WHERE o.target_id = step.target_id AND o."group" = $3 AND o.kind = $4 AND o.namespace = $5 AND o.name = $6 RETURNING o.name`,
        [toUuid(run.id), run.fence, object.group, object.kind, object.namespace, object.name, object.seq, uid],
      );
      return result.rowCount === 1;
    },

    /** What is no workload is well once it is there: all steps of a run that has nothing to wait for, in one. */
    async settleSteps(run: Held): Promise<boolean> {
      const result = await pool.query(
        `WITH held AS MATERIALIZED (SELECT id FROM target_run WHERE id = $1 AND fence = $2 AND lease_until > clock_timestamp()),
           done AS (UPDATE run_step s SET state = 'current' FROM held WHERE s.run_id = held.id AND s.kind = 'apply')
         SELECT FROM held`,
        [toUuid(run.id), run.fence],
      );
      return result.rowCount === 1;
    },

    async markObject(
      run: HeldRun,
      object: Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>,
      state: 'live' | 'pruning' | 'gone',
      uid?: string,
    ): Promise<void> {
      await pool.query(
        `UPDATE target_object SET state = $6, uid = coalesce($7, uid) WHERE target_id = $1 AND "group" = $2 AND kind = $3 AND namespace = $4 AND name = $5`,
        [toUuid(run.targetId), object.group, object.kind, object.namespace, object.name, state, uid ?? null],
      );
    },

    /** What the books say is on the run's target and its release does not have, and how much there is in all. */
    async leftovers(run: Pick<HeldRun, 'targetId' | 'releaseId'>): Promise<{ objects: LeftObject[]; total: number }> {
      const [left, all] = await Promise.all([
        pool.query<LeftObject & { uid: string | null }>(
          `SELECT o."group", o.version, o.kind, o.namespace, o.name, o.uid ${leftoversOf('$1', '$2')} ORDER BY o.kind, o.name`,
          [toUuid(run.targetId), toUuid(run.releaseId)],
        ),
        pool.query<{ n: number }>(
          "SELECT count(*)::int AS n FROM target_object WHERE target_id = $1 AND state <> 'gone'",
          [toUuid(run.targetId)],
        ),
      ]);
      return { objects: left.rows.map((row) => ({ ...row, uid: row.uid ?? undefined })), total: all.rows[0]?.n ?? 0 };
    },

    /** The gate of the newest release before this one that was healthy on its target: how its pods are labelled. */
    async healthyBefore(run: Pick<HeldRun, 'targetId' | 'releaseNumber'>): Promise<Gate | undefined> {
      const result = await pool.query<{ gate: Gate | null }>(
        `SELECT x.gate FROM target_run x JOIN release r ON r.id = x.release_id
         WHERE x.target_id = $1 AND r.number < $2 AND x.state = 'healthy' ORDER BY r.number DESC LIMIT 1`,
        [toUuid(run.targetId), run.releaseNumber],
      );
      return result.rows[0]?.gate ?? undefined;
    },

    async uidOf(
      targetId: string,
      object: Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>,
    ): Promise<string | undefined> {
      const result = await pool.query<{ uid: string | null }>(
        `SELECT uid FROM target_object WHERE target_id = $1 AND "group" = $2 AND kind = $3 AND namespace = $4 AND name = $5 AND state <> 'gone'`,
        [toUuid(targetId), object.group, object.kind, object.namespace, object.name],
      );
      return result.rows[0]?.uid ?? undefined;
    },
  };
}

function toHeldRun(row: HeldRow): HeldRun {
  return {
    ...toRun(row),
    // By this process's clock, which may be another than the database's: how long ago is what counts.
    appliedAt: row.applied_ago_ms === null ? undefined : new Date(Date.now() - row.applied_ago_ms),
    fence: row.fence,
    releaseKind: row.release_kind,
    releaseNumber: row.number,
    projectId: fromUuid('prj', row.project_id),
    applicationSlug: row.slug,
    environment: row.environment,
    createdBy: row.created_by,
    actingId: row.acting_id,
    images: Object.fromEntries(Object.entries(row.images).map(([slot, image]) => [slot, image.reference])),
    template: row.template ?? undefined,
  };
}
