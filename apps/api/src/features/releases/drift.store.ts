import type { DriftObject } from '@quarterdeck/contracts';
import type { Database, Queryable } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { tenantCondition, type VisibleScope } from '../access/index.ts';
import { placeColumns, placeOf } from '../applications/index.ts';
import type { ObjectRecord, ReleaseKind, RunState } from './release-rows.ts';

type Ref = Pick<ObjectRecord, 'group' | 'kind' | 'namespace' | 'name'>;

/** What a target is compared with: the newest release that wrote there, once it is healthy. */
export type DriftBasis = {
  targetId: string;
  releaseId: string;
  number: number;
  kind: ReleaseKind;
  state: RunState;
  projectId: string;
  /** The database's time when it was asked. */
  at: Date;
};

export type DriftedObject = Ref & {
  drift: DriftObject['drift'];
  isOurs: boolean;
  fields: DriftObject['fields'];
  detail: string | undefined;
};

export type DriftFailure = { code: string; detail: string };

export type DriftRecord = {
  targetId: string;
  releaseId: string | undefined;
  comparedAt: Date | undefined;
  failure: DriftFailure | undefined;
  objects: (DriftedObject & { since: Date })[];
};

export type DriftFilter = {
  cluster?: string | undefined;
  namespace?: string | undefined;
  kind?: string | undefined;
  name?: string | undefined;
};

const leaseSeconds = 60;
/** Everything is looked at this often even when no row of the inventory moves: not every change shows in a row. */
const sweepSeconds = 300;
const retrySeconds = 30;
/** In a while; but what a run that ended meanwhile asked for, after it was taken, stands. */
const laterUnlessAsked = `CASE WHEN due_at >= lease_until - make_interval(secs => ${leaseSeconds}) THEN due_at
  ELSE now() + make_interval(secs => ${retrySeconds}) END`;

/** An object of ours, `o`, where something, `h`, changed. */
const isThat = `o.cluster_id = h.cluster_id AND o."group" = h.api_group AND o.kind = h.kind AND o.namespace = h.namespace AND o.state = 'live'`;

type ObjectRow = Ref & {
  target_id: string;
  drift: DriftObject['drift'];
  is_ours: boolean;
  fields: DriftObject['fields'];
  detail: string | null;
  since: Date;
};

export type DriftStore = ReturnType<typeof createDriftStore>;

/** When targets were compared with what was put there, and what differed. */
export function createDriftStore(database: Database) {
  const { keyed: pool } = database;

  async function bases(targetIds: readonly string[], on: Queryable = pool): Promise<DriftBasis[]> {
    const result = await on.query<{
      target_id: string;
      release_id: string;
      number: number;
      kind: ReleaseKind;
      state: RunState;
      project_id: string;
      at: Date;
    }>(
      `SELECT DISTINCT ON (x.target_id) x.target_id, x.release_id, r.number, r.kind, x.state, a.project_id, clock_timestamp() AS at
       FROM target_run x JOIN release r ON r.id = x.release_id JOIN app_environment ae ON ae.id = r.app_environment_id
       JOIN applications_application a ON a.id = ae.application_id
       WHERE x.target_id = ANY($1::uuid[]) AND x.started_at IS NOT NULL ORDER BY x.target_id, r.number DESC`,
      [targetIds.map(toUuid)],
    );
    return result.rows.map((row) => ({
      targetId: fromUuid('tgt', row.target_id),
      releaseId: fromUuid('rel', row.release_id),
      number: row.number,
      kind: row.kind,
      state: row.state,
      projectId: fromUuid('prj', row.project_id),
      at: row.at,
    }));
  }

  return {
    bases,

    /**
     * Targets one of whose objects changed in the inventory since it was compared are due at once. Of an object that is
     * gone only the kind and the namespace are known.
     * @param since what was looked at before may be left out
     * @returns the database's time, for the next call
     */
    async wakeByChanges(since: Date | undefined): Promise<Date> {
      const now = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      await pool.query(
        `WITH changed AS MATERIALIZED (
           SELECT c.id AS cluster_id, k.api_group, k.kind, k.kind_no, n.name AS namespace, h.id, max(h.at) AS at
           FROM inventory_change h JOIN inventory_kind k ON k.kind_no = h.kind_no
           JOIN inventory_namespace n ON n.ns_no = h.ns_no JOIN clusters_cluster c ON c.number = h.cluster_no
           WHERE h.at > coalesce($1::timestamptz, now() - interval '1 minute')
             AND (k.api_group, k.kind) IN (SELECT "group", kind FROM target_object WHERE state = 'live')
           GROUP BY c.id, k.kind_no, n.ns_no, h.id),
         gone AS (
           SELECT h.cluster_id, h.api_group, h.kind, h.namespace, max(h.at) AS at FROM changed h
           WHERE NOT EXISTS (SELECT FROM inventory_object i WHERE i.kind_no = h.kind_no AND i.id = h.id)
           GROUP BY h.cluster_id, h.api_group, h.kind, h.namespace),
         found AS (
           SELECT o.target_id, h.at FROM changed h JOIN inventory_object i ON i.kind_no = h.kind_no AND i.id = h.id
           JOIN target_object o ON ${isThat} AND o.name = i.name
           UNION ALL
           SELECT o.target_id, h.at FROM gone h JOIN target_object o ON ${isThat})
         UPDATE drift_target d SET due_at = now() FROM (SELECT target_id, max(at) AS at FROM found GROUP BY target_id) AS moved
         WHERE moved.target_id = d.target_id AND moved.at > coalesce(d.compared_at, '-infinity') AND d.due_at > now()`,
        [since ?? null],
      );
      return now.rows[0]?.now ?? new Date();
    },

    /** Takes targets to compare, longest due first; whoever takes one has it for a minute. */
    async take(limit: number): Promise<{ targetId: string; clusterId: string; namespace: string }[]> {
      const result = await pool.query<{ target_id: string; cluster_id: string; namespace: string }>(
        `UPDATE drift_target d SET lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}) FROM target t
         WHERE t.id = d.target_id AND d.target_id IN (
           SELECT target_id FROM drift_target WHERE due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
           ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING d.target_id, t.cluster_id, t.namespace`,
        [limit],
      );
      return result.rows.map((row) => ({
        targetId: fromUuid('tgt', row.target_id),
        clusterId: fromUuid('clu', row.cluster_id),
        namespace: row.namespace,
      }));
    },

    /** Nothing of ours is there any more. */
    async forget(targetId: string): Promise<void> {
      await pool.query('DELETE FROM drift_target WHERE target_id = $1', [toUuid(targetId)]);
    },

    /** Nothing to compare now: a release is under way there, or did not end well. */
    async putOff(targetId: string): Promise<void> {
      await pool.query(
        `UPDATE drift_target SET lease_until = NULL, due_at = ${laterUnlessAsked} WHERE target_id = $1`,
        [toUuid(targetId)],
      );
    },

    /** By our books, the uid of each object on a target. */
    async uidsOf(targetId: string): Promise<(Ref & { uid: string | undefined })[]> {
      const result = await pool.query<Ref & { uid: string | null }>(
        `SELECT "group", kind, namespace, name, uid FROM target_object WHERE target_id = $1 AND state <> 'gone'`,
        [toUuid(targetId)],
      );
      return result.rows.map((row) => ({ ...row, uid: row.uid ?? undefined }));
    },

    /**
     * What a comparison found that began when the basis was asked for. Nothing is kept when a release has begun to write
     * there since. Objects that drifted before keep their age.
     */
    async save(basis: DriftBasis, objects: readonly DriftedObject[]): Promise<boolean> {
      return database.transaction(async (tx) => {
        const id = toUuid(basis.targetId);
        await tx.query('INSERT INTO drift_target (target_id) VALUES ($1) ON CONFLICT DO NOTHING', [id]);
        await tx.query('SELECT FROM drift_target WHERE target_id = $1 FOR UPDATE', [id]);
        const [now] = await bases([basis.targetId], tx);
        if (now?.releaseId !== basis.releaseId || now.state !== basis.state) {
          await tx.query('UPDATE drift_target SET lease_until = NULL WHERE target_id = $1', [id]);
          return false;
        }
        await tx.query(
          `UPDATE drift_target SET lease_until = NULL, release_id = $2, compared_at = $3, failed_at = NULL, failure = NULL,
             due_at = now() + make_interval(secs => ${sweepSeconds} * (0.9 + 0.2 * random())) WHERE target_id = $1`,
          [id, toUuid(basis.releaseId), basis.at],
        );
        const found = JSON.stringify(
          objects.map(({ group, kind, namespace, name, drift, isOurs, fields, detail }) => ({
            group,
            kind,
            namespace,
            name,
            drift,
            is_ours: isOurs,
            fields,
            detail,
          })),
        );
        await tx.query(
          `DELETE FROM drift_object d WHERE d.target_id = $1 AND NOT EXISTS (
             SELECT FROM jsonb_to_recordset($2::jsonb) AS f ("group" text, kind text, namespace text, name text)
             WHERE f."group" = d."group" AND f.kind = d.kind AND f.namespace = d.namespace AND f.name = d.name)`,
          [id, found],
        );
        await tx.query(
          `INSERT INTO drift_object AS d (target_id, "group", kind, namespace, name, drift, is_ours, fields, detail)
           SELECT $1, f."group", f.kind, f.namespace, f.name, f.drift, f.is_ours, f.fields, f.detail FROM jsonb_to_recordset($2::jsonb)
             AS f ("group" text, kind text, namespace text, name text, drift text, is_ours boolean, fields jsonb, detail text)
           ON CONFLICT (target_id, "group", kind, namespace, name) DO UPDATE SET drift = excluded.drift, is_ours = excluded.is_ours,
             fields = excluded.fields, detail = excluded.detail`,
          [id, found],
        );
        return true;
      });
    },

    /** It could not be compared; what was known stays, with its age. */
    async fail(targetId: string, failure: DriftFailure): Promise<void> {
      await pool.query(
        `UPDATE drift_target SET lease_until = NULL, failed_at = coalesce(failed_at, now()), failure = $2::jsonb,
           due_at = ${laterUnlessAsked} WHERE target_id = $1`,
        [toUuid(targetId), JSON.stringify(failure)],
      );
    },

    async of(targetIds: readonly string[]): Promise<DriftRecord[]> {
      const ids = targetIds.map(toUuid);
      const [targets, objects] = await Promise.all([
        pool.query<{
          target_id: string;
          release_id: string | null;
          compared_at: Date | null;
          failure: DriftFailure | null;
        }>('SELECT * FROM drift_target WHERE target_id = ANY($1::uuid[])', [ids]),
        pool.query<ObjectRow>(
          'SELECT * FROM drift_object WHERE target_id = ANY($1::uuid[]) ORDER BY since, kind, name',
          [ids],
        ),
      ]);
      const ofTarget = Map.groupBy(objects.rows, ({ target_id }) => target_id);
      return targets.rows.map((row) => ({
        targetId: fromUuid('tgt', row.target_id),
        releaseId: row.release_id === null ? undefined : fromUuid('rel', row.release_id),
        comparedAt: row.compared_at ?? undefined,
        failure: row.failure ?? undefined,
        objects: (ofTarget.get(row.target_id) ?? []).map(toObject),
      }));
    },

    /** Of all targets in a scope, longest drifted first. */
    async list(visible: VisibleScope, filter: DriftFilter, limit: number) {
      const values: unknown[] = [];
      const where = [tenantCondition(visible, { project: 'a.project_id', environment: 'ae.environment_id' }, values)];
      for (const [column, value] of [
        ['c.slug', filter.cluster],
        ['d.namespace', filter.namespace],
        ['d.kind', filter.kind],
        ['d.name', filter.name],
      ] as const) {
        if (value === undefined) continue;
        values.push(value);
        where.push(`${column} = $${values.length}`);
      }
      const result = await database.pool.query<
        ObjectRow & {
          cluster_id: string;
          cluster: string;
          environment_id: string;
          environment: string;
          application_id: string;
          application: string;
          project: string;
          release_id: string | null;
          number: number | null;
        }
      >(
        `SELECT d.*, t.cluster_id, c.slug AS cluster, ${placeColumns}, r.id AS release_id, r.number
         FROM drift_object d JOIN drift_target dt ON dt.target_id = d.target_id JOIN target t ON t.id = d.target_id
         JOIN clusters_cluster c ON c.id = t.cluster_id ${placeOf('t')} LEFT JOIN release r ON r.id = dt.release_id
         WHERE ${where.join(' AND ')} ORDER BY d.since, d.name LIMIT ${limit}`,
        values,
      );
      return result.rows.map((row) => ({
        ...toObject(row),
        targetId: fromUuid('tgt', row.target_id),
        clusterId: fromUuid('clu', row.cluster_id),
        cluster: row.cluster,
        environmentId: fromUuid('env', row.environment_id),
        environment: row.environment,
        applicationId: fromUuid('app', row.application_id),
        application: row.application,
        project: row.project,
        release: row.release_id === null ? undefined : { id: fromUuid('rel', row.release_id), number: row.number ?? 0 },
      }));
    },
  };
}

function toObject(row: ObjectRow): DriftedObject & { since: Date } {
  return {
    group: row.group,
    kind: row.kind,
    namespace: row.namespace,
    name: row.name,
    drift: row.drift,
    isOurs: row.is_ours,
    fields: row.fields,
    detail: row.detail ?? undefined,
    since: row.since,
  };
}
