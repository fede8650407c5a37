import type { Drain, DrainPod, drainLosses, PodBudgetView } from '@quarterdeck/contracts';
import type { Database, Notifier, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal } from '../../platform/principal.ts';

/** A worker that stops answering loses a drain after so long. */
export const leaseSeconds = 8;
/** An eviction under way when a lease ended may still land for as long as a request may last. */
const graceSeconds = 8;
const keepDays = 90;
const listed = 50;

export type DrainLoss = (typeof drainLosses)[number];
export type DrainRecord = Omit<Drain, 'pods' | 'cluster' | 'createdAt' | 'deadlineAt' | 'endedAt'> & {
  cluster: string;
  createdAt: Date;
  deadlineAt: Date;
  endedAt: Date | undefined;
};

/** What asked for a drain: it may no more than that, however wide the rights of its account are. */
export type DrainCredential = Pick<AccountPrincipal['credential'], 'kind' | 'id'> & {
  limits?: (AccountPrincipal['credential'] & { kind: 'token' })['limits'];
};

/** A drain that this process works on, for as long as its lease lasts. */
export type HeldDrain = DrainRecord & {
  fence: string;
  createdById: string;
  credential: DrainCredential;
  requestId: string | undefined;
};

export type DrainPodRecord = Omit<DrainPod, 'changedAt'> & {
  changedAt: Date;
  /** Its time to be asked again has come. */
  isDue: boolean;
};

export type NewDrain = Pick<DrainRecord, 'clusterId' | 'node' | 'nodeUid' | 'accepts' | 'createdBy'> &
  Pick<HeldDrain, 'createdById' | 'credential' | 'requestId'> & { patienceSeconds: number };

type Row = {
  id: string;
  cluster_id: string;
  slug: string;
  node: string;
  node_uid: string;
  state: Drain['state'];
  code: string | null;
  detail: string | null;
  accepts: DrainLoss[];
  created_by_id: string;
  created_by: string;
  credential: DrainCredential;
  request_id: string | null;
  created_at: Date;
  deadline_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
  listed: boolean;
  fence: string;
};

type PodRow = {
  uid: string;
  namespace: string;
  name: string;
  owner: { kind: string; name: string } | null;
  state: DrainPod['state'];
  detail: string | null;
  budget: PodBudgetView | null;
  tries: number;
  changed_at: Date;
  is_due: boolean;
};

export type DrainsStore = ReturnType<typeof createDrainsStore>;

/** Drains and their pods. What a worker writes is fenced: who lost its lease writes nothing. */
export function createDrainsStore({ pool, keyed }: Pick<Database, 'pool' | 'keyed'>) {
  const select = 'SELECT d.*, c.slug FROM scheduling_drain d JOIN clusters_cluster c ON c.id = d.cluster_id';
  const holds = 'd.id = $1 AND d.fence = $2 AND d.lease_until > clock_timestamp()';
  const held = (drain: Pick<HeldDrain, 'id' | 'fence'>) => [toUuid(drain.id), drain.fence];
  const newLease = `lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})`;

  async function fenced(
    drain: Pick<HeldDrain, 'id' | 'fence'>,
    set: string,
    values: readonly unknown[] = [],
    { on = keyed, whileRunning = false }: { on?: Queryable; whileRunning?: boolean } = {},
  ): Promise<boolean> {
    const result = await on.query(
      `UPDATE scheduling_drain d SET ${set} WHERE ${holds} ${whileRunning ? "AND d.state = 'running'" : ''} RETURNING d.id`,
      [...held(drain), ...values],
    );
    return result.rowCount === 1;
  }

  return {
    /** @returns `undefined` when the node is drained already */
    async insert(tx: Transaction, drain: NewDrain): Promise<string | undefined> {
      const id = newId('drn');
      const result = await tx.query(
        `INSERT INTO scheduling_drain (id, cluster_id, node, node_uid, accepts, created_by_id, created_by, credential, request_id, deadline_at)
         VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8::jsonb, $9, clock_timestamp() + make_interval(secs => $10))
         ON CONFLICT (cluster_id, node) WHERE state = 'running' DO NOTHING RETURNING id`,
        [
          toUuid(id),
          toUuid(drain.clusterId),
          drain.node,
          drain.nodeUid,
          JSON.stringify(drain.accepts),
          drain.createdById,
          drain.createdBy,
          JSON.stringify(drain.credential),
          drain.requestId ?? null,
          drain.patienceSeconds,
        ],
      );
      return result.rowCount === 1 ? id : undefined;
    },

    async find(id: string): Promise<DrainRecord | undefined> {
      const { rows } = await keyed.query<Row>(`${select} WHERE d.id = $1`, [toUuid(id)]);
      return rows[0] === undefined ? undefined : toRecord(rows[0]);
    },

    async list(filter: {
      clusterId: string;
      node?: string | undefined;
      state?: Drain['state'] | undefined;
    }): Promise<DrainRecord[]> {
      const { rows } = await pool.query<Row>(
        `${select} WHERE d.cluster_id = $1 AND ($2::text IS NULL OR d.node = $2) AND ($3::text IS NULL OR d.state = $3)
         ORDER BY d.created_at DESC, d.id DESC LIMIT ${listed}`,
        [toUuid(filter.clusterId), filter.node ?? null, filter.state ?? null],
      );
      return rows.map(toRecord);
    },

    async pods(id: string): Promise<DrainPodRecord[]> {
      const { rows } = await keyed.query<PodRow>(
        `SELECT p.*, (p.retry_at IS NULL OR p.retry_at <= clock_timestamp()) AS is_due FROM scheduling_drain_pod p
         WHERE p.drain_id = $1 ORDER BY p.namespace COLLATE "C", p.name COLLATE "C"`,
        [toUuid(id)],
      );
      return rows.map(toPod);
    },

    /** Drains that nobody works on, oldest first. */
    async take(owner: string, limit: number): Promise<HeldDrain[]> {
      const taken = await pool.query<{ id: string }>(
        `UPDATE scheduling_drain SET lease_owner = $1, ${newLease}, fence = fence + 1 WHERE id IN (
           SELECT id FROM scheduling_drain WHERE state = 'running'
             AND (lease_until IS NULL OR lease_until < clock_timestamp() - make_interval(secs => ${graceSeconds}))
           ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id`,
        [owner, limit],
      );
      if (taken.rows.length === 0) return [];
      const { rows } = await pool.query<Row>(`${select} WHERE d.id = ANY($1::uuid[])`, [
        taken.rows.map(({ id }) => id),
      ]);
      return rows.map((row) => ({
        ...toRecord(row),
        fence: row.fence,
        createdById: row.created_by_id,
        credential: row.credential,
        requestId: row.request_id ?? undefined,
      }));
    },

    renew: (drain: HeldDrain) => fenced(drain, newLease),
    /** For the next worker, at once. */
    release: (drain: HeldDrain) => fenced(drain, 'lease_until = NULL'),

    /** How it stands, for its worker alone: `undefined` when it is another's. */
    async look(drain: HeldDrain): Promise<{ state: Drain['state']; listed: boolean; isOverdue: boolean } | undefined> {
      const { rows } = await keyed.query<{ state: Drain['state']; listed: boolean; is_overdue: boolean }>(
        `SELECT d.state, d.listed, d.deadline_at <= clock_timestamp() AS is_overdue FROM scheduling_drain d WHERE ${holds}`,
        held(drain),
      );
      const [row] = rows;
      return row === undefined ? undefined : { state: row.state, listed: row.listed, isOverdue: row.is_overdue };
    },

    /** What it waits for; nothing when it goes on. */
    note: (drain: HeldDrain, note: { code: string; detail: string } | undefined) =>
      fenced(drain, 'code = $3, detail = $4', [note?.code ?? null, note?.detail ?? null], { whileRunning: true }),

    /** The pods of the node, once: what comes to it later is none of this drain. */
    async addPods(
      drain: HeldDrain,
      pods: readonly Pick<DrainPod, 'uid' | 'namespace' | 'name' | 'owner' | 'state' | 'detail'>[],
    ): Promise<boolean> {
      const result = await pool.query(
        `WITH d AS (UPDATE scheduling_drain d SET listed = true WHERE ${holds} AND NOT d.listed RETURNING d.id),
           put AS (INSERT INTO scheduling_drain_pod (drain_id, uid, namespace, name, owner, state, detail)
             SELECT d.id, p.uid, p.namespace, p.name, p.owner, p.state, p.detail FROM d,
               jsonb_to_recordset($3::jsonb) AS p (uid text, namespace text, name text, owner jsonb, state text, detail text)
             ON CONFLICT DO NOTHING)
         SELECT FROM d`,
        [...held(drain), JSON.stringify(pods)],
      );
      return result.rowCount === 1;
    },

    /** Before a pod is evicted, with a fresh lease. False when the drain is over or another's: then nothing may be sent. */
    async intend(drain: HeldDrain, uid: string): Promise<boolean> {
      const result = await keyed.query(
        `WITH d AS (UPDATE scheduling_drain d SET ${newLease} WHERE ${holds} AND d.state = 'running' RETURNING d.id)
         UPDATE scheduling_drain_pod p SET state = 'evicting', tries = p.tries + 1, changed_at = clock_timestamp() FROM d
         WHERE p.drain_id = d.id AND p.uid = $3 AND p.state IN ('waiting', 'evicting', 'blocked') RETURNING p.uid`,
        [...held(drain), uid],
      );
      return result.rowCount === 1;
    },

    /** What became of pods; also when the drain was cancelled meanwhile, since it did happen. */
    async put(
      drain: HeldDrain,
      uids: readonly string[],
      to: {
        state: DrainPod['state'];
        detail?: string | undefined;
        budget?: PodBudgetView | undefined;
        retrySeconds?: number;
      },
    ): Promise<void> {
      if (uids.length === 0) return;
      await keyed.query(
        `UPDATE scheduling_drain_pod p SET state = $4, detail = $5, budget = $6::jsonb, changed_at = clock_timestamp(),
           retry_at = clock_timestamp() + make_interval(secs => $7) FROM scheduling_drain d
         WHERE ${holds} AND p.drain_id = d.id AND p.uid = ANY($3::text[])`,
        [
          ...held(drain),
          uids,
          to.state,
          to.detail ?? null,
          to.budget === undefined ? null : JSON.stringify(to.budget),
          to.retrySeconds ?? 0,
        ],
      );
    },

    /** @returns false when it is over already, or another's */
    end: (
      tx: Transaction,
      drain: HeldDrain,
      to: { state: 'done' | 'failed'; code?: string | undefined; detail: string },
    ) =>
      fenced(
        drain,
        'state = $3, code = $4, detail = $5, ended_at = clock_timestamp(), lease_until = NULL',
        [to.state, to.code ?? null, to.detail],
        { on: tx, whileRunning: true },
      ),

    /** A person's word goes before the worker's: it finds the drain over at its next step. @returns false when it is over */
    async cancel(tx: Transaction, id: string, by: string, detail: string): Promise<boolean> {
      const result = await tx.query(
        `UPDATE scheduling_drain SET state = 'cancelled', code = NULL, detail = $3, ended_at = clock_timestamp(), ended_by = $2
         WHERE id = $1 AND state = 'running' RETURNING id`,
        [toUuid(id), by, detail],
      );
      return result.rowCount === 1;
    },

    /** Old ones; the trail keeps what was done. */
    async sweep(): Promise<void> {
      await pool.query(`DELETE FROM scheduling_drain WHERE ended_at < now() - interval '${keepDays} days'`);
    },

    /** Pages that show it look again. */
    tell(on: Notifier, id: string): void {
      on.notify('quarterdeck_rows', JSON.stringify({ view: 'scheduling.drain', key: id }));
    },
    wakeWorkers(on: Notifier): void {
      on.notify('quarterdeck_jobs', JSON.stringify({ queue: 'drain.work' }));
    },
  };
}

function toRecord(row: Row): DrainRecord {
  return {
    id: fromUuid('drn', row.id),
    clusterId: fromUuid('clu', row.cluster_id),
    cluster: row.slug,
    node: row.node,
    nodeUid: row.node_uid,
    state: row.state,
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.detail === null ? {} : { detail: row.detail }),
    accepts: row.accepts,
    createdBy: row.created_by,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at,
    endedAt: row.ended_at ?? undefined,
    ...(row.ended_by === null ? {} : { endedBy: row.ended_by }),
    listed: row.listed,
  };
}

function toPod(row: PodRow): DrainPodRecord {
  return {
    uid: row.uid,
    namespace: row.namespace,
    name: row.name,
    ...(row.owner === null ? {} : { owner: row.owner }),
    state: row.state,
    ...(row.detail === null ? {} : { detail: row.detail }),
    ...(row.budget === null ? {} : { budget: row.budget }),
    tries: row.tries,
    changedAt: row.changed_at,
    isDue: row.is_due,
  };
}
