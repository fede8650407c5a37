import type { deliveryStates, HookSource } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { ListSource } from './project-lists.ts';
import type { Soon } from './soon.ts';

export type DeliveryState = (typeof deliveryStates)[number];

/** A delivery as lists show it; ids are uuids. */
export type DeliveryRow = {
  id: string;
  project_id: string;
  project: string;
  hook_id: string | null;
  hook: string | null;
  source: HookSource | 'ci';
  event: string;
  state: DeliveryState;
  code: string | null;
  detail: string | null;
  candidate_ids: string[];
  replayable: boolean;
  times: number;
  bytes: number;
  attempts: number;
  received_at: Date;
  processed_at: Date | null;
  sort_at: Date;
};
export type WholeDelivery = DeliveryRow & { headers: Record<string, string>; body: Buffer | null };

/** One that a worker holds until `claimed_until`, with what its hook says of where it comes from. */
export type ClaimedDelivery = Pick<DeliveryRow, 'id' | 'project_id' | 'hook_id' | 'attempts' | 'received_at'> & {
  source: HookSource;
  body: Buffer | null;
  connection_id: string | null;
  registry: string | null;
};

export type NewDelivery = Pick<DeliveryRow, 'id' | 'project_id' | 'source' | 'event' | 'replayable'> & {
  hook_id: string | null;
  dedupe_key: string;
  headers: Record<string, string>;
  body: Buffer;
};

export type Verdict = {
  state: Exclude<DeliveryState, 'received'>;
  code: string;
  detail: string;
  candidateIds: readonly string[];
};

const columns = `d.id, d.project_id, d.hook_id, d.source, d.event, d.state, d.code, d.detail, d.candidate_ids::text[],
  d.replayable, d.times, d.bytes, d.attempts, d.received_at, d.processed_at, d.received_at AS sort_at,
  p.slug AS project, h.name AS hook`;
const from = `FROM hook_delivery d JOIN access_project p ON p.id = d.project_id
  LEFT JOIN pipelines_hook h ON h.id = d.hook_id`;

export const deliveriesList: ListSource = {
  name: 'deliveries',
  select: `SELECT ${columns} ${from}`,
  at: 'd.received_at',
  id: 'd.id',
  place: { project: 'd.project_id' },
  text: "d.event || ' ' || d.source || ' ' || coalesce(d.code, '') || ' ' || coalesce(d.detail, '') || ' ' || coalesce(h.name, '')",
};

/** Whatever takes longer may be done twice at once: it comes to the same. */
const claimSeconds = 15;
const keptDays = { bytes: 30, keys: 180 };

export type DeliveriesStore = ReturnType<typeof createDeliveriesStore>;

/** Events that proved themselves. */
export function createDeliveriesStore({ keyed: pool }: Database, soon: Soon) {
  return {
    /** Keeps a delivery and wakes the workers; one that came before is counted, and nothing else. */
    async insert(row: NewDelivery): Promise<{ id: string; duplicate: boolean }> {
      const result = await pool.query<{ id: string; times: number }>(
        `WITH kept AS (
           INSERT INTO hook_delivery AS d (id, project_id, hook_id, source, dedupe_key, event, headers, body, bytes, replayable)
           VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10)
           ON CONFLICT (hook_id, dedupe_key) DO UPDATE SET times = d.times + 1 RETURNING d.id, d.times),
         noted AS (UPDATE pipelines_hook SET last_delivery_at = now()
           WHERE id = $3 AND (last_delivery_at IS NULL OR last_delivery_at < now() - interval '1 second'))
         SELECT id, times FROM kept`,
        [
          row.id,
          row.project_id,
          row.hook_id,
          row.source,
          row.dedupe_key,
          row.event,
          JSON.stringify(row.headers),
          row.body,
          row.body.length,
          row.replayable,
        ],
      );
      const kept = result.rows[0];
      soon.wake('hook.process');
      return { id: kept?.id ?? row.id, duplicate: (kept?.times ?? 1) > 1 };
    },

    /** A call of a CI job, which was answered as it came. */
    async insertCall(tx: Queryable, row: Omit<NewDelivery, 'hook_id' | 'source'>, verdict: Verdict): Promise<void> {
      await tx.query(
        `INSERT INTO hook_delivery (id, project_id, source, dedupe_key, event, headers, body, bytes, replayable, state, code, detail,
           candidate_ids, attempts, processed_at)
         VALUES ($1, $2, 'ci', $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12::uuid[], 1, now())`,
        [
          row.id,
          row.project_id,
          row.dedupe_key,
          row.event,
          JSON.stringify(row.headers),
          row.body,
          row.body.length,
          row.replayable,
          verdict.state,
          verdict.code,
          verdict.detail,
          verdict.candidateIds,
        ],
      );
      soon.tellPages(row.project_id);
    },

    async findById(id: string): Promise<WholeDelivery | undefined> {
      const result = await pool.query<WholeDelivery>(`SELECT ${columns}, d.headers, d.body ${from} WHERE d.id = $1`, [
        id,
      ]);
      return result.rows[0];
    },

    /** Takes what nobody works on, oldest first. A worker that dies gives it back by time. */
    async claim(limit: number): Promise<ClaimedDelivery[]> {
      const result = await pool.query<ClaimedDelivery>(
        `UPDATE hook_delivery d SET claimed_until = now() + interval '${claimSeconds} seconds', attempts = d.attempts + 1
         FROM pipelines_hook h
         WHERE h.id = d.hook_id AND d.id IN (SELECT id FROM hook_delivery WHERE state = 'received' AND hook_id IS NOT NULL
           AND (claimed_until IS NULL OR claimed_until < now()) ORDER BY received_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING d.id, d.project_id, d.hook_id, d.source, d.body, d.attempts, d.received_at, h.connection_id, h.registry`,
        [limit],
      );
      return result.rows.toSorted((a, b) => a.received_at.getTime() - b.received_at.getTime());
    },

    async finish(tx: Queryable, delivery: Pick<DeliveryRow, 'id' | 'project_id'>, verdict: Verdict): Promise<void> {
      await tx.query(
        `UPDATE hook_delivery SET state = $2, code = $3, detail = $4, candidate_ids = $5::uuid[], processed_at = now(),
           claimed_until = NULL WHERE id = $1`,
        [delivery.id, verdict.state, verdict.code, verdict.detail, verdict.candidateIds],
      );
      soon.tellPages(delivery.project_id);
    },

    /** Back to where it was when it arrived. False when its bytes are gone. */
    async replay(tx: Transaction, delivery: Pick<DeliveryRow, 'id' | 'project_id'>): Promise<boolean> {
      const result = await tx.query(
        `UPDATE hook_delivery SET state = 'received', code = NULL, detail = NULL, processed_at = NULL, claimed_until = NULL
         WHERE id = $1 AND body IS NOT NULL AND hook_id IS NOT NULL RETURNING id`,
        [delivery.id],
      );
      // With the change itself: nobody may look before it is there.
      soon.wake('hook.process', tx);
      soon.tellPages(delivery.project_id);
      return result.rows.length === 1;
    },

    /** Bytes go after a month; rows, by which an old event is known again, after half a year. */
    async sweep(): Promise<void> {
      await pool.query(
        `UPDATE hook_delivery SET body = NULL WHERE body IS NOT NULL AND received_at < now() - interval '${keptDays.bytes} days'`,
      );
      await pool.query(`DELETE FROM hook_delivery WHERE received_at < now() - interval '${keptDays.keys} days'`);
    },
  };
}
