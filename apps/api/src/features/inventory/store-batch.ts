import { type Gone, goneParts } from './gone-rows.ts';
import { columnArrays, type EventRow, type WrittenRow, writtenColumns } from './object-rows.ts';

/** What changed in one kind of one cluster. One put per name; of several the last counts. */
export type Batch<Row = WrittenRow> = Gone & {
  puts: readonly Row[];
  /** Where the watch goes on from once this is stored, and how its rows were projected. */
  position?: { resourceVersion: string; projection: string } | undefined;
};

export type Statement = { sql: string; values: unknown[] };
export type Fenced = { clusterNo: number; epoch: string };

/** How long a worker owns a cluster without saying so again. */
export const leaseSeconds = 15;

/** Joined by every write: an owner that was paused past its lease, or replaced, writes nothing. */
export const fenced = `fence AS MATERIALIZED (
  SELECT cluster_no FROM inventory_head WHERE cluster_no = $1 AND epoch = $2 AND lease_until > clock_timestamp() FOR UPDATE)`;

const columns = writtenColumns.join(', ');
/** What the arrays have as text. */
const values = writtenColumns.map((column) =>
  column === 'labels' || column === 'facts' ? `${column}::jsonb` : column,
);

/**
 * One batch as one statement: rows, deletes, the change log, the position, and word of it, all together or, without the
 * fence, none. A row with the same fingerprint is left alone. $1 cluster, $2 epoch, $3 kind.
 */
export function batchStatement(fence: Fenced, kindNo: number, batch: Batch): Statement {
  const given: unknown[] = [fence.clusterNo, fence.epoch, kindNo];
  const place = (value: unknown) => `$${given.push(value)}`;
  const parts = [fenced];
  const changed: string[] = [];
  if (batch.puts.length > 0) {
    parts.push(...putParts(columnArrays(batch.puts).map(({ type, array }) => `${place(array)}::${type}[]`)));
    changed.push('SELECT * FROM put');
  }
  for (const [name, part] of goneParts('inventory_object', batch, place)) {
    parts.push(part);
    changed.push(`SELECT id, ns_no, 'D' AS op FROM ${name}`);
  }
  const nothing = 'SELECT NULL::bigint AS id, NULL::int AS ns_no, NULL::text AS op WHERE false';
  parts.push(
    `changed AS (${changed.length === 0 ? nothing : changed.join(' UNION ALL ')})`,
    // The row is locked until the commit and cannot be renewed meanwhile; who writes is alive.
    `head AS (UPDATE inventory_head h SET rev = h.rev + 1,
         lease_until = greatest(h.lease_until, clock_timestamp() + interval '${leaseSeconds} s') FROM fence f
       WHERE h.cluster_no = f.cluster_no AND EXISTS (SELECT FROM changed) RETURNING h.cluster_no, h.rev)`,
    `recorded AS (INSERT INTO inventory_change (cluster_no, rev, kind_no, id, ns_no, op)
       SELECT head.cluster_no, head.rev, $3, changed.id, changed.ns_no, changed.op FROM changed, head RETURNING 1)`,
  );
  if (batch.position !== undefined) parts.push(positionPart(batch.position, place));
  return {
    sql: `WITH ${parts.join(',\n')}
      SELECT (SELECT count(*)::int FROM changed) AS changed, EXISTS (SELECT FROM fence) AS held,
        (SELECT pg_notify('quarterdeck_inventory', json_build_object('cluster', cluster_no, 'rev', rev)::text) FROM head)`,
    values: given,
  };
}

function putParts(arrays: readonly string[]): string[] {
  const updates = writtenColumns.map((column) => `${column} = excluded.${column}`);
  return [
    `input AS (
       SELECT DISTINCT ON (n.ns_no, i.name) n.ns_no, i.*
       FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS i(namespace, name, ${columns}, place)
       JOIN inventory_namespace n ON n.cluster_no = $1 AND n.name = i.namespace, fence
       ORDER BY n.ns_no, i.name, i.place DESC)`,
    `written AS (
       INSERT INTO inventory_object AS o (kind_no, cluster_no, ns_no, name, ${columns})
       SELECT $3, $1, ns_no, name, ${values.join(', ')} FROM input
       ON CONFLICT (kind_no, ns_no, name) DO UPDATE SET ${updates.join(', ')} WHERE o.fp <> excluded.fp
       RETURNING id, ns_no)`,
    // The statement's snapshot still shows the table as it was: what it holds was updated, not inserted.
    `put AS (SELECT w.id, w.ns_no, CASE WHEN EXISTS (SELECT FROM inventory_object o WHERE o.kind_no = $3 AND o.id = w.id)
       THEN 'U' ELSE 'I' END AS op FROM written w)`,
  ];
}

/** A position that is stored for the first time has rows, but its watch is not open yet. */
export function positionPart(
  { resourceVersion, projection }: { resourceVersion: string; projection: string },
  place: (value: unknown) => string,
): string {
  return `stream AS (
    INSERT INTO inventory_stream AS s (cluster_no, kind_no, resource_version, projection, state, as_of)
    SELECT $1, $3, ${place(resourceVersion)}, ${place(projection)}, 'syncing', clock_timestamp() FROM fence
    ON CONFLICT (cluster_no, kind_no) DO UPDATE SET resource_version = excluded.resource_version,
      projection = excluded.projection, as_of = excluded.as_of
    RETURNING 1)`;
}

/** Events by uid; one that goes on counting keeps its row. $1 cluster, $2 epoch. */
export function eventsStatement(fence: Fenced, rows: readonly EventRow[]): Statement {
  return {
    sql: `WITH ${fenced}, put AS (
        INSERT INTO inventory_event AS e (cluster_no, uid, ns_no, object, object_uid, type, reason, message, count, first_at, last_at)
        SELECT DISTINCT ON (i.uid) $1, i.uid, n.ns_no, i.object, i.object_uid, i.type, i.reason, i.message, i.count, i.first_at, i.last_at
        FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[], $11::timestamptz[], $12::timestamptz[])
          WITH ORDINALITY AS i(namespace, uid, object, object_uid, type, reason, message, count, first_at, last_at, place)
        JOIN inventory_namespace n ON n.cluster_no = $1 AND n.name = i.namespace, fence
        ORDER BY i.uid, i.place DESC
        ON CONFLICT (cluster_no, uid) DO UPDATE SET count = excluded.count, last_at = excluded.last_at, message = excluded.message, type = excluded.type
        RETURNING 1)
      SELECT (SELECT count(*)::int FROM put) AS changed, EXISTS (SELECT FROM fence) AS held`,
    values: [
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
  };
}
