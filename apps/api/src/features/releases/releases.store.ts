import type { ReleaseStrategy } from '@quarterdeck/contracts';
import { awaitedFor } from '@quarterdeck/contracts/release-schemas';
import type { Database, Notifier, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { gather } from '../../platform/jobs/gather.ts';
import { tenantCondition, type VisibleScope } from '../access/index.ts';
import { type DeliveryPlaceRow, placeColumns, placeOf, toDeliveryPlace } from '../applications/index.ts';
import { type AwaitedFor, type Awaiting, awaitingConditions } from './awaits-person.ts';
import type { Finding } from './finding.ts';
import { atOnce, outOfReach } from './machine-rows.ts';
import { compareOrder, type ReleaseOrder } from './release-order.ts';
import type {
  Gate,
  Images,
  ObjectRecord,
  ReleaseKind,
  ReleaseRecord,
  ReleaseSource,
  ReleaseState,
  RunRecord,
  RunState,
  StepRecord,
  StoredVerdict,
} from './release-rows.ts';

type ReleaseRow = DeliveryPlaceRow & {
  id: string;
  number: number;
  kind: ReleaseKind;
  state: ReleaseState;
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
  ended_reason: string | null;
  strategy: ReleaseStrategy | null;
  source: ReleaseSource | null;
  freeze_override: { by: string; reason: string; at: string } | null;
  is_automatic: boolean;
  acting_id: string | null;
  rolled_back_by: string | null;
  rolled_back_number: number | null;
  note: string | null;
  started_at: Date | null;
  created_at: Date;
  ended_at: Date | null;
  runs: number;
  healthy: number;
  failed: number;
  standing: number;
  waits_for: 'decision' | 'cluster' | null;
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
  wave: number;
  place: number;
  preflighted: boolean;
  findings: Finding[] | null;
};

/** What runs `x` of a release wait for where none is being worked on: a person at one of them, else clusters that are away. */
const standsFor = `CASE WHEN bool_or(x.state IN ('applying', 'gating', 'pruning')) THEN NULL
  WHEN bool_or(x.state = 'blocked' AND NOT coalesce(x.verdict->>'code', '') IN (${[...outOfReach].map((code) => `'${code}'`).join(', ')})) THEN 'decision'
  WHEN bool_or(x.state = 'blocked') THEN 'cluster' END`;

const select = `SELECT r.*, a.project_id, ${placeColumns}, t.name || ' ' || v.version AS template, b.number AS rollback_number, k.number AS rolled_back_number,
    (SELECT count(*)::int FROM target_run x WHERE x.release_id = r.id) AS runs,
    (SELECT count(*)::int FROM target_run x WHERE x.release_id = r.id AND x.state = 'healthy') AS healthy,
    (SELECT count(*)::int FROM target_run x WHERE x.release_id = r.id AND x.state = 'failed') AS failed,
    (SELECT count(*)::int FROM target_run x JOIN target t ON t.id = x.target_id AND t.state = 'active' WHERE x.release_id = r.id) AS standing,
    CASE WHEN r.state = 'rolling' THEN (SELECT ${standsFor} FROM target_run x WHERE x.release_id = r.id) END AS waits_for
  FROM release r ${placeOf('r')}
  LEFT JOIN template_version v ON v.id = r.template_version_id LEFT JOIN templates_template t ON t.id = v.template_id
  LEFT JOIN release b ON b.id = r.rollback_of LEFT JOIN release k ON k.id = r.rolled_back_by`;

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
  strategy: ReleaseStrategy;
  source?: ReleaseSource | undefined;
  /** Of releases that automation makes: no event goes backwards. */
  order?: ReleaseOrder | undefined;
  /** Made by a rule, not by a person. */
  isAutomatic?: boolean;
  /** Its tags are to become digests first. */
  waitsForImages?: boolean;
  targets: { targetId: string; clusterId: string; namespace: string; wave: number; place: number }[];
  objects: (ObjectRecord & { bytes: string })[];
  /** Objects that alone are written, each with fields of others it takes; absent: all of them, by force none. */
  only?: readonly (Pick<ObjectRecord, 'targetId' | 'seq'> & { takes: readonly string[] })[];
};

export type ReleaseFilter = {
  applicationId?: string | undefined;
  environmentId?: string | undefined;
  states?: readonly string[] | undefined;
  number?: number | undefined;
  q?: string | undefined;
  /** Somebody for whom they wait. */
  awaiting?: Awaiting | undefined;
};

export type ReleasesStore = ReturnType<typeof createReleasesStore>;

/** Releases, their runs, steps and bytes. */
export function createReleasesStore(database: Database) {
  const { keyed: pool } = database;

  const pausedReason = gather(async (releaseIds: readonly string[]) => {
    const paused = await pool.query<{ id: string; paused_reason: string | null }>(
      "SELECT id, paused_reason FROM release WHERE id = ANY($1::uuid[]) AND state = 'paused'",
      [releaseIds.map(toUuid)],
    );
    const reasons = new Map(paused.rows.map(({ id, paused_reason }) => [id, paused_reason ?? 'person']));
    return releaseIds.map((id) => reasons.get(toUuid(id)));
  });

  return {
    async findById(id: string, on: Queryable = pool): Promise<ReleaseRecord | undefined> {
      const result = await on.query<ReleaseRow>(`${select} WHERE r.id = $1`, [toUuid(id)]);
      return result.rows.map(toRelease)[0];
    },

    /** Its id. */
    async findByDedupeKey(
      applicationId: string,
      environmentId: string,
      key: string,
      on: Queryable = pool,
    ): Promise<string | undefined> {
      const result = await on.query<{ id: string }>(
        `SELECT r.id FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
         WHERE ae.application_id = $1 AND ae.environment_id = $2 AND r.dedupe_key = $3`,
        [toUuid(applicationId), toUuid(environmentId), key],
      );
      return result.rows.map(({ id }) => fromUuid('rel', id))[0];
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
      if (filter.awaiting !== undefined)
        where.push(`(${Object.values(awaitingConditions(filter.awaiting, values)).join(' OR ')})`);
      if (filter.q !== undefined && filter.q !== '')
        add(
          (place) => `position(lower(${place}) IN lower(a.slug || ' ' || e.name || ' ' || r.created_by)) > 0`,
          filter.q,
        );
      const total = await database.pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (${select} WHERE ${where.join(' AND ')}) AS matching`,
        values,
      );
      if (after !== undefined) {
        values.push(after.at, toUuid(after.id));
        where.push(`(r.created_at, r.id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
      }
      const result = await database.pool.query<ReleaseRow>(
        `${select} WHERE ${where.join(' AND ')} ORDER BY r.created_at DESC, r.id DESC LIMIT ${limit}`,
        values,
      );
      return { rows: result.rows.map(toRelease), total: total.rows[0]?.n ?? 0 };
    },

    /** What of somebody releases wait for, and in which clusters; of an approval in none. */
    async awaitedOf(
      releaseIds: readonly string[],
      awaiting: Awaiting,
    ): Promise<ReadonlyMap<string, { for: AwaitedFor; clusterIds: string[] }[]>> {
      const values: unknown[] = [releaseIds.map(toUuid)];
      const conditions = awaitingConditions(awaiting, values);
      const clusters = (of: string) =>
        `(SELECT coalesce(array_agg(DISTINCT x.cluster_id), '{}') FROM target_run x WHERE x.release_id = r.id AND EXISTS (${of}))`;
      const result = await database.pool.query<
        Record<AwaitedFor, boolean> & { id: string; decision_in: string[]; leftovers_in: string[] }
      >(
        `SELECT r.id, ${awaitedFor.map((what) => `${conditions[what]} AS ${what}`).join(', ')},
           ${clusters('SELECT FROM run_question q WHERE q.run_id = x.id')} AS decision_in,
           ${clusters('SELECT FROM run_left l WHERE l.run_id = x.id')} AS leftovers_in
         FROM release r ${placeOf('r')} WHERE r.id = ANY($1::uuid[])`,
        values,
      );
      return new Map(
        result.rows.map((row) => {
          const places: Record<AwaitedFor, string[]> = {
            approval: [],
            decision: row.decision_in,
            leftovers: row.leftovers_in,
          };
          return [
            fromUuid('rel', row.id),
            awaitedFor.flatMap((what) =>
              row[what] ? [{ for: what, clusterIds: places[what].map((id) => fromUuid('clu', id)) }] : [],
            ),
          ];
        }),
      );
    },

    /** The environment's row is locked, so two releases get two numbers. */
    async lockEnvironment(
      tx: Transaction,
      applicationId: string,
      environmentId: string,
    ): Promise<{ id: string; next: number }> {
      const locked = await tx.query<{ id: string }>(
        'SELECT id FROM app_environment WHERE application_id = $1 AND environment_id = $2 FOR NO KEY UPDATE',
        [toUuid(applicationId), toUuid(environmentId)],
      );
      const id = locked.rows[0]?.id ?? '';
      const result = await tx.query<{ next: number }>(
        'SELECT coalesce(max(number), 0) + 1 AS next FROM release WHERE app_environment_id = $1',
        [id],
      );
      return { id, next: result.rows[0]?.next ?? 1 };
    },

    /** What speaks against a release that nobody asked for in person. */
    async acceptedBefore(
      tx: Transaction,
      appEnvironmentId: string,
      images: Images,
      order: ReleaseOrder,
    ): Promise<{ newest: string | undefined; seen: number | undefined; rejected: string | undefined }> {
      const bySlot = Object.fromEntries(Object.entries(images).map(([slot, { reference }]) => [slot, reference]));
      const result = await tx.query<{ values: string[] | null; seen: number | null; rejected: string | null }>(
        `SELECT (SELECT array_agg(order_value) FROM release WHERE app_environment_id = $1 AND order_scheme = $2) AS values,
           (SELECT max(number) FROM release WHERE app_environment_id = $1 AND kind = 'deploy'
              AND (SELECT jsonb_object_agg(slot, image->>'reference') FROM jsonb_each(images) AS i (slot, image)) = $3::jsonb) AS seen,
           (SELECT min(reference) FROM rejected_digest WHERE app_environment_id = $1 AND reference = ANY($4::text[])) AS rejected`,
        [appEnvironmentId, order.scheme, JSON.stringify(bySlot), Object.values(bySlot)],
      );
      const row = result.rows[0];
      const newest = (row?.values ?? []).toSorted((a, b) => compareOrder(order.scheme, b, a))[0];
      return { newest, seen: row?.seen ?? undefined, rejected: row?.rejected ?? undefined };
    },

    async insert(tx: Transaction, appEnvironmentId: string, number: number, release: NewRelease): Promise<void> {
      await tx.query(
        `INSERT INTO release (id, app_environment_id, number, kind, state, template_version_id, images, parameters, content_sha256, rollback_of, dedupe_key, note, created_by_id, created_by,
           strategy, source, order_scheme, order_value, is_automatic, preflighted, due_at)
         VALUES ($1, $2, $3, $4, $14, $5, $6::jsonb, $7::jsonb, $8, $9, $10, $11, $12, $13, $15::jsonb, $16::jsonb, $17, $18, $19, $20, now())`,
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
          release.waitsForImages === true ? 'planning' : stateOncePlanned(release.strategy),
          JSON.stringify(release.strategy),
          release.source === undefined ? null : JSON.stringify(release.source),
          release.order?.scheme ?? null,
          release.order?.value ?? null,
          release.isAutomatic ?? false,
          // What goes back, or to one target, is looked at target by target.
          release.kind !== 'deploy' && release.kind !== 'evacuate',
        ],
      );
      wakeWorkers(tx);
      await tx.query(
        `WITH bytes AS (
           INSERT INTO manifest_blob (sha256, bytes) SELECT DISTINCT * FROM unnest($9::text[], $10::text[]) ON CONFLICT DO NOTHING),
         waves AS (
           INSERT INTO wave (release_id, index, spec, state)
           SELECT $1, index - 1, spec, 'pending' FROM jsonb_array_elements($11::jsonb) WITH ORDINALITY AS w (spec, index))
         INSERT INTO release_object (release_id, target_id, seq, "group", version, kind, namespace, name, sha256)
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
          release.objects.map((object) => object.bytes),
          JSON.stringify(release.strategy.waves),
        ],
      );
      await tx.query(
        `WITH run AS (
           INSERT INTO target_run (id, release_id, target_id, cluster_id, namespace, state, wave, place)
           SELECT id, $1, target_id, cluster_id, namespace, 'pending', wave, place
           FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::int[]) AS t (id, target_id, cluster_id, namespace, wave, place)
           RETURNING id, target_id)
         INSERT INTO run_step (run_id, seq, kind, state, takes)
         SELECT run.id, o.seq, CASE WHEN $9::jsonb IS NULL OR c.seq IS NOT NULL THEN $8 ELSE 'leave' END, 'waiting', c.takes
         FROM run JOIN release_object o ON o.release_id = $1 AND o.target_id = run.target_id
         LEFT JOIN jsonb_to_recordset($9::jsonb) AS c (target_id uuid, seq int, takes text[]) ON c.target_id = o.target_id AND c.seq = o.seq`,
        [
          toUuid(release.id),
          release.targets.map(() => toUuid(newId('run'))),
          release.targets.map(({ targetId }) => toUuid(targetId)),
          release.targets.map(({ clusterId }) => toUuid(clusterId)),
          release.targets.map(({ namespace }) => namespace),
          release.targets.map(({ wave }) => wave),
          release.targets.map(({ place }) => place),
          release.kind === 'remove' ? 'delete' : 'apply',
          release.only === undefined
            ? null
            : JSON.stringify(
                release.only.map(({ targetId, ...object }) => ({ ...object, target_id: toUuid(targetId) })),
              ),
        ],
      );
    },

    /** What waited for its registry has its digests, and the bytes with them. False when it waits no more. */
    async putPlanned(
      tx: Transaction,
      release: Pick<ReleaseRecord, 'id' | 'strategy' | 'images' | 'contentSha256'>,
      objects: readonly (ObjectRecord & { bytes: string })[],
    ): Promise<boolean> {
      const planned = await tx.query(
        `UPDATE release SET state = $2, images = $3::jsonb, content_sha256 = $4, due_at = now() WHERE id = $1 AND state = 'planning' RETURNING id`,
        [toUuid(release.id), stateOncePlanned(release.strategy), JSON.stringify(release.images), release.contentSha256],
      );
      if (planned.rows.length === 0) return false;
      wakeWorkers(tx);
      await keepBytes(tx, objects);
      await tx.query(
        `UPDATE release_object o SET sha256 = n.sha256 FROM unnest($2::uuid[], $3::int[], $4::text[]) AS n (target_id, seq, sha256)
         WHERE o.release_id = $1 AND o.target_id = n.target_id AND o.seq = n.seq`,
        [
          toUuid(release.id),
          objects.map(({ targetId }) => toUuid(targetId)),
          objects.map(({ seq }) => seq),
          objects.map(({ sha256 }) => sha256),
        ],
      );
      return true;
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
        takes: string[] | null;
        recreate: string | null;
      }>('SELECT * FROM run_step WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, seq', [runIds.map(toUuid)]);
      return result.rows.map((row) => ({
        runId: fromUuid('run', row.run_id),
        seq: row.seq,
        kind: row.kind,
        state: row.state,
        detail: row.detail ?? undefined,
        uid: row.uid ?? undefined,
        takes: row.takes ?? [],
        recreate: row.recreate ?? undefined,
      }));
    },

    /** Objects of a release with their bytes, in the order they are put out. */
    async objectsOf(
      releaseId: string,
      targetId?: string,
      on: Queryable = pool,
    ): Promise<(ObjectRecord & { bytes: string })[]> {
      const result = await on.query<Omit<ObjectRecord, 'targetId'> & { target_id: string; bytes: string }>(
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

    /** @param which `with-objects`: leaves out removals and what only caught up on some targets */
    async newest(
      applicationId: string,
      environmentId: string,
      which: 'any' | 'with-objects' = 'any',
    ): Promise<ReleaseRecord | undefined> {
      const kinds = which === 'any' ? '' : " AND r.kind IN ('deploy', 'rollback')";
      const result = await pool.query<ReleaseRow>(
        `${select} WHERE a.id = $1 AND e.id = $2${kinds} ORDER BY r.number DESC LIMIT 1`,
        [toUuid(applicationId), toUuid(environmentId)],
      );
      return result.rows.map(toRelease)[0];
    },

    /** Why it is paused; `undefined` when it is not. */
    pausedReason,

    /** False when it is not on its way any more, or paused already. */
    async pause(on: Queryable & Notifier, releaseId: string, reason: string): Promise<boolean> {
      const result = await on.query(
        "UPDATE release SET state = 'paused', paused_reason = $2 WHERE id = $1 AND state = 'rolling' RETURNING id",
        [toUuid(releaseId), reason],
      );
      if (result.rows.length > 0) wakeWorkers(on);
      return result.rows.length > 0;
    },

    /** From now on it runs for this account. */
    async actFor(tx: Transaction, releaseId: string, actingId: string): Promise<void> {
      await tx.query('UPDATE release SET acting_id = $2 WHERE id = $1', [toUuid(releaseId), actingId]);
    },

    /** Per target the newest run that has begun there, and the newest that waits to or failed before (`isAhead`). */
    async latestRuns(targetIds: readonly string[]) {
      const result = await pool.query<{
        is_ahead: boolean;
        target_id: string;
        release_id: string;
        number: number;
        kind: ReleaseKind;
        state: RunState;
        verdict: StoredVerdict | null;
        images: Images;
      }>(
        // What is wide is read of the runs that are left: a sort that carries it costs as much as all else.
        `SELECT newest.target_id, r.id AS release_id, r.number, r.kind, x.state, x.verdict, r.images, newest.is_ahead FROM (
           SELECT DISTINCT ON (x.target_id, w.is_ahead) x.target_id, x.id, w.is_ahead
           FROM target_run x JOIN release r ON r.id = x.release_id,
             LATERAL (SELECT x.state = 'blocked' OR (x.state IN ('pending', 'failed') AND x.started_at IS NULL) AS is_ahead) w
           WHERE x.target_id = ANY($1::uuid[]) AND (w.is_ahead OR x.started_at IS NOT NULL)
           ORDER BY x.target_id, w.is_ahead, r.number DESC) newest
         JOIN target_run x ON x.id = newest.id JOIN release r ON r.id = x.release_id`,
        [targetIds.map(toUuid)],
      );
      return result.rows.map((row) => ({
        isAhead: row.is_ahead,
        targetId: fromUuid('tgt', row.target_id),
        releaseId: fromUuid('rel', row.release_id),
        number: row.number,
        kind: row.kind,
        state: row.state,
        verdict: row.verdict ?? undefined,
        images: row.images,
      }));
    },

    /** Ids of applications with a target whose newest run that began there failed, or where none began and one failed before. */
    async failingApplications(): Promise<string[]> {
      const result = await pool.query<{ application_id: string }>(
        `SELECT DISTINCT ae.application_id FROM target_run x JOIN release r ON r.id = x.release_id
         JOIN app_environment ae ON ae.id = r.app_environment_id
         WHERE x.state = 'failed' AND NOT EXISTS (
           SELECT FROM target_run y JOIN release s ON s.id = y.release_id
           WHERE y.target_id = x.target_id AND (s.number > r.number OR x.started_at IS NULL)
             AND y.started_at IS NOT NULL AND y.state <> 'blocked')`,
      );
      return result.rows.map((row) => fromUuid('app', row.application_id));
    },

    async notify(on: Notifier, releaseId: string): Promise<void> {
      on.notify('quarterdeck_rows', JSON.stringify({ view: 'releases.release', key: releaseId }));
    },

    wakeWorkers,
  };
}

/** Something of a release has changed: whoever works on its runs looks, and whoever tells others of it. */
function wakeWorkers(on: Notifier): void {
  on.notify('quarterdeck_jobs', JSON.stringify({ queue: 'run.execute' }));
}

async function keepBytes(tx: Transaction, objects: readonly { sha256: string; bytes: string }[]): Promise<void> {
  await tx.query(
    'INSERT INTO manifest_blob (sha256, bytes) SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [objects.map((object) => object.sha256), objects.map((object) => object.bytes)],
  );
}

function stateOncePlanned(strategy: ReleaseStrategy): ReleaseState {
  return strategy.approval === undefined ? 'queued' : 'awaiting_approval';
}

function toRelease(row: ReleaseRow): ReleaseRecord {
  return {
    id: fromUuid('rel', row.id),
    number: row.number,
    kind: row.kind,
    state: row.state,
    ...toDeliveryPlace(row),
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
    endedReason: row.ended_reason ?? undefined,
    strategy: row.strategy ?? atOnce,
    source: row.source ?? undefined,
    freezeOverride: row.freeze_override ?? undefined,
    isAutomatic: row.is_automatic,
    actingId: row.acting_id ?? row.created_by_id,
    rolledBackBy:
      row.rolled_back_by === null
        ? undefined
        : { id: fromUuid('rel', row.rolled_back_by), number: row.rolled_back_number ?? 0 },
    note: row.note ?? undefined,
    startedAt: row.started_at ?? undefined,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
    runs: { total: row.runs, healthy: row.healthy, failed: row.failed },
    standing: row.standing,
    waitsFor: row.waits_for ?? undefined,
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
    wave: row.wave,
    place: row.place,
    preflighted: row.preflighted,
    findings: row.findings ?? [],
  };
}
