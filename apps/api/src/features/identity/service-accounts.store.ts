import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { sqlState } from '@quarterdeck/database';

export type ServiceAccountRow = {
  id: string;
  name: string;
  description: string;
  project_id: string | null;
  disabled_at: Date | null;
  created_at: Date;
  active_tokens: number;
  last_used_at: Date | null;
};

/** Which accounts a person may see: those of the fleet, and of these projects (uuids). */
export type AccountScope = { fleet: boolean; projectIds: readonly string[]; q?: string | undefined };

export type ServiceAccountsStore = ReturnType<typeof createServiceAccountsStore>;

const select = `SELECT a.*,
  (SELECT count(*)::int FROM identity_token t WHERE t.service_account_id = a.id AND t.kind = 'service'
     AND t.revoked_at IS NULL AND t.expires_at > now()) AS active_tokens,
  (SELECT max(t.last_used_at) FROM identity_token t WHERE t.service_account_id = a.id) AS last_used_at
  FROM identity_service_account a`;

/** Accounts of programs. */
export function createServiceAccountsStore(database: Database) {
  const { pool } = database;
  return {
    /** Projects that have service accounts. */
    async projectIds(): Promise<string[]> {
      const result = await pool.query<{ project_id: string }>(
        'SELECT DISTINCT project_id FROM identity_service_account WHERE project_id IS NOT NULL',
      );
      return result.rows.map((row) => row.project_id);
    },

    async page(scope: AccountScope, after: string | undefined, limit: number): Promise<ServiceAccountRow[]> {
      const result = await pool.query<ServiceAccountRow>(
        `${select} WHERE ${inScope} AND ($4::text IS NULL OR a.name > $4) ORDER BY a.name LIMIT ${limit}`,
        [...scopeValues(scope), after ?? null],
      );
      return result.rows;
    },

    async count(scope: AccountScope): Promise<number> {
      const result = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM identity_service_account a WHERE ${inScope}`,
        scopeValues(scope),
      );
      return result.rows[0]?.n ?? 0;
    },

    async findById(on: Queryable, id: string): Promise<ServiceAccountRow | undefined> {
      const result = await on.query<ServiceAccountRow>(`${select} WHERE a.id = $1`, [id]);
      return result.rows[0];
    },

    /** `name_taken` when another account has the name, `unknown_project` when there is no such project. */
    async insert(
      tx: Transaction,
      account: { id: string; name: string; description: string; projectId: string | null },
    ): Promise<'inserted' | 'name_taken' | 'unknown_project'> {
      try {
        const result = await tx.query(
          `INSERT INTO identity_service_account (id, name, description, project_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (name) DO NOTHING RETURNING id`,
          [account.id, account.name, account.description, account.projectId],
        );
        return result.rows.length === 0 ? 'name_taken' : 'inserted';
      } catch (error) {
        if (sqlState(error) === foreignKeyViolation) return 'unknown_project';
        throw error;
      }
    },

    /** False when another account has the name. The row must exist. */
    async update(
      tx: Transaction,
      id: string,
      change: { name: string; description: string; disabled: boolean },
    ): Promise<boolean> {
      try {
        await tx.query(
          `UPDATE identity_service_account SET name = $2, description = $3,
             disabled_at = CASE WHEN $4 THEN coalesce(disabled_at, now()) END WHERE id = $1`,
          [id, change.name, change.description, change.disabled],
        );
        return true;
      } catch (error) {
        if (sqlState(error) === uniqueViolation) return false;
        throw error;
      }
    },

    /** Its tokens and trust rules go with it. */
    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM identity_service_account WHERE id = $1', [id]);
    },
  };
}

const uniqueViolation = '23505';
const foreignKeyViolation = '23503';

const inScope = `((a.project_id IS NULL AND $1) OR a.project_id = ANY($2::uuid[]))
  AND ($3::text IS NULL OR position(lower($3) in lower(a.name || ' ' || a.description)) > 0)`;

function scopeValues({ fleet, projectIds, q }: AccountScope): unknown[] {
  return [fleet, projectIds, q === undefined || q === '' ? null : q];
}
