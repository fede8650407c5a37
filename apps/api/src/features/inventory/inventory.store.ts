import type { Database } from '@quarterdeck/database';
import type { WatchedKind } from '@quarterdeck/kubernetes';
import { takeTurns } from '../../platform/jobs/take-turns.ts';
import { countUnseen } from './gone-rows.ts';
import { createKindRegistry, type KindRegistry } from './kind-registry.ts';
import { type EventRow, type KindKey, type ObjectRow, writtenRow } from './object-rows.ts';
import { type Batch, batchStatement, eventsStatement, fenced } from './store-batch.ts';
import { type StreamChange, type StreamState, streamsStatement } from './stream-batch.ts';

/** The right to write a cluster's rows: whoever holds the newest epoch and a live lease. */
export type Fence = { clusterNo: number; epoch: string };

/** Where a watch was left. */
export type LeftStream = { resourceVersion: string | undefined; projection: string; hasRows: boolean };
type LeftRow = {
  kind_no: number | null;
  resource_version: string | null;
  projection: string | null;
  is_new: boolean;
  has_rows: boolean;
};

/** Changed rows of a kind after which its statistics are made: few at first, then ever more. */
const firstStatistics = 1000;
const lastStatistics = 256_000;

const sweptAtOnce = 10_000;

export type InventoryStore = ReturnType<typeof createInventoryStore>;

/** Rows from which a batch takes turns with other large ones: they come of full lists, which nobody waits for by the row. */
const largeBatch = 200;
/** As many backends as a first sync of many clusters keeps busy; with more of them those who ask for a list wait. */
const largeBatchesAtOnce = 2;

/** Rows of objects, their changes, and the state of each watch. Each write is one statement under the fence. */
export function createInventoryStore(database: Database, kinds: KindRegistry = createKindRegistry(database)) {
  const inLargeTurn = takeTurns(largeBatchesAtOnce);
  const { pool } = database;
  const written = new Map<number, { since: number; due: number }>();

  /** False when the fence is lost: the caller must stop watching. */
  async function write(sql: string, values: readonly unknown[]): Promise<{ held: boolean; changed: number }> {
    const result = await pool.query<{ held: boolean; changed: number }>(sql, values, { prepared: 'each time' });
    const row = result.rows[0];
    return { held: row?.held ?? false, changed: row?.changed ?? 0 };
  }

  async function deleteInChunks(
    table: 'inventory_change' | 'inventory_event' | 'inventory_incident',
    where: string,
  ): Promise<void> {
    const sql = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${where} LIMIT ${sweptAtOnce}))`;
    while (((await pool.query(sql)).rowCount ?? 0) === sweptAtOnce);
  }

  /** After a first list, and whenever rows have become many more: what the planner believes decides over every page. */
  async function keepStatistics(kindNo: number, changed: number): Promise<void> {
    const { since, due } = written.get(kindNo) ?? { since: 0, due: firstStatistics };
    const isDue = since + changed >= due;
    written.set(kindNo, isDue ? { since: 0, due: Math.min(due * 4, lastStatistics) } : { since: since + changed, due });
    if (isDue) await pool.query('SELECT inventory_analyze($1::smallint)', [kindNo]);
  }

  return {
    async ensureHeads(clusterNos: readonly number[]): Promise<void> {
      await pool.query('INSERT INTO inventory_head (cluster_no) SELECT unnest($1::int[]) ON CONFLICT DO NOTHING', [
        clusterNos,
      ]);
    },

    /** Says that a worker is alive for so long; gives how many are, this one among them. */
    async announceWorker(owner: string, leaseSeconds: number): Promise<number> {
      const result = await pool.query<{ alive: number }>(
        `WITH gone AS (DELETE FROM inventory_worker WHERE lease_until < clock_timestamp() AND owner <> $1),
         mine AS (INSERT INTO inventory_worker (owner, lease_until) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
           ON CONFLICT (owner) DO UPDATE SET lease_until = excluded.lease_until)
         SELECT count(*) FILTER (WHERE owner <> $1 AND lease_until > clock_timestamp())::int + 1 AS alive FROM inventory_worker`,
        [owner, leaseSeconds],
      );
      return result.rows[0]?.alive ?? 1;
    },

    /** A worker that stops leaves its share to the others at once. */
    async dismissWorker(owner: string): Promise<void> {
      await pool.query('DELETE FROM inventory_worker WHERE owner = $1', [owner]);
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

    /**
     * Extends the leases still held; gives the clusters that are. It waits for nobody: where a batch of ours has the row,
     * that batch extends the lease itself.
     */
    async renewHeads(fences: readonly Fence[], leaseSeconds: number): Promise<Set<number>> {
      const result = await pool.query<{ cluster_no: number }>(
        `WITH mine AS MATERIALIZED (SELECT h.cluster_no, h.epoch FROM inventory_head h
           JOIN unnest($1::int[], $2::bigint[]) AS held(cluster_no, epoch) ON h.cluster_no = held.cluster_no AND h.epoch = held.epoch
           WHERE h.lease_until > clock_timestamp()),
         free AS MATERIALIZED (SELECT h.cluster_no FROM inventory_head h
           JOIN mine ON h.cluster_no = mine.cluster_no AND h.epoch = mine.epoch FOR UPDATE OF h SKIP LOCKED),
         renewed AS (UPDATE inventory_head h SET lease_until = clock_timestamp() + make_interval(secs => $3)
           FROM free WHERE h.cluster_no = free.cluster_no)
         SELECT cluster_no FROM mine`,
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

    /** The key of a kind that a cluster serves; it is made where it is new. */
    async keyOf(kind: WatchedKind): Promise<KindKey> {
      return (await kinds.ensure(kind)).key;
    },

    async streamOf(
      clusterNo: number,
      key: KindKey,
    ): Promise<{ resourceVersion: string | undefined; state: StreamState; projection: string } | undefined> {
      const result = await pool.query<{ resource_version: string | null; state: StreamState; projection: string }>(
        'SELECT resource_version, state, projection FROM inventory_stream WHERE cluster_no = $1 AND kind_no = $2',
        [clusterNo, await kinds.numberOf(key)],
      );
      const row = result.rows[0];
      return row === undefined
        ? undefined
        : { resourceVersion: row.resource_version ?? undefined, state: row.state, projection: row.projection };
    },

    /**
     * What a former owner left of a cluster, in one question for all of its kinds. `isNew`: nothing was ever written of
     * it. A kind without `hasRows` has none.
     */
    async leftOf(clusterNo: number): Promise<{ isNew: boolean; streams: Map<KindKey, LeftStream> }> {
      const result = await pool.query<LeftRow>(
        `WITH ns AS MATERIALIZED (SELECT array_agg(ns_no) AS nos FROM inventory_namespace WHERE cluster_no = $1)
         SELECT s.kind_no, s.resource_version, s.projection, ns.nos IS NULL AS is_new,
           EXISTS (SELECT FROM inventory_object o WHERE o.kind_no = s.kind_no AND o.ns_no = ANY (ns.nos)) AS has_rows
         FROM ns LEFT JOIN inventory_stream s ON s.cluster_no = $1`,
        [clusterNo],
      );
      const keys = await kinds.keysOf(result.rows.flatMap(({ kind_no: kindNo }) => kindNo ?? []));
      const streams = new Map<KindKey, LeftStream>();
      for (const row of result.rows) {
        const key = row.kind_no === null ? undefined : keys.get(row.kind_no);
        if (key === undefined || row.projection === null) continue;
        const resourceVersion = row.resource_version ?? undefined;
        streams.set(key, { resourceVersion, projection: row.projection, hasRows: row.has_rows });
      }
      return { isNew: result.rows[0]?.is_new === true, streams };
    },

    /** Names of namespaces get numbers ahead of the rows; harmless without the fence. */
    async ensureNamespaces(clusterNo: number, names: readonly string[]): Promise<void> {
      await pool.query(
        // Anti-join first: a conflict would use up a number each time.
        `INSERT INTO inventory_namespace (cluster_no, name) SELECT $1, wanted.name FROM unnest($2::text[]) AS wanted(name)
         WHERE NOT EXISTS (SELECT FROM inventory_namespace n WHERE n.cluster_no = $1 AND n.name = wanted.name)
         ON CONFLICT DO NOTHING`,
        [clusterNo, [...new Set(names)]],
        { prepared: 'each time' },
      );
    },

    /** Writes a batch whole or not at all, its position in the cluster's events included. */
    async storeBatch(fence: Fence, key: KindKey, batch: Batch): Promise<{ held: boolean; changed: number }> {
      if (batch.puts.length > 0) {
        await this.ensureNamespaces(
          fence.clusterNo,
          batch.puts.map((row) => row.namespace),
        );
      }
      const kindNo = await kinds.numberOf(key);
      const { sql, values } = batchStatement(fence, kindNo, batch);
      const send = () => write(sql, values);
      const answer = await (batch.puts.length < largeBatch ? send() : inLargeTurn(send));
      await keepStatistics(kindNo, answer.changed);
      return answer;
    },

    /** Writes rows that are new or differ. */
    putObjects(fence: Fence, key: KindKey, puts: readonly ObjectRow[]): Promise<{ held: boolean; changed: number }> {
      return this.storeBatch(fence, key, { puts: puts.map(writtenRow), deletes: [] });
    },

    /** Deletes by name and uid: a namesake that was made anew stays. */
    deleteObjects(fence: Fence, key: KindKey, deletes: Batch['deletes']): Promise<{ held: boolean; changed: number }> {
      return this.storeBatch(fence, key, { puts: [], deletes });
    },

    /** The end of a full list: deletes what the list did not hold, by uid. */
    deleteUnseen(fence: Fence, key: KindKey, seenUids: readonly string[]): Promise<{ held: boolean; changed: number }> {
      return this.storeBatch(fence, key, { puts: [], deletes: [], complete: seenUids });
    },

    /** What the cluster serves is known now: of kinds without a row a first list is to come. */
    async putServed(fence: Fence, keys: readonly KindKey[]): Promise<{ held: boolean }> {
      return write(
        `WITH ${fenced}, known AS (UPDATE inventory_head h SET discovered_at = clock_timestamp() FROM fence
           WHERE h.cluster_no = fence.cluster_no RETURNING 1),
         put AS (INSERT INTO inventory_stream (cluster_no, kind_no, state)
           SELECT $1, kind_no, 'syncing' FROM unnest($3::smallint[]) AS kind_no, fence ON CONFLICT DO NOTHING RETURNING 1)
         SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
        [fence.clusterNo, fence.epoch, await Promise.all(keys.map((key) => kinds.numberOf(key)))],
      );
    },

    /** Rows, counts and positions of all other kinds of the cluster go: it does not serve them any more. */
    async keepOnly(fence: Fence, keys: readonly KindKey[]): Promise<{ held: boolean }> {
      const kept = await Promise.all(keys.map((key) => kinds.numberOf(key)));
      const { rows } = await pool.query<{ kind_no: number }>(
        'SELECT kind_no FROM inventory_stream WHERE cluster_no = $1 AND kind_no <> ALL ($2::smallint[])',
        [fence.clusterNo, kept],
      );
      let held = true;
      for (const { kind_no: kindNo } of rows) {
        const { sql, values } = batchStatement(fence, kindNo, { puts: [], deletes: [], complete: [] });
        held = held && (await write(sql, values)).held;
        if (!held) break;
        await pool.query(
          `DELETE FROM inventory_stream s USING inventory_head h
           WHERE s.cluster_no = $1 AND s.kind_no = $3 AND h.cluster_no = $1 AND h.epoch = $2`,
          [fence.clusterNo, fence.epoch, kindNo],
        );
      }
      return { held };
    },

    /** Fingerprints of the rows of a kind by uid. As two texts: a cluster may have 200,000 of them. */
    async fingerprints(clusterNo: number, key: KindKey): Promise<Map<string, number>> {
      const result = await pool.query<{ uids: string | null; fps: string | null }>(
        `SELECT string_agg(o.uid, E'\n') AS uids, string_agg(o.fp::text, E'\n') AS fps FROM inventory_object o
         WHERE o.kind_no = $2 AND o.ns_no = ANY (ARRAY(SELECT n.ns_no FROM inventory_namespace n WHERE n.cluster_no = $1))`,
        [clusterNo, await kinds.numberOf(key)],
      );
      const { uids, fps } = result.rows[0] ?? {};
      if (uids == null || fps == null) return new Map();
      const values = fps.split('\n');
      return new Map(uids.split('\n').map((uid, place) => [uid, Number(values[place])]));
    },

    /** How many rows the end of a full list with these uids would delete. */
    async countUnseen(
      clusterNo: number,
      key: KindKey,
      seenUids: readonly string[],
    ): Promise<{ unseen: number; rows: number }> {
      return countUnseen(pool, 'inventory_object', { clusterNo, kindNo: await kinds.numberOf(key) }, seenUids);
    },

    async putEvents(fence: Fence, rows: readonly EventRow[]): Promise<{ held: boolean }> {
      if (rows.length === 0) return { held: true };
      await this.ensureNamespaces(
        fence.clusterNo,
        rows.map((row) => row.namespace),
      );
      const { sql, values } = eventsStatement(fence, rows);
      return write(sql, values);
    },

    /** How watches of the cluster stand: all of them in one statement. */
    async putStreams(fence: Fence, changes: ReadonlyMap<KindKey, StreamChange>): Promise<{ held: boolean }> {
      const numbered = new Map<number, StreamChange>();
      for (const [key, change] of changes) numbered.set(await kinds.numberOf(key), change);
      const { sql, values } = streamsStatement(fence, numbered);
      return write(sql, values);
    },

    /** How one watch stands. `resourceVersion` undefined keeps the stored one. */
    putStream(
      fence: Fence,
      key: KindKey,
      { resourceVersion, ...stream }: { state: StreamState; resourceVersion?: string; error?: string | undefined },
    ): Promise<{ held: boolean }> {
      const position = resourceVersion === undefined ? undefined : { resourceVersion, projection: undefined };
      return this.putStreams(fence, new Map([[key, { ...stream, position }]]));
    },

    /** So many more objects have no row since they are too large. */
    async putSkipped(fence: Fence, key: KindKey, count: number): Promise<{ held: boolean }> {
      return write(
        `WITH ${fenced}, put AS (UPDATE inventory_stream s SET skipped = s.skipped + $4
           FROM fence WHERE s.cluster_no = $1 AND s.kind_no = $3 RETURNING 1)
         SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
        [fence.clusterNo, fence.epoch, await kinds.numberOf(key), count],
      );
    },

    /**
     * The cluster does not answer: all its open watches become stale, as of when it last did; rows stay.
     * @param seenAt its last good probe; now, where there was none
     */
    async markStale(fence: Fence, reason: string, seenAt: Date | undefined): Promise<void> {
      await write(
        `WITH ${fenced}, put AS (UPDATE inventory_stream s SET state = 'stale', error = $3, as_of = CASE WHEN state = 'streaming' THEN coalesce($4, clock_timestamp()) ELSE as_of END
           FROM fence WHERE s.cluster_no = $1 AND s.state IN ('streaming', 'syncing') RETURNING 1)
         SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
        [fence.clusterNo, fence.epoch, reason, seenAt],
      );
    },

    /** Deletes a removed cluster's rows in chunks; true when nothing is left. */
    async eraseChunk(clusterNo: number, limit: number): Promise<boolean> {
      if (!(await this.eraseRows(clusterNo, limit))) return false;
      for (const table of ['inventory_change', 'inventory_namespace', 'inventory_head']) {
        await pool.query(`DELETE FROM ${table} WHERE cluster_no = $1`, [clusterNo]);
      }
      return true;
    },

    /**
     * Deletes rows in chunks and leaves the cluster itself: when it comes back, everything is listed anew. True when
     * nothing is left.
     */
    async eraseRows(clusterNo: number, limit: number): Promise<boolean> {
      // Positions first: a watch must not go on from where rows are missing.
      await pool.query('DELETE FROM inventory_stream WHERE cluster_no = $1', [clusterNo]);
      await pool.query('DELETE FROM inventory_incident WHERE cluster_no = $1', [clusterNo]);
      await pool.query('DELETE FROM cluster_rbac WHERE cluster_no = $1', [clusterNo]);
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
      return true;
    },

    async watchedClusters(): Promise<number[]> {
      const result = await pool.query<{ cluster_no: number }>('SELECT cluster_no FROM inventory_head ORDER BY 1');
      return result.rows.map((row) => row.cluster_no);
    },

    /**
     * Counts the rows of a cluster anew and mends what drifted. Its head is locked meanwhile, so that no batch falls
     * between. Gives how many counts were wrong.
     */
    async recount(clusterNo: number): Promise<number> {
      return database.transaction(async (tx) => {
        await tx.query('SELECT FROM inventory_head WHERE cluster_no = $1 FOR UPDATE', [clusterNo]);
        const result = await tx.query(
          `WITH actual AS (SELECT kind_no, ns_no, status, count(*)::int AS n FROM inventory_object WHERE cluster_no = $1 GROUP BY 1, 2, 3),
             kept AS (SELECT c.* FROM inventory_count c JOIN inventory_namespace n ON n.ns_no = c.ns_no WHERE n.cluster_no = $1)
           INSERT INTO inventory_count (kind_no, ns_no, status, n)
           SELECT kind_no, ns_no, status, coalesce(actual.n, 0) FROM actual FULL JOIN kept USING (kind_no, ns_no, status)
           WHERE coalesce(actual.n, 0) <> coalesce(kept.n, 0)
           ON CONFLICT (kind_no, ns_no, status) DO UPDATE SET n = excluded.n`,
          [clusterNo],
        );
        return result.rowCount ?? 0;
      });
    },

    /** Clusters that still have rows though nobody heard of them for so long, by the database's clock. */
    async deadClusters(days: number): Promise<number[]> {
      const result = await pool.query<{ number: number }>(
        `SELECT c.number FROM clusters_cluster c
         WHERE coalesce(c.seen_at, c.created_at) < now() - make_interval(days => $1)
           AND EXISTS (SELECT FROM inventory_stream s WHERE s.cluster_no = c.number)`,
        [days],
      );
      return result.rows.map((row) => row.number);
    },

    /**
     * Changes older than a quarter of an hour, events older than three days and incidents that ended a week ago serve
     * nobody. In chunks: after an outage there may be more than one statement has time for.
     */
    async sweep(): Promise<void> {
      await deleteInChunks('inventory_change', "at < now() - interval '15 minutes'");
      await deleteInChunks('inventory_event', "last_at < now() - interval '3 days'");
      await deleteInChunks('inventory_incident', "ended_at < now() - interval '7 days'");
      await pool.query('DELETE FROM inventory_count WHERE n = 0');
    },
  };
}
