import type { Database } from '@quarterdeck/database';
import { countCap } from './inventory-counts.ts';
import { refuseCostly } from './query-cost.ts';
import { namespaceCondition, type Reach } from './reach.ts';

const costlyWords = {
  pointer: 'query/q',
  narrower: 'Name an object (objectUid), clusters or namespaces as well.',
};

const costlyHours = { pointer: 'query/hours', narrower: 'Name clusters, or ask for fewer hours.' };

/** An event as it is stored. */
export type EventRecord = {
  cluster_no: number;
  uid: string;
  namespace: string;
  /** `Pod/cart-7d9f`. */
  object: string;
  object_uid: string;
  type: string;
  reason: string;
  message: string;
  count: number;
  first_at: Date;
  last_at: Date;
};

/** Kubernetes events over all clusters. */
export function createEventReadModel({ database, affordableCost }: { database: Database; affordableCost: number }) {
  const { pool } = database;

  return {
    async events(
      filter: {
        reach: Reach;
        namespaces?: readonly string[] | undefined;
        type?: string | undefined;
        objectUid?: string | undefined;
        q?: string | undefined;
      },
      position: { at: string; uid: string } | undefined,
      limit: number,
    ) {
      const values: unknown[] = [];
      const where = [namespaceCondition(filter.reach, values, 'e.ns_no')];
      function add(sql: (place: string) => string, value: unknown): void {
        values.push(value);
        where.push(sql(`$${values.length}`));
      }
      if (filter.namespaces !== undefined) add((place) => `n.name = ANY(${place}::text[])`, filter.namespaces);
      if (filter.type !== undefined) add((place) => `e.type = ${place}`, filter.type);
      if (filter.objectUid !== undefined) add((place) => `e.object_uid = ${place}`, filter.objectUid);
      if (filter.q !== undefined && filter.q !== '') {
        add(
          (place) => `position(lower(${place}) IN lower(e.object || ' ' || e.reason || ' ' || e.message)) > 0`,
          filter.q,
        );
      }
      const unpaged = { where: where.join(' AND '), values: [...values] };
      if (filter.q !== undefined && filter.q !== '') {
        const sql = `SELECT FROM inventory_event e JOIN inventory_namespace n ON n.ns_no = e.ns_no WHERE ${unpaged.where}`;
        await refuseCostly(database, { sql, values: unpaged.values }, costlyWords, affordableCost);
      }
      if (position !== undefined) {
        values.push(position.at, position.uid);
        where.push(`(e.last_at, e.uid) < ($${values.length - 1}::timestamptz, $${values.length})`);
      }
      const rows = await pool.query<EventRecord>(
        `SELECT e.*, n.name AS namespace FROM inventory_event e JOIN inventory_namespace n ON n.ns_no = e.ns_no
         WHERE ${where.join(' AND ')} ORDER BY e.last_at DESC, e.uid DESC LIMIT ${limit}`,
        values,
      );
      const counted = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (SELECT FROM inventory_event e JOIN inventory_namespace n ON n.ns_no = e.ns_no
         WHERE ${unpaged.where} LIMIT ${countCap + 1}) AS capped`,
        unpaged.values,
      );
      const n = counted.rows[0]?.n ?? 0;
      return { rows: rows.rows, total: Math.min(n, countCap), totalIsExact: n <= countCap };
    },

    /** Events by when they were last seen, in slots of equal length; empty slots are left out. */
    async eventCounts(
      filter: { reach: Reach; namespaces?: readonly string[] | undefined },
      { hours, slotMinutes }: { hours: number; slotMinutes: number },
    ) {
      const values: unknown[] = [hours, slotMinutes];
      const where = [
        'e.last_at >= now() - make_interval(hours => $1)',
        namespaceCondition(filter.reach, values, 'e.ns_no'),
      ];
      if (filter.namespaces !== undefined) {
        values.push(filter.namespaces);
        where.push(`n.name = ANY($${values.length}::text[])`);
      }
      const sql = `SELECT date_bin(make_interval(mins => $2), e.last_at, 'epoch') AS at,
          count(*) FILTER (WHERE e.type = 'Warning')::int AS warnings, count(*) FILTER (WHERE e.type <> 'Warning')::int AS others
        FROM inventory_event e JOIN inventory_namespace n ON n.ns_no = e.ns_no
        WHERE ${where.join(' AND ')} GROUP BY 1 ORDER BY 1`;
      await refuseCostly(database, { sql, values }, costlyHours, affordableCost);
      return (await pool.query<{ at: Date; warnings: number; others: number }>(sql, values)).rows;
    },
  };
}
