import type { connectionKinds, NoticeEvent } from '@quarterdeck/contracts';
import { type Database, type Queryable, sqlState, type Transaction } from '@quarterdeck/database';
import type { ListSource } from './project-lists.ts';

export type ConnectionKind = (typeof connectionKinds)[number];

/** A connection as it is stored; ids are uuids. */
export type ConnectionRow = {
  id: string;
  project_id: string;
  project: string;
  kind: ConnectionKind;
  name: string;
  address: string;
  ca_pem: string | null;
  sealed_secret: Buffer | null;
  token_hosts: string[];
  events: NoticeEvent[];
  enabled: boolean;
  job_tokens: boolean;
  last_ok_at: Date | null;
  last_failed_at: Date | null;
  last_error: string | null;
  waiting: number;
  created_at: Date;
  sort_at: Date;
};

const select = `SELECT c.*, p.slug AS project, c.created_at AS sort_at,
    (SELECT count(*)::int FROM outbound_effect e WHERE e.connection_id = c.id AND e.state = 'pending') AS waiting
  FROM pipelines_connection c JOIN access_project p ON p.id = c.project_id`;

export const connectionsList: ListSource = {
  name: 'pipeline-connections',
  select,
  at: 'c.created_at',
  id: 'c.id',
  place: { project: 'c.project_id' },
  text: "c.name || ' ' || c.address || ' ' || c.kind",
};

export type NewConnection = Pick<
  ConnectionRow,
  'id' | 'project_id' | 'kind' | 'name' | 'address' | 'token_hosts' | 'events' | 'job_tokens'
> & {
  ca_pem: string | undefined;
  sealed_secret: Buffer | undefined;
};
export type ConnectionChange = Pick<
  ConnectionRow,
  'name' | 'enabled' | 'ca_pem' | 'token_hosts' | 'events' | 'sealed_secret' | 'job_tokens'
>;

export type ConnectionsStore = ReturnType<typeof createConnectionsStore>;

/** Connections of projects. */
export function createConnectionsStore({ keyed: pool }: Database) {
  return {
    async findById(id: string, on: Queryable = pool): Promise<ConnectionRow | undefined> {
      const result = await on.query<ConnectionRow>(`${select} WHERE c.id = $1`, [id]);
      return result.rows[0];
    },

    async ofProject(
      projectId: string,
      kinds: readonly ConnectionKind[],
      on: Queryable = pool,
    ): Promise<ConnectionRow[]> {
      const result = await on.query<ConnectionRow>(
        `${select} WHERE c.project_id = $1 AND c.kind = ANY($2::text[]) AND c.enabled ORDER BY c.created_at, c.id`,
        [projectId, kinds],
      );
      return result.rows;
    },

    async insert(tx: Transaction, row: NewConnection): Promise<'inserted' | 'name_taken'> {
      const result = await tx.query(
        `INSERT INTO pipelines_connection (id, project_id, kind, name, address, ca_pem, sealed_secret, token_hosts, events, job_tokens)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (project_id, name) DO NOTHING RETURNING id`,
        [
          row.id,
          row.project_id,
          row.kind,
          row.name,
          row.address,
          row.ca_pem ?? null,
          row.sealed_secret ?? null,
          row.token_hosts,
          row.events,
          row.job_tokens,
        ],
      );
      return result.rows.length === 1 ? 'inserted' : 'name_taken';
    },

    async update(tx: Transaction, id: string, change: ConnectionChange): Promise<'updated' | 'name_taken'> {
      try {
        await tx.query(
          `UPDATE pipelines_connection SET name = $2, enabled = $3, ca_pem = $4, token_hosts = $5, events = $6, sealed_secret = $7,
             job_tokens = $8 WHERE id = $1`,
          [
            id,
            change.name,
            change.enabled,
            change.ca_pem,
            change.token_hosts,
            change.events,
            change.sealed_secret,
            change.job_tokens,
          ],
        );
        return 'updated';
      } catch (error) {
        if (sqlState(error) === '23505') return 'name_taken';
        throw error;
      }
    },

    /** False when a hook or a trigger uses it. */
    async remove(tx: Transaction, id: string): Promise<boolean> {
      const used = await tx.query(
        `SELECT FROM pipelines_connection c WHERE c.id = $1 AND (EXISTS (SELECT FROM pipelines_hook WHERE connection_id = c.id)
           OR EXISTS (SELECT FROM deploy_trigger WHERE connection_id = c.id)) FOR UPDATE`,
        [id],
      );
      if (used.rowCount !== 0) return false;
      await tx.query('DELETE FROM pipelines_connection WHERE id = $1', [id]);
      return true;
    },

    /** How the other side answered last; in words where it did not. */
    async noteOutcome(id: string, error: string | undefined): Promise<void> {
      await pool.query(
        `UPDATE pipelines_connection SET last_error = $2,
           last_ok_at = CASE WHEN $2::text IS NULL THEN now() ELSE last_ok_at END,
           last_failed_at = CASE WHEN $2::text IS NULL THEN last_failed_at ELSE now() END WHERE id = $1`,
        [id, error ?? null],
      );
    },
  };
}
