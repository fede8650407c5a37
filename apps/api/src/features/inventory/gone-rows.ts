import { type Queryable, textArray } from '@quarterdeck/database';

/** What a batch takes away. A name that it also puts is not deleted: the put replaces whatever had it. */
export type Gone = {
  deletes: readonly { namespace: string; name: string; uid: string }[];
  /** Ends a full list: uids of all that exists; what else is stored goes. */
  complete?: readonly string[] | undefined;
  /** The same by who knows what is stored: uids of what goes. */
  gone?: readonly string[] | undefined;
};

/** Tables that a full list decides over: where a row `o` stands by key `k`, by the put `i`, and what its deletion gives. */
const tables = {
  inventory_object: {
    also: 'inventory_namespace n, ',
    atKey: 'n.cluster_no = $1 AND n.name = k.namespace AND o.ns_no = n.ns_no',
    atPut: 'i.ns_no = o.ns_no',
    gives: 'o.id, o.ns_no',
  },
  cluster_rbac: { also: '', atKey: 'o.namespace = k.namespace', atPut: 'i.namespace = o.namespace', gives: '1' },
} as const;
type Table = keyof typeof tables;

/**
 * Deletes by key, and of all that a full list did not hold, as parts of a batch's statement by their names: joins, since
 * a list has any length. $1 cluster, $3 kind; `fence` and `input` are parts of the same statement.
 */
export function goneParts(
  table: Table,
  { puts, deletes, complete, gone = [] }: Gone & { puts: readonly unknown[] },
  place: (value: unknown) => string,
): [string, string][] {
  const { also, atKey, atPut, gives } = tables[table];
  const ofKind = 'o.cluster_no = $1 AND o.kind_no = $3';
  const notPut = puts.length === 0 ? '' : `AND NOT EXISTS (SELECT FROM input i WHERE ${atPut} AND i.name = o.name)`;
  const parts: [string, string][] = [];
  if (deletes.length > 0) {
    const keys = [
      deletes.map(({ namespace }) => namespace),
      deletes.map(({ name }) => name),
      deletes.map(({ uid }) => uid),
    ]
      .map((column) => `${place(textArray(column))}::text[]`)
      .join(', ');
    parts.push([
      'dropped',
      `dropped AS (
        DELETE FROM ${table} o USING unnest(${keys}) AS k(namespace, name, uid), ${also}fence
        WHERE ${ofKind} AND ${atKey} AND o.name = k.name AND o.uid = k.uid ${notPut} RETURNING ${gives})`,
    ]);
  }
  if (gone.length > 0) {
    parts.push([
      'absent',
      `absent AS (
        DELETE FROM ${table} o USING fence WHERE ${ofKind}
          AND o.uid IN (SELECT unnest(${place(textArray(gone))}::text[])) ${notPut} RETURNING ${gives})`,
    ]);
  }
  if (complete !== undefined) {
    parts.push([
      'unseen',
      `unseen AS (
        DELETE FROM ${table} o USING fence WHERE ${ofKind}
          AND NOT EXISTS (SELECT FROM unnest(${place(textArray(complete))}::text[]) AS seen(uid) WHERE seen.uid = o.uid) ${notPut}
        RETURNING ${gives})`,
    ]);
  }
  return parts;
}

/** How many rows of a kind the end of a full list with these uids would delete, and how many there are. */
export async function countUnseen(
  pool: Queryable,
  table: Table,
  { clusterNo, kindNo }: { clusterNo: number; kindNo: number },
  seenUids: readonly string[],
): Promise<{ unseen: number; rows: number }> {
  const result = await pool.query<{ unseen: number; rows: number }>(
    // Joined, so that it is hashed: a subquery in FILTER runs once per row, and never ends at 50,000.
    `SELECT count(*) FILTER (WHERE seen.uid IS NULL)::int AS unseen, count(*)::int AS rows
     FROM ${table} o LEFT JOIN (SELECT DISTINCT unnest($3::text[]) AS uid) AS seen ON seen.uid = o.uid
     WHERE o.kind_no = $2 AND o.cluster_no = $1`,
    [clusterNo, kindNo, textArray(seenUids)],
  );
  return result.rows[0] ?? { unseen: 0, rows: 0 };
}
