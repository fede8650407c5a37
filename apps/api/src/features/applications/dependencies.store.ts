import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';

export type DependenciesStore = ReturnType<typeof createDependenciesStore>;

/** An application in words. */
export type Named = { id: string; project: string; slug: string };

const named = `a.id, p.slug AS project, a.slug FROM applications_application a JOIN access_project p ON p.id = a.project_id`;
const toNamed = (row: Named): Named => ({ ...row, id: fromUuid('app', row.id) });

/** Which application needs which. */
export function createDependenciesStore(database: Database) {
  const { pool } = database;
  return {
    /** Ids of what an application needs, by name. */
    async needsOf(id: string, on: Queryable = pool): Promise<string[]> {
      const result = await on.query<Named>(
        `SELECT ${named} JOIN applications_dependency d ON d.needs_id = a.id WHERE d.application_id = $1 ORDER BY p.slug, a.slug`,
        [toUuid(id)],
      );
      return result.rows.map((row) => toNamed(row).id);
    },

    /** Ids of what each of some applications needs. */
    async needsOfAll(ids: readonly string[]): Promise<Map<string, string[]>> {
      const result = await pool.query<{ application_id: string; needs_id: string }>(
        `SELECT application_id, needs_id FROM applications_dependency WHERE application_id = ANY($1::uuid[])
         ORDER BY application_id, needs_id`,
        [ids.map(toUuid)],
      );
      const all = new Map<string, string[]>();
      for (const row of result.rows) {
        const id = fromUuid('app', row.application_id);
        all.set(id, [...(all.get(id) ?? []), fromUuid('app', row.needs_id)]);
      }
      return all;
    },

    /** What needs an application, by name. */
    async neededBy(id: string, on: Queryable = pool): Promise<Named[]> {
      const result = await on.query<Named>(
        `SELECT ${named} JOIN applications_dependency d ON d.application_id = a.id WHERE d.needs_id = $1 ORDER BY p.slug, a.slug`,
        [toUuid(id)],
      );
      return result.rows.map(toNamed);
    },

    async findByName(name: string): Promise<string | undefined> {
      const [project, slug] = name.split('/');
      const result = await pool.query<Named>(`SELECT ${named} WHERE p.slug = $1 AND a.slug = $2`, [project, slug]);
      return result.rows.map((row) => toNamed(row).id)[0];
    },

    /** One after another until the transaction ends: two that together would close a circle do not cross. */
    async lock(tx: Transaction): Promise<void> {
      await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('applications_dependency', 0))");
    },

    async isThere(tx: Transaction, id: string): Promise<boolean> {
      const result = await tx.query('SELECT FROM applications_application WHERE id = $1', [toUuid(id)]);
      return result.rowCount === 1;
    },

    /** The way from one application to another along what they need, both ends named; `undefined`: there is none. */
    async wayBetween(tx: Transaction, from: string, to: string): Promise<Named[] | undefined> {
      const reached = await tx.query<{ id: string; via: string | null }>(
        `WITH RECURSIVE way (id, via, depth) AS (
           SELECT $1::uuid, NULL::uuid, 0
           UNION SELECT d.needs_id, d.application_id, way.depth + 1 FROM way JOIN applications_dependency d ON d.application_id = way.id
           WHERE way.depth < 200)
         SELECT DISTINCT ON (id) id, via FROM way ORDER BY id, depth`,
        [toUuid(from)],
      );
      const via = new Map(reached.rows.map((row) => [row.id, row.via]));
      if (!via.has(toUuid(to))) return undefined;
      const ids: string[] = [];
      for (let at: string | null | undefined = toUuid(to); at != null; at = via.get(at)) ids.unshift(at);
      const result = await tx.query<Named>(`SELECT ${named} WHERE a.id = ANY($1::uuid[])`, [ids]);
      const byId = new Map(result.rows.map((row) => [row.id, toNamed(row)]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },

    /** False when it was declared already. */
    async add(tx: Transaction, id: string, needs: string, createdBy: string): Promise<boolean> {
      const result = await tx.query(
        'INSERT INTO applications_dependency (application_id, needs_id, created_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [toUuid(id), toUuid(needs), createdBy],
      );
      return result.rowCount === 1;
    },

    async remove(tx: Transaction, id: string, needs: string): Promise<boolean> {
      const result = await tx.query('DELETE FROM applications_dependency WHERE application_id = $1 AND needs_id = $2', [
        toUuid(id),
        toUuid(needs),
      ]);
      return result.rowCount === 1;
    },
  };
}
