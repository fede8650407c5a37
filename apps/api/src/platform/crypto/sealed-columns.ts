import type { Queryable } from '@quarterdeck/database';
import { createEnvelopes, type Envelopes } from './envelope.ts';
import type { Keyring } from './keyring.ts';

/**
 * Every column with sealed records, and how a row is named in their additional data, as SQL. A check compares this list
 * with the database: what is missing here would keep its old key for ever.
 */
export const sealedColumns: readonly { table: string; column: string; rowId: string }[] = [
  { table: 'platform_installation', column: 'sealed_secret', rowId: "'installation'" },
  { table: 'platform_secret', column: 'sealed', rowId: 'name' },
  { table: 'clusters_credential', column: 'sealed', rowId: 'cluster_id::text' },
  { table: 'identity_provider', column: 'sealed_secret', rowId: 'id::text' },
  { table: 'identity_session', column: 'sealed_id_token', rowId: 'id::text' },
  { table: 'identity_totp', column: 'sealed_secret', rowId: 'user_id::text' },
];

/** How many records each key wraps. */
export async function countByKey(on: Queryable): Promise<Map<string, number>> {
  const parts = sealedColumns.map(
    ({ table, column }) => `SELECT platform_key_of(${column}) AS key_id FROM ${table} WHERE ${column} IS NOT NULL`,
  );
  const { rows } = await on.query<{ key_id: string; n: string }>(
    `SELECT key_id, count(*) AS n FROM (${parts.join(' UNION ALL ')}) AS records GROUP BY key_id ORDER BY key_id`,
  );
  return new Map(rows.map((row) => [row.key_id, Number(row.n)]));
}

/**
 * Seals up to `limit` records of other keys again with the primary key. Rows that are being changed at this moment are
 * left for the next call: whoever changes them seals with the primary key anyway.
 * @returns how many were sealed again
 */
export async function rewrapBatch(tx: Queryable, keyring: Keyring, limit: number): Promise<number> {
  const envelopes = createEnvelopes(keyring);
  let left = limit;
  for (const column of sealedColumns) {
    if (left === 0) break;
    left -= await rewrapColumn(tx, envelopes, keyring.primary, column, left);
  }
  return limit - left;
}

async function rewrapColumn(
  tx: Queryable,
  envelopes: Envelopes,
  primary: string,
  { table, column, rowId }: (typeof sealedColumns)[number],
  limit: number,
): Promise<number> {
  const { rows } = await tx.query<{ place: string; sealed: Buffer; row_id: string }>(
    `SELECT ctid::text AS place, ${column} AS sealed, ${rowId} AS row_id FROM ${table}
     WHERE ${column} IS NOT NULL AND platform_key_of(${column}) <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [primary, limit],
  );
  for (const row of rows) {
    const place = { table, column, rowId: row.row_id };
    const sealed = envelopes.seal(place, envelopes.open(place, row.sealed).reveal('rotate the key'));
    await tx.query(`UPDATE ${table} SET ${column} = $1 WHERE ctid = $2::tid`, [Buffer.from(sealed), row.place]);
  }
  return rows.length;
}
