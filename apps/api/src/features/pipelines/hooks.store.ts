import type { HookSource } from '@quarterdeck/contracts';
import { type Database, type Queryable, sqlState, type Transaction } from '@quarterdeck/database';
import type { ListSource } from './project-lists.ts';

/** A hook as it is stored; ids are uuids. */
export type HookRow = {
  id: string;
  project_id: string;
  project: string;
  connection_id: string | null;
  connection: string | null;
  source: HookSource;
  name: string;
  registry: string | null;
  sealed_secret: Buffer;
  require_signature: boolean;
  enabled: boolean;
  last_delivery_at: Date | null;
  last_rejected_at: Date | null;
  today: number;
  created_at: Date;
  sort_at: Date;
};

/** What the door needs of a hook, with the database's time. */
export type HookAtDoor = Pick<
  HookRow,
  'id' | 'project_id' | 'source' | 'name' | 'sealed_secret' | 'require_signature'
> & {
  now: Date;
};

const select = `SELECT h.*, p.slug AS project, c.name AS connection, h.created_at AS sort_at,
    (SELECT count(*)::int FROM hook_delivery d WHERE d.hook_id = h.id AND d.received_at > now() - interval '24 hours') AS today
  FROM pipelines_hook h JOIN access_project p ON p.id = h.project_id
  LEFT JOIN pipelines_connection c ON c.id = h.connection_id`;

export const hooksList: ListSource = {
  name: 'hooks',
  select,
  at: 'h.created_at',
  id: 'h.id',
  place: { project: 'h.project_id' },
  text: "h.name || ' ' || h.source",
};

export type HooksStore = ReturnType<typeof createHooksStore>;

/** Addresses that take events. */
export function createHooksStore({ keyed: pool }: Database) {
  return {
    async findById(id: string, on: Queryable = pool): Promise<HookRow | undefined> {
      const result = await on.query<HookRow>(`${select} WHERE h.id = $1`, [id]);
      return result.rows[0];
    },

    /** One that is on, of a project that is. */
    async atDoor(id: string): Promise<HookAtDoor | undefined> {
      const result = await pool.query<HookAtDoor>(
        `SELECT h.id, h.project_id, h.source, h.name, h.sealed_secret, h.require_signature, now() AS now
         FROM pipelines_hook h JOIN access_project p ON p.id = h.project_id
         WHERE h.id = $1 AND h.enabled AND p.archived_at IS NULL`,
        [id],
      );
      return result.rows[0];
    },

    async insert(
      tx: Transaction,
      row: Pick<
        HookRow,
        'id' | 'project_id' | 'connection_id' | 'source' | 'name' | 'registry' | 'sealed_secret' | 'require_signature'
      >,
    ): Promise<'inserted' | 'name_taken'> {
      const result = await tx.query(
        `INSERT INTO pipelines_hook (id, project_id, connection_id, source, name, registry, sealed_secret, require_signature)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (project_id, name) DO NOTHING RETURNING id`,
        [
          row.id,
          row.project_id,
          row.connection_id,
          row.source,
          row.name,
          row.registry,
          row.sealed_secret,
          row.require_signature,
        ],
      );
      return result.rows.length === 1 ? 'inserted' : 'name_taken';
    },

    async update(
      tx: Transaction,
      id: string,
      change: Pick<HookRow, 'name' | 'enabled' | 'require_signature'>,
    ): Promise<'updated' | 'name_taken'> {
      try {
        await tx.query('UPDATE pipelines_hook SET name = $2, enabled = $3, require_signature = $4 WHERE id = $1', [
          id,
          change.name,
          change.enabled,
          change.require_signature,
        ]);
        return 'updated';
      } catch (error) {
        if (sqlState(error) === '23505') return 'name_taken';
        throw error;
      }
    },

    async replaceSecret(tx: Transaction, id: string, sealed: Buffer): Promise<void> {
      await tx.query('UPDATE pipelines_hook SET sealed_secret = $2 WHERE id = $1', [id, sealed]);
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM pipelines_hook WHERE id = $1', [id]);
    },

    async noteRejection(id: string): Promise<void> {
      await pool.query(
        `UPDATE pipelines_hook SET last_rejected_at = now()
         WHERE id = $1 AND (last_rejected_at IS NULL OR last_rejected_at < now() - interval '1 minute')`,
        [id],
      );
    },
  };
}
