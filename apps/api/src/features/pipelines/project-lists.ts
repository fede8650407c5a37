import type { Permission } from '@quarterdeck/contracts';
import type { Queryable } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import { type Access, tenantCondition } from '../access/index.ts';

/** What every list of this feature may be asked for. */
export type ListQuery = {
  limit: number;
  cursor?: string | undefined;
  q?: string | undefined;
  project?: string | undefined;
};

/** One list: its rows carry `id` (uuid) and `sort_at`; the newest come first. */
export type ListSource = {
  name: string;
  /** `SELECT …, <at> AS sort_at FROM …`, up to before WHERE. */
  select: string;
  at: string;
  id: string;
  /** Columns that say whose a row is; without an environment it belongs to the whole project. */
  place: { project: string; environment?: string };
  /** What `q` is looked for in, as SQL text. */
  text: string;
};

/** A condition on one value; left out when the value is `undefined`. */
export type ListFilter = readonly [sql: (place: string) => string, value: unknown];

export type ProjectLists = ReturnType<typeof createProjectLists>;

/** Pages of rows that belong to projects: only those that the principal may read, in rows, total and cursor alike. */
export function createProjectLists(deps: { pool: Queryable; access: Access; cursors: Cursors }) {
  const { pool, access, cursors } = deps;
  const permission: Permission = 'pipelines:read';

  return {
    /** The slug of a project of which the principal may read something; `undefined` also for one that there is not. */
    async slugOfVisible(principal: Principal, projectId: string): Promise<string | undefined> {
      const visible = await access.visibleScope(principal, permission);
      const values: unknown[] = [toUuid(projectId)];
      const whole = tenantCondition(visible, { project: 'p.id' }, values);
      const part = tenantCondition(visible, { project: 'p.id', environment: 'e.id' }, values);
      const result = await pool.query<{ slug: string }>(
        `SELECT p.slug FROM access_project p LEFT JOIN access_environment e ON e.project_id = p.id
         WHERE p.id = $1 AND (${whole} OR ${part}) LIMIT 1`,
        values,
      );
      return result.rows[0]?.slug;
    },

    async page<R extends { id: string; sort_at: Date }>(
      principal: Principal,
      source: ListSource,
      query: ListQuery,
      filters: readonly ListFilter[] = [],
    ): Promise<{ rows: R[]; nextCursor?: string; total: number; totalIsExact: boolean }> {
      const visible = await access.visibleScope(principal, permission);
      const values: unknown[] = [];
      const where = [tenantCondition(visible, source.place, values)];
      const asked: ListFilter[] = [
        [(place) => `p.slug = ${place}`, query.project],
        [
          (place) => `position(lower(${place}) IN lower(${source.text})) > 0`,
          query.q === undefined || query.q === '' ? undefined : query.q,
        ],
        ...filters,
      ];
      for (const [sql, value] of asked) {
        if (value === undefined) continue;
        values.push(value);
        where.push(sql(`$${values.length}`));
      }
      const matching = where.join(' AND ');
      const counted = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (${source.select} WHERE ${matching}) AS matching`,
        values,
      );
      const scope = [source.name, query.q, query.project, filters.map(([, value]) => value)];
      const after =
        query.cursor === undefined ? undefined : cursors.verify<{ at: string; id: string }>(scope, query.cursor);
      const isAfter =
        after === undefined
          ? ''
          : ` AND (${source.at}, ${source.id}) < ($${values.length + 1}::timestamptz, $${values.length + 2}::uuid)`;
      const result = await pool.query<R>(
        `${source.select} WHERE ${matching}${isAfter} ORDER BY ${source.at} DESC, ${source.id} DESC LIMIT ${query.limit + 1}`,
        after === undefined ? values : [...values, after.at, after.id],
      );
      const rows = result.rows.slice(0, query.limit);
      const last = rows.at(-1);
      return {
        rows,
        ...(result.rows.length > query.limit && last !== undefined
          ? { nextCursor: cursors.sign(scope, { at: last.sort_at.toISOString(), id: last.id }) }
          : {}),
        total: counted.rows[0]?.n ?? 0,
        totalIsExact: true,
      };
    },
  };
}

/** A condition on one id of the API. */
export function idFilter(column: string, id: string | undefined): ListFilter {
  return [(place) => `${column} = ${place}::uuid`, id === undefined ? undefined : toUuid(id)];
}

/** A condition on one of several words. */
export function wordsFilter(column: string, words: readonly string[] | undefined): ListFilter {
  return [(place) => `${column} = ANY(${place}::text[])`, words];
}
