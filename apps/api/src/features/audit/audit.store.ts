import type { AuditRecord, auditOutcomes } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import { type AuditEntry, type Fingerprint, type StoredRecord, storedRecord } from './audit-record.ts';

type Outcome = (typeof auditOutcomes)[number];

export type AuditFilter = {
  q?: string | undefined;
  actor?: string | undefined;
  action?: readonly string[] | undefined;
  outcome?: readonly Outcome[] | undefined;
  code?: string | undefined;
  project?: string | undefined;
  /** Records of these projects alone: what the reader may see. */
  projects?: readonly string[] | undefined;
  cluster?: string | undefined;
  target?: string | undefined;
  request?: string | undefined;
  /** ISO 8601; from inclusive, to exclusive. */
  from?: string | undefined;
  to?: string | undefined;
};

/** What one actor did. */
export type Deed = { actor: Actor; entries: readonly AuditEntry[] };

export type AuditPosition = { at: string; id: string };

export type AuditRow = {
  id: string;
  chain: number;
  seq: string;
  at: Date;
  at_text: string;
  action: string;
  outcome: Outcome;
  code: string | null;
  /** The hash is over exactly this text. */
  record_text: string;
  record: Partial<StoredRecord> & Pick<StoredRecord, 'actor' | 'via' | 'target' | 'changes'>;
  prev_hash: Buffer;
  hash: Buffer;
  count: number | null;
};

export type AuditStore = ReturnType<typeof createAuditStore>;

const columns = `e.id, e.chain, e.seq, e.at, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at_text,
  e.action, e.outcome, e.code, e.record, e.record::text AS record_text, e.prev_hash, e.hash, r.count`;
const source = 'audit_event e LEFT JOIN audit_repeat r ON r.event_id = e.id';

export function createAuditStore(database: Database, fingerprint: Fingerprint) {
  function toRecords(actor: Actor, entries: readonly AuditEntry[]) {
    return entries.map((entry) => {
      const id = newId('aud');
      return { id: toUuid(id), record: storedRecord(id, actor, entry, fingerprint) };
    });
  }
  const toJson = (actor: Actor, entries: readonly AuditEntry[]) => JSON.stringify(toRecords(actor, entries));

  async function page(
    filter: AuditFilter,
    position: AuditPosition | undefined,
    limit: number,
    on: Queryable = database.pool,
  ): Promise<AuditRow[]> {
    const { where, values } = conditions(filter);
    if (position !== undefined) {
      values.push(position.at, position.id);
      where.push(`(e.at, e.id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
    }
    const result = await on.query<AuditRow>(
      `SELECT ${columns} FROM ${source} ${whereOf(where)} ORDER BY e.at DESC, e.id DESC LIMIT ${limit}`,
      values,
    );
    return result.rows;
  }

  return {
    /**
     * Numbers, chains and inserts the records of a transaction as it commits, in one message: the heads of the chains are
     * locked until it has, and everybody in the project waits for them. Without its records nothing is committed.
     * @param deeds may grow until then
     */
    appendAtCommit(tx: Transaction, deeds: readonly Deed[]): void {
      tx.atCommit((literal) => {
        const records = deeds.flatMap(({ actor, entries }) => toRecords(actor, entries));
        return `SELECT audit_append(${literal(JSON.stringify(records))}::jsonb)`;
      });
    },

    /** Appends, or only counts when a record with this key was appended within the last minute, by any server. */
    async appendOnce(tx: Transaction, actor: Actor, key: Buffer, entry: AuditEntry): Promise<void> {
      await tx.query('SELECT audit_append_once($1, $2::jsonb)', [key, toJson(actor, [entry])]);
    },

    page,

    async find(id: string): Promise<AuditRow | undefined> {
      const result = await database.pool.query<AuditRow>(`SELECT ${columns} FROM ${source} WHERE e.id = $1`, [id]);
      return result.rows[0];
    },

    /** Counts to 1,000; above that the total is not exact. */
    async count(filter: AuditFilter): Promise<{ total: number; exact: boolean }> {
      const { where, values } = conditions(filter);
      const result = await database.pool.query<{ n: string }>(
        `SELECT count(*) AS n FROM (SELECT FROM audit_event e ${whereOf(where)} LIMIT 1001) AS capped`,
        values,
      );
      const total = Number(result.rows[0]?.n ?? 0);
      return { total: Math.min(total, 1000), exact: total <= 1000 };
    },
  };
}

export function toAuditRecord(row: AuditRow): AuditRecord {
  const { record } = row;
  return {
    id: fromUuid('aud', row.id),
    chain: row.chain,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: record.actor,
    via: record.via,
    action: row.action,
    outcome: row.outcome,
    target: record.target,
    changes: [...record.changes],
    hash: row.hash.toString('hex'),
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.count === null || row.count < 2 ? {} : { count: row.count }),
    ...(record.reason === undefined ? {} : { reason: record.reason }),
    ...(record.requestId === undefined ? {} : { requestId: record.requestId }),
    ...(record.traceId === undefined ? {} : { traceId: record.traceId }),
    ...(record.ip === undefined ? {} : { ip: record.ip }),
    ...(record.userAgent === undefined ? {} : { userAgent: record.userAgent }),
  };
}

function whereOf(where: readonly string[]): string {
  return where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
}

function conditions(filter: AuditFilter): { where: string[]; values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  function add(value: unknown, sql: (place: string) => string): void {
    if (value === undefined || value === '') return;
    values.push(value);
    where.push(sql(`$${values.length}`));
  }
  add(filter.actor, (place) => `e.actor_id = ${place}`);
  add(filter.action, (place) => `e.action = ANY(${place}::text[])`);
  add(filter.outcome, (place) => `e.outcome = ANY(${place}::text[])`);
  add(filter.code, (place) => `e.code = ${place}`);
  add(filter.project, (place) => `e.project = ${place}`);
  add(filter.projects, (place) => `e.project = ANY(${place}::text[])`);
  add(filter.cluster, (place) => `e.cluster = ${place}`);
  add(filter.target, (place) => `e.target_id = ${place}`);
  add(filter.request, (place) => `e.request_id = ${place}`);
  add(filter.from, (place) => `e.at >= ${place}::timestamptz`);
  add(filter.to, (place) => `e.at < ${place}::timestamptz`);
  add(filter.q, (place) => `position(lower(${place}) in lower(e.action || ' ' || e.record::text)) > 0`);
  return { where, values };
}
