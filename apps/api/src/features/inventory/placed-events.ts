import type { Database } from '@quarterdeck/database';
import type { EventRecord } from './event-read-model.ts';
import type { RowPlace } from './placed-rows.ts';
import { namespaceCondition, type Reach } from './reach.ts';

/** Events of a namespace that are looked through for objects that are gone, the newest. */
const lookedThrough = 5000;

export type EventsWanted = {
  /** Objects that there are. */
  uids: readonly string[];
  /**
   * Objects of a kind that are gone, by how they are told (`Pod/cart-7d9f`): a regular expression of PostgreSQL. `reach`
   * is of their kind: what somebody does not see while it is there they do not see afterwards.
   */
  gone: readonly { pattern: string; reach: Reach }[];
};

/** Events of some objects of one namespace, newest first. @param reach what somebody sees of events */
export async function readPlacedEvents(
  pool: Database['pool'],
  { clusterNo, namespace }: RowPlace,
  { uids, gone, reach, limit }: EventsWanted & { reach: Reach; limit: number },
): Promise<EventRecord[]> {
  const values: unknown[] = [];
  const place = (value: unknown) => `$${values.push(value)}`;
  const nsNo = `(SELECT ns_no FROM inventory_namespace WHERE cluster_no = ${place(clusterNo)} AND name = ${place(namespace)})`;
  const seen = `e.ns_no = ${nsNo} AND ${namespaceCondition(reach, values, 'e.ns_no')}`;
  const known = place(uids);
  const parts = [
    `(SELECT e.* FROM inventory_event e WHERE e.object_uid = ANY(${known}::text[]) AND ${seen}
      ORDER BY e.last_at DESC, e.uid DESC LIMIT ${limit})`,
  ];
  if (gone.length > 0) {
    const called = gone.map(
      ({ pattern, reach: ofKind }) =>
        `(e.object ~ ${place(pattern)} AND ${namespaceCondition(ofKind, values, 'e.ns_no')})`,
    );
    parts.push(
      `(SELECT * FROM (SELECT e.* FROM inventory_event e WHERE ${seen} ORDER BY e.last_at DESC LIMIT ${lookedThrough}) AS e
        WHERE (${called.join(' OR ')}) AND e.object_uid <> ALL(${known}::text[])
        ORDER BY e.last_at DESC, e.uid DESC LIMIT ${limit})`,
    );
  }
  const sql = `SELECT * FROM (${parts.join(' UNION ALL ')}) AS e ORDER BY e.last_at DESC, e.uid DESC LIMIT ${limit}`;
  const { rows } = await pool.query<EventRecord>(sql, values);
  return rows.map((row) => ({ ...row, namespace }));
}
