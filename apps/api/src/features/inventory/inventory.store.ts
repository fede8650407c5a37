import type { Database } from '@quarterdeck/database';
import {
  type EventRow,
  kindNumbers,
  type ListedPlural,
  type ObjectRow,
  rowColumns,
  type WatchedPlural,
} from './object-rows.ts';

/** The right to write a cluster's rows: whoever holds the newest epoch and a live lease. */
export type Fence = { clusterNo: number; epoch: string };

export type StreamState = 'syncing' | 'streaming' | 'stale' | 'forbidden' | 'capped';

export type InventoryStore = ReturnType<typeof createInventoryStore>;

/** Joined by every write: an owner that was paused past its lease, or replaced, writes nothing. */
const fenced = `fence AS MATERIALIZED (
  SELECT cluster_no FROM inventory_head WHERE cluster_no = $1 AND epoch = $2 AND lease_until > clock_timestamp() FOR UPDATE)`;

const raised = `head AS (UPDATE inventory_head h SET rev = h.rev + 1 FROM fence f WHERE h.cluster_no = f.cluster_no
  AND EXISTS (SELECT FROM changed) RETURNING h.cluster_no, h.rev)`;

const recorded = `recorded AS (INSERT INTO inventory_change (cluster_no, rev, kind_no, id, ns_no, op)
  SELECT head.cluster_no, head.rev, $3, changed.id, changed.ns_no, changed.op FROM changed, head RETURNING 1)`;

const told = `SELECT (SELECT count(*)::int FROM changed) AS changed, EXISTS (SELECT FROM fence) AS held,
  (SELECT pg_notify('quarterdeck_inventory', json_build_object('cluster', cluster_no, 'rev', rev)::text) FROM head)`;

/** Rows of objects, their changes, and the state of each watch. Each write is one statement under the fence. */
export function createInventoryStore(database: Database) {
  const { pool } = database;

  /** False when the fence is lost: the caller must stop watching. */
  async function write(sql: string, values: readonly unknown[]): Promise<{ held: boolean; changed: number }> {
    const result = await pool.query<{ held: boolean; changed: number }>(sql, values);
    const row = result.rows[0];
    return { held: row?.held ?? false, changed: row?.changed ?? 0 };
  }

  return {
    async ensureHeads(clusterNos: readonly number[]): Promise<void> {
      await pool.query('INSERT INTO inventory_head (cluster_no) SELECT unnest($1::int[]) ON CONFLICT DO NOTHING', [
        clusterNos,
      ]);
    },

    /** Takes up to `limit` clusters nobody holds; each with an epoch of its own. */
    async takeHeads(
      owner: string,
      clusterNos: readonly number[],
      limit: number,
      leaseSeconds: number,
    ): Promise<Fence[]> {
      const result = await pool.query<{ cluster_no: number; epoch: string }>(
        `UPDATE inventory_head SET owner = $1, epoch = epoch + 1, lease_until = clock_timestamp() + make_interval(secs => $4)
         WHERE cluster_no IN (SELECT cluster_no FROM inventory_head WHERE cluster_no = ANY($2::int[])
           AND (lease_until IS NULL OR lease_until < clock_timestamp()) ORDER BY cluster_no LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING cluster_no, epoch`,
        [owner, clusterNos, limit, leaseSeconds],
      );
      return result.rows.map((row) => ({ clusterNo: row.cluster_no, epoch: row.epoch }));
    },

    /** Extends the leases still held; gives the clusters that are. */
    async renewHeads(fences: readonly Fence[], leaseSeconds: number): Promise<Set<number>> {
      const result = await pool.query<{ cluster_no: number }>(
        `UPDATE inventory_head h SET lease_until = clock_timestamp() + make_interval(secs => $3)
         FROM unnest($1::int[], $2::bigint[]) AS mine(cluster_no, epoch)
         WHERE h.cluster_no = mine.cluster_no AND h.epoch = mine.epoch AND h.lease_until > clock_timestamp() RETURNING h.cluster_no`,
        [fences.map((fence) => fence.clusterNo), fences.map((fence) => fence.epoch), leaseSeconds],
      );
      return new Set(result.rows.map((row) => row.cluster_no));
    },

    async releaseHead(fence: Fence): Promise<void> {
      await pool.query(
        'UPDATE inventory_head SET lease_until = NULL, owner = NULL WHERE cluster_no = $1 AND epoch = $2',
        [fence.clusterNo, fence.epoch],
      );
    },

    async streamsOf(
      clusterNo: number,
    ): Promise<Map<WatchedPlural, { resourceVersion: string | undefined; state: StreamState }>> {
      const result = await pool.query<{ kind_no: number; resource_version: string | null; state: StreamState }>(
        'SELECT kind_no, resource_version, state FROM inventory_stream WHERE cluster_no = $1',
        [clusterNo],
      );
      const plurals = Object.entries(kindNumbers) as [WatchedPlural, number][];
      return new Map(
        result.rows.flatMap((row) => {
          const plural = plurals.find(([, number]) => number === row.kind_no)?.[0];
          return plural === undefined
            ? []
            : [[plural, { resourceVersion: row.resource_version ?? undefined, state: row.state }] as const];
        }),
      );
    },

    /** Names of namespaces get numbers ahead of the rows; harmless without the fence. */
    async ensureNamespaces(clusterNo: number, names: readonly string[]): Promise<void> {
      await pool.query(
        // Anti-join first: a conflict would use up a number each time.
        `INSERT INTO inventory_namespace (cluster_no, name) SELECT $1, wanted.name FROM unnest($2::text[]) AS wanted(name)
         WHERE NOT EXISTS (SELECT FROM inventory_namespace n WHERE n.cluster_no = $1 AND n.name = wanted.name)
         ON CONFLICT DO NOTHING`,
        [clusterNo, [...new Set(names)]],
      );
    },

    /** Writes rows that are new or differ. */
    async putObjects(
      fence: Fence,
      plural: ListedPlural,
      rows: readonly ObjectRow[],
    ): Promise<{ held: boolean; changed: number }> {
      if (rows.length === 0) return { held: true, changed: 0 };
      await this.ensureNamespaces(
        fence.clusterNo,
        rows.map((row) => row.namespace),
      );
      return write(
        `WITH ${fenced}, input AS (
           SELECT DISTINCT ON (n.ns_no, i.name) n.ns_no, i.*, hashtextextended(concat_ws('|', uid, created_at, status, status_text, ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, search), 0) AS fp
           FROM unnest($4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::smallint[], $9::text[], $10::int[], $11::int[], $12::int[],
             $13::text[], $14::text[], $15::int[], $16::bigint[], $17::jsonb[], $18::jsonb[], $19::text[])
             WITH ORDINALITY AS i(namespace, name, uid, created_at, status, status_text, ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, search, place)
           JOIN inventory_namespace n ON n.cluster_no = $1 AND n.name = i.namespace, fence
           ORDER BY n.ns_no, i.name, i.place DESC),
         written AS (
           INSERT INTO inventory_object AS o (kind_no, cluster_no, ns_no, name, uid, created_at, status, status_text, ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, search, fp)
           SELECT $3, $1, ns_no, name, uid, created_at, status, status_text, ready, desired, restarts, node, owner_uid, cpu_m, memory_b, labels, facts, search, fp FROM input
           ON CONFLICT (kind_no, ns_no, name) DO UPDATE SET uid = excluded.uid, created_at = excluded.created_at, status = excluded.status,
             status_text = excluded.status_text, ready = excluded.ready, desired = excluded.desired, restarts = excluded.restarts, node = excluded.node,
             owner_uid = excluded.owner_uid, cpu_m = excluded.cpu_m, memory_b = excluded.memory_b, labels = excluded.labels, facts = excluded.facts,
             search = excluded.search, fp = excluded.fp WHERE o.fp <> excluded.fp
           RETURNING id, ns_no),
         -- The statement's snapshot still shows the table as it was: what it holds was updated, not inserted.
         changed AS (SELECT w.id, w.ns_no, CASE WHEN EXISTS (SELECT FROM inventory_object o WHERE o.kind_no = $3 AND o.id = w.id)
           THEN 'U' ELSE 'I' END AS op FROM written w),
         ${raised}, ${recorded} ${told}`,
        [fence.clusterNo, fence.epoch, kindNumbers[plural], ...rowColumns(rows)],
      );
    },

    /** Deletes by name and uid: a namesake that was made anew stays. */
    async deleteObjects(
      fence: Fence,
      plural: ListedPlural,
      keys: readonly { namespace: string; name: string; uid: string }[],
    ): Promise<{ held: boolean; changed: number }> {
      if (keys.length === 0) return { held: true, changed: 0 };
      return write(
        `WITH ${fenced}, changed AS (
           DELETE FROM inventory_object o USING unnest($4::text[], $5::text[], $6::text[]) AS k(namespace, name, uid), inventory_namespace n, fence
           WHERE n.cluster_no = $1 AND n.name = k.namespace AND o.kind_no = $3 AND o.ns_no = n.ns_no AND o.name = k.name AND o.uid = k.uid
           RETURNING o.id, o.ns_no, 'D' AS op),
         ${raised}, ${recorded} ${told}`,
        [
          fence.clusterNo,
          fence.epoch,
          kindNumbers[plural],
          keys.map((key) => key.namespace),
          keys.map((key) => key.name),
          keys.map((key) => key.uid),
        ],
      );
    },

    /** The end of a full list: deletes what the list did not hold, by uid. */
    async deleteUnseen(
      fence: Fence,
      plural: ListedPlural,
      seenUids: readonly string[],
    ): Promise<{ held: boolean; changed: number }> {
      return write(
        `WITH ${fenced}, changed AS (
           DELETE FROM inventory_object o USING fence
           WHERE o.kind_no = $3 AND o.cluster_no = $1 AND NOT EXISTS (SELECT FROM unnest($4::text[]) AS seen(uid) WHERE seen.uid = o.uid)
           RETURNING o.id, o.ns_no, 'D' AS op),
         ${raised}, ${recorded} ${told}`,
        [fence.clusterNo, fence.epoch, kindNumbers[plural], seenUids],
      );
    },

    async countObjects(clusterNo: number, plural: ListedPlural): Promise<number> {
      const result = await pool.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM inventory_object WHERE kind_no = $2 AND cluster_no = $1',
        [clusterNo, kindNumbers[plural]],
      );
      return result.rows[0]?.n ?? 0;
    },

    /** How many rows the end of a full list with these uids would delete. */
    async countUnseen(
      clusterNo: number,
      plural: ListedPlural,
      seenUids: readonly string[],
    ): Promise<{ unseen: number; rows: number }> {
      const result = await pool.query<{ unseen: number; rows: number }>(
        // Joined, so that it is hashed: a subquery in FILTER runs once per row, and never ends at 50,000.
        `SELECT count(*) FILTER (WHERE seen.uid IS NULL)::int AS unseen, count(*)::int AS rows
         FROM inventory_object o LEFT JOIN (SELECT DISTINCT unnest($3::text[]) AS uid) AS seen ON seen.uid = o.uid
         WHERE o.kind_no = $2 AND o.cluster_no = $1`,
        [clusterNo, kindNumbers[plural], seenUids],
      );
      return result.rows[0] ?? { unseen: 0, rows: 0 };
    },

    async putEvents(fence: Fence, rows: readonly EventRow[]): Promise<{ held: boolean }> {
      if (rows.length === 0) return { held: true };
      await this.ensureNamespaces(
        fence.clusterNo,
        rows.map((row) => row.namespace),
      );
      return write(
        `WITH ${fenced}, put AS (
           INSERT INTO inventory_event AS e (cluster_no, uid, ns_no, object, object_uid, type, reason, message, count, first_at, last_at)
           SELECT DISTINCT ON (i.uid) $1, i.uid, n.ns_no, i.object, i.object_uid, i.type, i.reason, i.message, i.count, i.first_at, i.last_at
           FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[], $11::timestamptz[], $12::timestamptz[])
             WITH ORDINALITY AS i(namespace, uid, object, object_uid, type, reason, message, count, first_at, last_at, place)
           JOIN inventory_namespace n ON n.cluster_no = $1 AND n.name = i.namespace, fence
           ORDER BY i.uid, i.place DESC
           ON CONFLICT (cluster_no, uid) DO UPDATE SET count = excluded.count, last_at = excluded.last_at, message = excluded.message, type = excluded.type
           RETURNING 1)
         SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
        [
          fence.clusterNo,
          fence.epoch,
          rows.map((row) => row.namespace),
          rows.map((row) => row.uid),
          rows.map((row) => row.object),
          rows.map((row) => row.objectUid),
          rows.map((row) => row.type),
          rows.map((row) => row.reason),
          rows.map((row) => row.message),
          rows.map((row) => row.count),
          rows.map((row) => row.firstAt),
          rows.map((row) => row.lastAt),
        ],
      );
    },

    /** Where a watch stands. `resourceVersion` undefined keeps the stored one; `lost` sets the age to now. */
    async putStream(
      fence: Fence,
      plural: WatchedPlural,
      stream: { state: StreamState; resourceVersion?: string | undefined; error?: string | undefined },
    ): Promise<{ held: boolean }> {
      return write(
        `WITH ${fenced}, put AS (
           INSERT INTO inventory_stream AS s (cluster_no, kind_no, resource_version, state, error, rows, as_of)
           SELECT $1, $3, $4, $5, $6, (SELECT count(*) FROM inventory_object o WHERE o.kind_no = $3 AND o.cluster_no = $1),
             CASE WHEN $5 = 'streaming' THEN clock_timestamp() END FROM fence
           ON CONFLICT (cluster_no, kind_no) DO UPDATE SET resource_version = coalesce(excluded.resource_version, s.resource_version),
             state = excluded.state, error = excluded.error, rows = excluded.rows,
             as_of = CASE WHEN excluded.state = 'streaming' OR s.state = 'streaming' THEN clock_timestamp() ELSE s.as_of END
           RETURNING 1)
         SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
        [
          fence.clusterNo,
          fence.epoch,
          kindNumbers[plural],
          stream.resourceVersion ?? null,
          stream.state,
          stream.error ?? null,
        ],
      );
    },

    /** A bookmark: the stored version moves on without a row changing. */
    async putVersion(fence: Fence, plural: WatchedPlural, resourceVersion: string): Promise<{ held: boolean }> {
      return write(
        `WITH ${fenced}, put AS (
           INSERT INTO inventory_stream AS s (cluster_no, kind_no, resource_version, state, as_of)
           SELECT $1, $3, $4, 'syncing', clock_timestamp() FROM fence
           ON CONFLICT (cluster_no, kind_no) DO UPDATE SET resource_version = excluded.resource_version, as_of = excluded.as_of
           RETURNING 1)
         SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
        [fence.clusterNo, fence.epoch, kindNumbers[plural], resourceVersion],
      );
    },

    /** The cluster does not answer: all its open watches become stale now; rows stay. */
    async markStale(fence: Fence, reason: string): Promise<void> {
      await write(
        `WITH ${fenced}, put AS (UPDATE inventory_stream s SET state = 'stale', error = $3, as_of = CASE WHEN state = 'streaming' THEN clock_timestamp() ELSE as_of END
           FROM fence WHERE s.cluster_no = $1 AND s.state IN ('streaming', 'syncing') RETURNING 1)
         SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
        [fence.clusterNo, fence.epoch, reason],
      );
    },

    /** Deletes a removed cluster's rows in chunks; true when nothing is left. */
    async eraseChunk(clusterNo: number, limit: number): Promise<boolean> {
      const objects = await pool.query(
        `DELETE FROM inventory_object WHERE (kind_no, id) IN (SELECT kind_no, id FROM inventory_object WHERE cluster_no = $1 LIMIT $2)`,
        [clusterNo, limit],
      );
      const events = await pool.query(
        'DELETE FROM inventory_event WHERE (cluster_no, uid) IN (SELECT cluster_no, uid FROM inventory_event WHERE cluster_no = $1 LIMIT $2)',
        [clusterNo, limit],
      );
      if ((objects.rowCount ?? 0) + (events.rowCount ?? 0) > 0) return false;
      await pool.query(
        'DELETE FROM inventory_count WHERE ns_no IN (SELECT ns_no FROM inventory_namespace WHERE cluster_no = $1)',
        [clusterNo],
      );
      for (const table of ['inventory_change', 'inventory_stream', 'inventory_namespace', 'inventory_head']) {
        await pool.query(`DELETE FROM ${table} WHERE cluster_no = $1`, [clusterNo]);
      }
      return true;
    },

    /** Changes older than a quarter of an hour and events older than three days serve nobody. */
    async sweep(): Promise<void> {
      await pool.query("DELETE FROM inventory_change WHERE at < now() - interval '15 minutes'");
      await pool.query("DELETE FROM inventory_event WHERE last_at < now() - interval '3 days'");
      await pool.query('DELETE FROM inventory_count WHERE n = 0');
    },
  };
}
