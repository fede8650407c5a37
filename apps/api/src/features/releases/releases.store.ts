import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { tenantCondition, type VisibleScope } from '../access/index.ts';
import type {
  Gate,
  Images,
  ObjectRecord,
  ReleaseKind,
  ReleaseRecord,
  ReleaseState,
  RunRecord,
  RunState,
  StepRecord,
  StoredVerdict,
} from './release-rows.ts';

type ReleaseRow = {
  id: string;
  number: number;
  kind: ReleaseKind;
  state: ReleaseState;
  application_id: string;
  application: string;
  project_id: string;
  project: string;
  environment_id: string;
  environment: string;
  template_version_id: string | null;
  template: string | null;
  images: Images;
  parameters: Record<string, unknown>;
  content_sha256: string;
  rollback_of: string | null;
  rollback_number: number | null;
  created_by_id: string;
  created_by: string;
  paused_reason: string | null;
  created_at: Date;
  ended_at: Date | null;
  runs: number;
  healthy: number;
  failed: number;
};

type RunRow = {
  id: string;
  release_id: string;
  target_id: string;
  cluster_id: string;
  namespace: string;
  state: RunState;
  attempt: number;
  gate: Gate | null;
  verdict: StoredVerdict | null;
  started_at: Date | null;
  applied_at: Date | null;
  ended_at: Date | null;
};

const select = `SELECT r.*, a.id AS application_id, a.slug AS application, p.id AS project_id, p.slug AS project, e.id AS environment_id,
    e.name AS environment, t.name || ' ' || v.version AS template, b.number AS rollback_number,
    (SELECT count(*)::int FROM target_run x WHERE x.release_id = r.id) AS runs,
    (SELECT count(*)::int FROM target_run x WHERE x.release_id = r.id AND x.state = 'healthy') AS healthy,
    (SELECT count(*)::int FROM target_run x WHERE x.release_id = r.id AND x.state = 'failed') AS failed
  FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
  JOIN applications_application a ON a.id = ae.application_id JOIN access_project p ON p.id = a.project_id
  JOIN access_environment e ON e.id = ae.environment_id
  LEFT JOIN template_version v ON v.id = r.template_version_id LEFT JOIN templates_template t ON t.id = v.template_id
  LEFT JOIN release b ON b.id = r.rollback_of`;

export type NewRelease = {
  id: string;
  applicationId: string;
  environmentId: string;
  kind: ReleaseKind;
  templateVersionId: string | undefined;
  images: Images;
  parameters: Record<string, unknown>;
  contentSha256: string;
  rollbackOf: string | undefined;
  dedupeKey: string;
  note: string | undefined;
  createdById: string;
  createdBy: string;
  targets: { targetId: string; clusterId: string; namespace: string }[];
  objects: (ObjectRecord & { bytes: string })[];
};

export type ReleaseFilter = {
  applicationId?: string | undefined;
  environmentId?: string | undefined;
  states?: readonly string[] | undefined;
  number?: number | undefined;
  q?: string | undefined;
};

export type ReleasesStore = ReturnType<typeof createReleasesStore>;

/** Releases, their runs, steps and bytes. */
export function createReleasesStore(database: Database) {
  const { pool } = database;
  return {
    async findById(id: string, on: Queryable = pool): Promise<ReleaseRecord | undefined> {
      const result = await on.query<ReleaseRow>(`${select} WHERE r.id = $1`, [toUuid(id)]);
      return result.rows.map(toRelease)[0];
    },

    async findByDedupeKey(
      applicationId: string,
      environmentId: string,
      key: string,
    ): Promise<ReleaseRecord | undefined> {
      const result = await pool.query<ReleaseRow>(`${select} WHERE a.id = $1 AND e.id = $2 AND r.dedupe_key = $3`, [
        toUuid(applicationId),
        toUuid(environmentId),
        key,
      ]);
      return result.rows.map(toRelease)[0];
    },

    async page(
      visible: VisibleScope,
      filter: ReleaseFilter,
      after: { at: string; id: string } | undefined,
      limit: number,
    ): Promise<{ rows: ReleaseRecord[]; total: number }> {
      const values: unknown[] = [];
      const where = ['true'];
      function add(sql: (place: string) => string, value: unknown): void {
        values.push(value);
        where.push(sql(`$${values.length}`));
      }
      where.push(tenantCondition(visible, { project: 'p.id', environment: 'e.id' }, values));
      if (filter.applicationId !== undefined) add((place) => `a.id = ${place}`, toUuid(filter.applicationId));
      if (filter.environmentId !== undefined) add((place) => `e.id = ${place}`, toUuid(filter.environmentId));
      if (filter.states !== undefined) add((place) => `r.state = ANY(${place}::text[])`, filter.states);
      if (filter.number !== undefined) add((place) => `r.number = ${place}`, filter.number);
      if (filter.q !== undefined && filter.q !== '')
        add(
          (place) => `position(lower(${place}) IN lower(a.slug || ' ' || e.name || ' ' || r.created_by)) > 0`,
          filter.q,
        );
      const total = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (${select} WHERE ${where.join(' AND ')}) AS matching`,
        values,
      );
      if (after !== undefined) {
        values.push(after.at, toUuid(after.id));
        where.push(`(r.created_at, r.id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
      }
      const result = await pool.query<ReleaseRow>(
        `${select} WHERE ${where.join(' AND ')} ORDER BY r.created_at DESC, r.id DESC LIMIT ${limit}`,
        values,
      );
      return { rows: result.rows.map(toRelease), total: total.rows[0]?.n ?? 0 };
    },

    /** The environment's row is locked, so two releases get two numbers and one of them is refused. */
    async lockEnvironment(
      tx: Transaction,
      applicationId: string,
      environmentId: string,
    ): Promise<{ id: string; next: number; rolling: number | undefined }> {
      const locked = await tx.query<{ id: string }>(
        'SELECT id FROM app_environment WHERE application_id = $1 AND environment_id = $2 FOR UPDATE',
        [toUuid(applicationId), toUuid(environmentId)],
      );
      const id = locked.rows[0]?.id ?? '';
      const result = await tx.query<{ next: number; rolling: number | null }>(
        `SELECT coalesce(max(number), 0) + 1 AS next, max(number) FILTER (WHERE state IN ('rolling', 'paused')) AS rolling FROM release WHERE app_environment_id = $1`,
        [id],
      );
      return { id, next: result.rows[0]?.next ?? 1, rolling: result.rows[0]?.rolling ?? undefined };
    },

    async insert(tx: Transaction, appEnvironmentId: string, number: number, release: NewRelease): Promise<void> {
      await tx.query(
        `INSERT INTO release (id, app_environment_id, number, kind, state, template_version_id, images, parameters, content_sha256, rollback_of, dedupe_key, note, created_by_id, created_by)
         VALUES ($1, $2, $3, $4, 'rolling', $5, $6::jsonb, $7::jsonb, $8, $9, $10, $11, $12, $13)`,
        [
          toUuid(release.id),
          appEnvironmentId,
          number,
          release.kind,
          release.templateVersionId === undefined ? null : toUuid(release.templateVersionId),
          JSON.stringify(release.images),
          JSON.stringify(release.parameters),
          release.contentSha256,
          release.rollbackOf === undefined ? null : toUuid(release.rollbackOf),
          release.dedupeKey,
          release.note ?? null,
          release.createdById,
          release.createdBy,
        ],
      );
      await tx.query(
        'INSERT INTO manifest_blob (sha256, bytes) SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
        [release.objects.map((object) => object.sha256), release.objects.map((object) => object.bytes)],
      );
      await tx.query(
        `INSERT INTO release_object (release_id, target_id, seq, "group", version, kind, namespace, name, sha256)
         SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])`,
        [
          toUuid(release.id),
          release.objects.map((object) => toUuid(object.targetId)),
          release.objects.map((object) => object.seq),
          release.objects.map((object) => object.group),
          release.objects.map((object) => object.version),
          release.objects.map((object) => object.kind),
          release.objects.map((object) => object.namespace),
          release.objects.map((object) => object.name),
          release.objects.map((object) => object.sha256),
        ],
      );
      await tx.query(
        `INSERT INTO wave (release_id, index, spec, state) VALUES ($1, 0, '{"name": "all", "select": {"rest": true}}', 'running')`,
        [toUuid(release.id)],
      );
      for (const target of release.targets) {
        const runId = toUuid(newId('run'));
        await tx.query(
          "INSERT INTO target_run (id, release_id, target_id, cluster_id, namespace, state) VALUES ($1, $2, $3, $4, $5, 'pending')",
          [runId, toUuid(release.id), toUuid(target.targetId), toUuid(target.clusterId), target.namespace],
        );
        await tx.query(
          `INSERT INTO run_step (run_id, seq, kind, state) SELECT $1, seq, $3, 'waiting' FROM release_object WHERE release_id = $2 AND target_id = $4`,
          [runId, toUuid(release.id), release.kind === 'remove' ? 'delete' : 'apply', toUuid(target.targetId)],
        );
      }
    },

    async runsOf(releaseId: string, on: Queryable = pool): Promise<RunRecord[]> {
      const result = await on.query<RunRow>(
        'SELECT * FROM target_run WHERE release_id = $1 ORDER BY cluster_id, namespace',
        [toUuid(releaseId)],
      );
      return result.rows.map(toRun);
    },

    async stepsOf(runIds: readonly string[]): Promise<StepRecord[]> {
      const result = await pool.query<{
        run_id: string;
        seq: number;
        kind: StepRecord['kind'];
        state: StepRecord['state'];
        detail: string | null;
        uid: string | null;
      }>('SELECT * FROM run_step WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, seq', [runIds.map(toUuid)]);
      return result.rows.map((row) => ({
        runId: fromUuid('run', row.run_id),
        seq: row.seq,
        kind: row.kind,
        state: row.state,
        detail: row.detail ?? undefined,
        uid: row.uid ?? undefined,
      }));
    },

    /** Objects of a release with their bytes, in the order they are put out. */
    async objectsOf(releaseId: string, targetId?: string): Promise<(ObjectRecord & { bytes: string })[]> {
      const result = await pool.query<Omit<ObjectRecord, 'targetId'> & { target_id: string; bytes: string }>(
        `SELECT o.target_id, o.seq, o."group", o.version, o.kind, o.namespace, o.name, o.sha256, b.bytes
         FROM release_object o JOIN manifest_blob b ON b.sha256 = o.sha256
         WHERE o.release_id = $1 AND ($2::uuid IS NULL OR o.target_id = $2::uuid) ORDER BY o.target_id, o.seq`,
        [toUuid(releaseId), targetId === undefined ? null : toUuid(targetId)],
      );
      return result.rows.map(({ target_id, ...row }) => ({ targetId: fromUuid('tgt', target_id), ...row }));
    },

    /** What is on a target, or may be, by our own books. */
    async liveObjects(
      targetIds: readonly string[],
    ): Promise<(ObjectRecord & { bytes: string; uid: string | undefined; clusterId: string })[]> {
      const result = await pool.query<
        Omit<ObjectRecord, 'targetId' | 'seq'> & {
          target_id: string;
          cluster_id: string;
          uid: string | null;
          bytes: string;
        }
      >(
        `SELECT o.*, b.bytes FROM target_object o JOIN manifest_blob b ON b.sha256 = o.sha256
         WHERE o.target_id = ANY($1::uuid[]) AND o.state <> 'gone' ORDER BY o.target_id, o.kind, o.name`,
        [targetIds.map(toUuid)],
      );
      return result.rows.map((row, index) => ({
        targetId: fromUuid('tgt', row.target_id),
        clusterId: fromUuid('clu', row.cluster_id),
        seq: index,
        group: row.group,
        version: row.version,
        kind: row.kind,
        namespace: row.namespace,
        name: row.name,
        sha256: row.sha256,
        uid: row.uid ?? undefined,
        bytes: row.bytes,
      }));
    },

    async setState(on: Queryable, releaseId: string, state: ReleaseState): Promise<void> {
      const isOver = !['planning', 'queued', 'rolling', 'paused'].includes(state);
      await on.query('UPDATE release SET state = $2, ended_at = CASE WHEN $3 THEN now() END WHERE id = $1', [
        toUuid(releaseId),
        state,
        isOver,
      ]);
    },

    async newest(applicationId: string, environmentId: string): Promise<ReleaseRecord | undefined> {
      const result = await pool.query<ReleaseRow>(
        `${select} WHERE a.id = $1 AND e.id = $2 ORDER BY r.number DESC LIMIT 1`,
        [toUuid(applicationId), toUuid(environmentId)],
      );
      return result.rows.map(toRelease)[0];
    },

    async isPaused(releaseId: string): Promise<boolean> {
      const result = await pool.query("SELECT FROM release WHERE id = $1 AND state = 'paused'", [toUuid(releaseId)]);
      return result.rowCount !== 0;
    },

    /** False when it is not on its way any more, or paused already. */
    async pause(on: Queryable, releaseId: string, reason: string): Promise<boolean> {
      const result = await on.query(
        "UPDATE release SET state = 'paused', paused_reason = $2 WHERE id = $1 AND state = 'rolling' RETURNING id",
        [toUuid(releaseId), reason],
      );
      return result.rows.length > 0;
    },

    /** Goes on where it stopped, for this account from now on. False when it is not paused. */
    async resume(tx: Transaction, releaseId: string, actingId: string): Promise<boolean> {
      const result = await tx.query(
        `UPDATE release SET state = 'rolling', paused_reason = NULL, acting_id = $2
         WHERE id = $1 AND state = 'paused' RETURNING id`,
        [toUuid(releaseId), actingId],
      );
      return result.rows.length > 0;
    },

    /** Runs that have not started go; those in flight end by themselves. */
    async cancelPending(tx: Transaction, releaseId: string): Promise<void> {
      await tx.query(
        "UPDATE target_run SET state = 'cancelled', ended_at = now() WHERE release_id = $1 AND state = 'pending'",
        [toUuid(releaseId)],
      );
    },

    /** A failed run starts again with the same bytes; steps that succeeded stay done. */
    async resetRun(tx: Transaction, releaseId: string, targetId: string): Promise<boolean> {
      const result = await tx.query<{ id: string }>(
        `UPDATE target_run SET state = 'pending', attempt = attempt + 1, verdict = NULL, gate = NULL, ended_at = NULL, applied_at = NULL, lease_until = NULL
         WHERE release_id = $1 AND target_id = $2 AND state IN ('failed', 'deferred', 'cancelled') RETURNING id`,
        [toUuid(releaseId), toUuid(targetId)],
      );
      const id = result.rows[0]?.id;
      if (id === undefined) return false;
      await tx.query("UPDATE run_step SET state = 'waiting', detail = NULL WHERE run_id = $1 AND state <> 'deleted'", [
        id,
      ]);
      return true;
    },

    /** Newest run per target, with what it put there. */
    async latestRuns(targetIds: readonly string[]) {
      const result = await pool.query<{
        target_id: string;
        release_id: string;
        number: number;
        kind: ReleaseKind;
        state: RunState;
        verdict: StoredVerdict | null;
        images: Images;
      }>(
        `SELECT DISTINCT ON (x.target_id) x.target_id, r.id AS release_id, r.number, r.kind, x.state, x.verdict, r.images
         FROM target_run x JOIN release r ON r.id = x.release_id WHERE x.target_id = ANY($1::uuid[]) ORDER BY x.target_id, r.number DESC`,
        [targetIds.map(toUuid)],
      );
      return result.rows.map((row) => ({
        targetId: fromUuid('tgt', row.target_id),
        releaseId: fromUuid('rel', row.release_id),
        number: row.number,
        kind: row.kind,
        state: row.state,
        verdict: row.verdict ?? undefined,
        images: row.images,
      }));
    },

    async notify(on: Queryable, releaseId: string): Promise<void> {
      await on.query("SELECT pg_notify('quarterdeck_rows', $1)", [
        JSON.stringify({ view: 'releases.release', key: releaseId }),
      ]);
    },

    async wakeWorkers(on: Queryable): Promise<void> {
      await on.query("SELECT pg_notify('quarterdeck_jobs', $1)", [JSON.stringify({ queue: 'run.execute' })]);
    },
  };
}

function toRelease(row: ReleaseRow): ReleaseRecord {
  return {
    id: fromUuid('rel', row.id),
    number: row.number,
    kind: row.kind,
    state: row.state,
    applicationId: fromUuid('app', row.application_id),
    application: row.application,
    projectId: fromUuid('prj', row.project_id),
    project: row.project,
    environmentId: fromUuid('env', row.environment_id),
    environment: row.environment,
    templateVersionId: row.template_version_id === null ? undefined : fromUuid('tpv', row.template_version_id),
    template: row.template ?? undefined,
    images: row.images,
    parameters: row.parameters,
    contentSha256: row.content_sha256,
    rollbackOf:
      row.rollback_of === null ? undefined : { id: fromUuid('rel', row.rollback_of), number: row.rollback_number ?? 0 },
    createdById: row.created_by_id,
    createdBy: row.created_by,
    pausedReason: row.paused_reason ?? undefined,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
    runs: { total: row.runs, healthy: row.healthy, failed: row.failed },
  };
}

export function toRun(row: RunRow): RunRecord {
  return {
    id: fromUuid('run', row.id),
    releaseId: fromUuid('rel', row.release_id),
    targetId: fromUuid('tgt', row.target_id),
    clusterId: fromUuid('clu', row.cluster_id),
    namespace: row.namespace,
    state: row.state,
    attempt: row.attempt,
    gate: row.gate ?? undefined,
    verdict: row.verdict ?? undefined,
    startedAt: row.started_at ?? undefined,
    appliedAt: row.applied_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}
