import type { SavedView } from '@quarterdeck/contracts';
import { type Database, sqlState, type Transaction } from '@quarterdeck/database';

export type ViewContent = SavedView['content'];

/** Ids are uuids. */
export type ViewRecord = {
  id: string;
  ownerId: string;
  projectId: string | undefined;
  name: string;
  content: ViewContent;
  revision: number;
  updatedAt: Date;
};

type Row = {
  id: string;
  owner_id: string;
  project_id: string | null;
  name: string;
  content: ViewContent;
  revision: number;
  updated_at: Date;
};

export type ViewsStore = ReturnType<typeof createViewsStore>;

/** Saved lists and cluster sets. */
export function createViewsStore({ pool }: Database) {
  return {
    /** What an account has itself, and what these projects have. */
    async list(ownerId: string, projectIds: readonly string[] | 'all', type: ViewContent['type'] | undefined) {
      const result = await pool.query<Row>(
        `SELECT * FROM inventory_view
         WHERE ((owner_id = $1 AND project_id IS NULL) OR (project_id IS NOT NULL AND ($2 OR project_id = ANY($3::uuid[]))))
           AND ($4::text IS NULL OR type = $4) ORDER BY project_id IS NOT NULL, name, id LIMIT 1000`,
        [ownerId, projectIds === 'all', projectIds === 'all' ? [] : projectIds, type ?? null],
      );
      return result.rows.map(toRecord);
    },

    async findById(id: string): Promise<ViewRecord | undefined> {
      const result = await pool.query<Row>('SELECT * FROM inventory_view WHERE id = $1', [id]);
      return result.rows[0] === undefined ? undefined : toRecord(result.rows[0]);
    },

    async count(tx: Transaction, ownerId: string): Promise<number> {
      const result = await tx.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM inventory_view WHERE owner_id = $1',
        [ownerId],
      );
      return result.rows[0]?.n ?? 0;
    },

    /** `undefined` when another one there has the name. */
    async insert(
      tx: Transaction,
      view: Pick<ViewRecord, 'id' | 'ownerId' | 'projectId' | 'name' | 'content'>,
    ): Promise<ViewRecord | undefined> {
      const result = await tx.query<Row>(
        `INSERT INTO inventory_view (id, owner_id, project_id, name, type, content) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING RETURNING *`,
        [view.id, view.ownerId, view.projectId ?? null, view.name, view.content.type, JSON.stringify(view.content)],
      );
      return result.rows[0] === undefined ? undefined : toRecord(result.rows[0]);
    },

    /** Only the revision that was read is replaced. */
    async update(
      tx: Transaction,
      id: string,
      change: Pick<ViewRecord, 'name' | 'content' | 'revision'>,
    ): Promise<ViewRecord | 'changed' | 'name_taken'> {
      try {
        const result = await tx.query<Row>(
          `UPDATE inventory_view SET name = $2, type = $3, content = $4, revision = revision + 1, updated_at = now()
           WHERE id = $1 AND revision = $5 RETURNING *`,
          [id, change.name, change.content.type, JSON.stringify(change.content), change.revision],
        );
        return result.rows[0] === undefined ? 'changed' : toRecord(result.rows[0]);
      } catch (error) {
        if (sqlState(error) === '23505') return 'name_taken';
        throw error;
      }
    },

    /** Accounts with views of their own, a page after `after` in order. */
    async owners(after: string, limit: number): Promise<string[]> {
      const result = await pool.query<{ owner_id: string }>(
        `SELECT DISTINCT owner_id FROM inventory_view WHERE project_id IS NULL AND owner_id > $1
         ORDER BY owner_id LIMIT $2`,
        [after, limit],
      );
      return result.rows.map((row) => row.owner_id);
    },

    /** Views that are these accounts' alone; those they gave to a project stay. Gives how many went. */
    async deleteOwned(ownerIds: readonly string[]): Promise<number> {
      const result = await pool.query(
        'DELETE FROM inventory_view WHERE project_id IS NULL AND owner_id = ANY($1::uuid[])',
        [ownerIds],
      );
      return result.rowCount ?? 0;
    },

    async delete(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM inventory_view WHERE id = $1', [id]);
    },
  };
}

function toRecord(row: Row): ViewRecord {
  return {
    id: row.id,
    ownerId: row.owner_id,
    projectId: row.project_id ?? undefined,
    name: row.name,
    content: row.content,
    revision: row.revision,
    updatedAt: row.updated_at,
  };
}
