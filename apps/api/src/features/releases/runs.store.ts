import type { Database } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
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

const leaseSeconds = 8;
/** A request under way when a lease ended may still land for as long as a request may last. */
const graceSeconds = 8;

/** A run without a lease, or one that ended a request's time ago. */
const nobodyHas = `(x.lease_until IS NULL OR x.lease_until < clock_timestamp() - make_interval(secs => ${graceSeconds}))`;

type HeldRow = Parameters<typeof toRun>[0] & {
  fence: string;
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

export type RunsStore = ReturnType<typeof createRunsStore>;

/** Runs as a worker holds them: every write names the fence, and tells at once when it is lost. */
export function createRunsStore(database: Database) {
  const { pool } = database;
  type Held = { id: string; fence: string };

  async function fenced(run: Held, set: string, values: readonly unknown[] = []): Promise<boolean> {
    const result = await pool.query(
      `UPDATE target_run SET ${set} WHERE id = $1 AND fence = $2 AND lease_until > clock_timestamp() RETURNING id`,
      [toUuid(run.id), run.fence, ...values],
    );
    return result.rowCount === 1;
  }

  /** @param choose the ids, locked; `$1` is the owner */
  async function take(owner: string, choose: string, values: readonly unknown[]): Promise<HeldRun[]> {
    const taken = await pool.query<{ id: string }>(
      `UPDATE target_run SET lease_owner = $1, lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}), fence = fence + 1
       WHERE id IN (${choose}) RETURNING id`,
      [owner, ...values],
    );
    if (taken.rows.length === 0) return [];
    const held = await pool.query<HeldRow>(
      `SELECT x.*, r.kind AS release_kind, r.number, r.created_by, coalesce(r.acting_id, r.created_by_id) AS acting_id, r.images, t.name AS template, a.project_id, a.slug, e.name AS environment
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
           WHERE (x.state = 'pending' AND r.state = 'rolling' OR x.state IN ('applying', 'pruning') AND r.state <> 'paused') AND ${nobodyHas}
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
        `SELECT x.id FROM target_run x JOIN release r ON r.id = x.release_id WHERE x.state = 'gating' AND r.state <> 'paused'
           AND ${nobodyHas} ORDER BY x.id LIMIT $2 FOR UPDATE OF x SKIP LOCKED`,
        [limit],
      );
    },

    renew: (run: Held) => fenced(run, `lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})`),
    async isAborted(run: { releaseId: string }): Promise<boolean> {
      const result = await pool.query("SELECT FROM release WHERE id = $1 AND state = 'aborted'", [
        toUuid(run.releaseId),
      ]);
      return result.rowCount === 1;
    },
    release: (run: Held) => fenced(run, 'lease_until = NULL'),

    start: (run: Held, state: 'applying' | 'pruning') =>
      fenced(run, 'state = $3, started_at = coalesce(started_at, now())', [state]),
    openGate: (run: Held, gate: Gate) =>
      fenced(run, "state = 'gating', gate = $3::jsonb, applied_at = now()", [JSON.stringify(gate)]),
    updateGate: (run: Held, gate: Gate) => fenced(run, 'gate = $3::jsonb', [JSON.stringify(gate)]),
    end: (
      run: Held,
      state: Extract<RunState, 'healthy' | 'failed' | 'cancelled'>,
      verdict: StoredVerdict | undefined,
    ) =>
      fenced(run, 'state = $3, verdict = $4::jsonb, ended_at = now()', [
        state,
        verdict === undefined ? null : JSON.stringify(verdict),
      ]),

    async putStep(run: Held, seq: number, state: StepRecord['state'], detail?: string, uid?: string): Promise<boolean> {
      const result = await pool.query(
        `UPDATE run_step s SET state = $4, detail = $5, uid = coalesce($6, s.uid) FROM target_run x
         WHERE s.run_id = x.id AND x.id = $1 AND x.fence = $2 AND x.lease_until > clock_timestamp() AND s.seq = $3 RETURNING s.seq`,
        [toUuid(run.id), run.fence, seq, state, detail ?? null, uid ?? null],
      );
      return result.rowCount === 1;
    },

    /**
     * Before a write: the object is ours to make. The row comes first, so that a write whose answer was lost is known.
     * @returns `taken` when another target owns it, `lost` when the fence is gone
     */
    async intend(run: HeldRun, object: ObjectRecord): Promise<'ours' | 'taken' | 'lost'> {
      try {
        const result = await pool.query(
          `INSERT INTO target_object AS o (target_id, cluster_id, "group", version, kind, namespace, name, state, release_id, sha256)
           SELECT $3, $4, $5, $6, $7, $8, $9, 'intended', $10, $11 FROM target_run x
           WHERE x.id = $1 AND x.fence = $2 AND x.lease_until > clock_timestamp()
           ON CONFLICT (target_id, "group", kind, namespace, name) DO UPDATE SET version = excluded.version,
             state = CASE WHEN o.state = 'gone' THEN 'intended' ELSE o.state END, release_id = excluded.release_id, sha256 = excluded.sha256,
             uid = CASE WHEN o.state = 'gone' THEN NULL ELSE o.uid END
           RETURNING name`,
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
        return result.rowCount === 1 ? 'ours' : 'lost';
      } catch (error) {
        if (error instanceof Error && 'constraint' in error && error.constraint === 'target_object_one_owner')
          return 'taken';
        throw error;
      }
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

    /** When every run has ended, so has the release: one statement, so that two workers cannot both miss it. */
    async settle(releaseId: string): Promise<void> {
      await pool.query(
        `UPDATE release r SET ended_at = now(), state = CASE
             WHEN n.failed = 0 AND n.cancelled = 0 THEN 'succeeded' WHEN n.healthy > 0 THEN 'partial' WHEN n.failed > 0 THEN 'failed' ELSE 'aborted' END
         FROM (SELECT count(*) FILTER (WHERE state IN ('pending', 'applying', 'gating', 'blocked', 'pruning')) AS open,
             count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
             count(*) FILTER (WHERE state = 'healthy') AS healthy FROM target_run WHERE release_id = $1) AS n
         WHERE r.id = $1 AND r.state = 'rolling' AND n.open = 0`,
        [toUuid(releaseId)],
      );
    },
  };
}

function toHeldRun(row: HeldRow): HeldRun {
  return {
    ...toRun(row),
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
