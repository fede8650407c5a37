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
  { table: 'pipelines_connection', column: 'sealed_secret', rowId: 'id::text' },
  { table: 'pipelines_hook', column: 'sealed_secret', rowId: 'id::text' },
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
 * Seals up to `limit` records of other keys again with the primary key. No row is held meanwhile: one statement puts
 * back those that nobody has changed since, and whoever changed one has sealed it with the primary key.
 * @returns how many were sealed again
 */
export async function rewrapBatch(on: Queryable, keyring: Keyring, limit: number): Promise<number> {
  const envelopes = createEnvelopes(keyring);
  let sealed = 0;
  for (const column of sealedColumns) {
    if (sealed >= limit) break;
    sealed += await rewrapColumn(on, envelopes, keyring.primary, column, limit - sealed);
  }
  return sealed;
}

async function rewrapColumn(
  on: Queryable,
  envelopes: Envelopes,
  primary: string,
  { table, column, rowId }: (typeof sealedColumns)[number],
  limit: number,
): Promise<number> {
  const { rows } = await on.query<{ sealed: Buffer; row_id: string }>(
    `SELECT ${column} AS sealed, ${rowId} AS row_id FROM ${table}
     WHERE ${column} IS NOT NULL AND platform_key_of(${column}) <> $1 LIMIT $2`,
    [primary, limit],
  );
  if (rows.length === 0) return 0;
  const again = rows.map((row) => {
    const place = { table, column, rowId: row.row_id };
    return Buffer.from(envelopes.seal(place, envelopes.open(place, row.sealed).reveal('rotate the key')));
  });
  const result = await on.query(
    `UPDATE ${table} AS t SET ${column} = s.again
     FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS s (row_id, sealed, again)
     WHERE ${rowId} = s.row_id AND t.${column} = s.sealed`,
    [rows.map((row) => row.row_id), rows.map((row) => row.sealed), again],
  );
  return result.rowCount ?? 0;
}

/**
 * Opens every sealed record and throws its content away: a restored database fits its keyring.
 * @returns how many
 * @throws EnvelopeError at the first that does not open
 */
export async function openAll(on: Queryable, envelopes: Envelopes): Promise<number> {
  let opened = 0;
  for (const { table, column, rowId } of sealedColumns) {
    const { rows } = await on.query<{ sealed: Buffer; row_id: string }>(
      `SELECT ${column} AS sealed, ${rowId} AS row_id FROM ${table} WHERE ${column} IS NOT NULL`,
    );
    for (const row of rows) envelopes.open({ table, column, rowId: row.row_id }, row.sealed);
    opened += rows.length;
  }
  return opened;
}
