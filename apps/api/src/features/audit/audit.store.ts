import type { AuditRecord, auditOutcomes } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { type Actor, principalId } from '../../platform/principal.ts';
import { type AuditEntry, type StoredRecord, storedRecord } from './audit-record.ts';

export type AuditFilter = {
  q?: string | undefined;
  action?: readonly string[] | undefined;
  outcome?: readonly (typeof auditOutcomes)[number][] | undefined;
  target?: string | undefined;
};

export type AuditPosition = { at: string; id: string };

type Row = {
  id: string;
  chain: number;
  seq: string;
  at: Date;
  at_text: string;
  action: string;
  outcome: (typeof auditOutcomes)[number];
  code: string | null;
  record: StoredRecord;
  hash: Buffer;
};

export type AuditStore = ReturnType<typeof createAuditStore>;

export function createAuditStore(database: Database) {
  return {
    /** The last statement of a transaction: numbers, chains and inserts the records. */
    async append(tx: Transaction, actor: Actor, entries: readonly AuditEntry[]): Promise<void> {
      const records = entries.map((entry) => ({
        id: toUuid(newId('aud')),
        action: entry.action,
        outcome: entry.outcome ?? 'allowed',
        ...(entry.code === undefined ? {} : { code: entry.code }),
        actorKind: actor.principal.kind,
        actorId: principalId(actor.principal),
        ...(entry.target.id === undefined ? {} : { targetId: entry.target.id }),
        ...(entry.target.project === undefined ? {} : { project: entry.target.project }),
        record: storedRecord(actor, entry),
      }));
      await tx.query('SELECT audit_append($1::jsonb)', [JSON.stringify(records)]);
    },

    /** A page, newest first, from just after `position`. */
    async page(filter: AuditFilter, position: AuditPosition | undefined, limit: number): Promise<Row[]> {
      const { where, values } = conditions(filter);
      if (position !== undefined) {
        values.push(position.at, position.id);
        where.push(`(at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
      }
      const result = await database.pool.query<Row>(
        `SELECT id, chain, seq, at, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at_text,
                action, outcome, code, record, hash
         FROM audit_event ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
         ORDER BY at DESC, id DESC LIMIT ${limit}`,
        values,
      );
      return result.rows;
    },

    /** Counts to 1,000; above that the total is not exact. */
    async count(filter: AuditFilter): Promise<{ total: number; exact: boolean }> {
      const { where, values } = conditions(filter);
      const result = await database.pool.query<{ n: string }>(
        `SELECT count(*) AS n FROM (SELECT FROM audit_event ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} LIMIT 1001) AS capped`,
        values,
      );
      const total = Number(result.rows[0]?.n ?? 0);
      return { total: Math.min(total, 1000), exact: total <= 1000 };
    },
  };
}

export function toAuditRecord(row: Row): AuditRecord {
  return {
    id: fromUuid('aud', row.id),
    chain: row.chain,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: row.record.actor,
    action: row.action,
    outcome: row.outcome,
    ...(row.code === null ? {} : { code: row.code }),
    target: row.record.target,
    changes: [...row.record.changes],
    ...(row.record.reason === undefined ? {} : { reason: row.record.reason }),
    ...(row.record.requestId === undefined ? {} : { requestId: row.record.requestId }),
    hash: row.hash.toString('hex'),
  };
}

function conditions(filter: AuditFilter): { where: string[]; values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  function add(sql: (place: string) => string, value: unknown): void {
    values.push(value);
    where.push(sql(`$${values.length}`));
  }
  if (filter.action !== undefined) add((place) => `action = ANY(${place}::text[])`, filter.action);
  if (filter.outcome !== undefined) add((place) => `outcome = ANY(${place}::text[])`, filter.outcome);
  if (filter.target !== undefined) add((place) => `target_id = ${place}`, filter.target);
  if (filter.q !== undefined && filter.q !== '') {
    add((place) => `position(lower(${place}) in lower(action || ' ' || record::text)) > 0`, filter.q);
  }
  return { where, values };
}
