import { createHash } from 'node:crypto';
import { fromUuid } from '../../platform/ids.ts';
import type { StoredRecord } from './audit-record.ts';

/** A record as the verifier reads it: texts exactly as PostgreSQL has them. */
export type LinkRow = {
  id: string;
  seq: string;
  at_text: string;
  action: string;
  outcome: string;
  code: string | null;
  actor_kind: string;
  actor_id: string | null;
  target_id: string | null;
  project: string | null;
  cluster: string | null;
  request_id: string | null;
  record_text: string;
  prev_hash: Buffer;
  hash: Buffer;
};

/** The last good record of a chain, or where the chain begins. */
export type Link = { seq: number; hash: Buffer };

export const linkColumns = `id, seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at_text, action,
  outcome, code, actor_kind, actor_id, target_id, project, cluster, request_id, record::text AS record_text, prev_hash, hash`;

/**
 * The hash of a record, computed here: who can change rows can change the database's functions too.
 * It is over the hash before, chain, number, time and the record's canonical text.
 */
export function hashOf(chain: number, row: Pick<LinkRow, 'seq' | 'at_text' | 'record_text' | 'prev_hash'>): Buffer {
  return createHash('sha256')
    .update(row.prev_hash)
    .update(`${chain}|${row.seq}|${row.at_text}|${row.record_text}`)
    .digest();
}

/** Why a record does not follow the one before it; `undefined` when it does. */
export function whyBroken(chain: number, before: Link, row: LinkRow): string | undefined {
  if (Number(row.seq) !== before.seq + 1) {
    const missing = Number(row.seq) - before.seq - 1;
    return missing === 1
      ? `record ${before.seq + 1} is missing`
      : `${missing} records from ${before.seq + 1} are missing`;
  }
  if (!row.prev_hash.equals(before.hash)) return 'it does not follow the record before it';
  if (!row.hash.equals(hashOf(chain, row))) return 'its content was changed';
  const column = changedColumn(row);
  return column === undefined ? undefined : `its column ${column} was changed`;
}

/** The search columns are copies of the record; a copy that says something else was changed. */
function changedColumn(row: LinkRow): string | undefined {
  const record = JSON.parse(row.record_text) as Omit<StoredRecord, 'version'> & { version: number };
  // Records of the first version keep action, outcome and code in columns alone.
  if (record.version === 1) return undefined;
  const expected: Record<string, string | undefined> = {
    id: record.id,
    action: record.action,
    outcome: record.outcome,
    code: record.code,
    actor_kind: record.actor.kind,
    actor_id: record.actor.id,
    target_id: record.target.id,
    project: record.target.project,
    cluster: record.target.cluster,
    request_id: record.requestId,
  };
  const found: Record<string, string | null> = { ...row, id: fromUuid('aud', row.id) } as never;
  return Object.keys(expected).find((name) => (expected[name] ?? null) !== found[name]);
}
