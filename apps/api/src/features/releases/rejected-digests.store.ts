import type { Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';

/** Images that automation does not bring again, since a release with them was rolled back by itself. */
export function createRejectedDigestsStore(pool: Queryable) {
  return {
    /** Those of an application, newest first; of some references in one environment alone where they are named. */
    async rejectedIn(of: { applicationId: string; environmentId?: string; references?: readonly string[] }): Promise<
      {
        id: string;
        reference: string;
        environmentId: string;
        environment: string;
        releaseId: string;
        releaseNumber: number;
        createdAt: string;
      }[]
    > {
      if (of.references?.length === 0) return [];
      const result = await pool.query<{
        id: string;
        reference: string;
        environment_id: string;
        environment: string;
        release_id: string;
        number: number;
        created_at: Date;
      }>(
        `SELECT d.id, d.reference, e.id AS environment_id, e.name AS environment, d.release_id, r.number, d.created_at
         FROM rejected_digest d JOIN app_environment ae ON ae.id = d.app_environment_id
         JOIN access_environment e ON e.id = ae.environment_id JOIN release r ON r.id = d.release_id
         WHERE ae.application_id = $1 AND ($2::uuid IS NULL OR e.id = $2) AND ($3::text[] IS NULL OR d.reference = ANY($3))
         ORDER BY d.created_at DESC, d.id LIMIT 200`,
        [
          toUuid(of.applicationId),
          of.environmentId === undefined ? null : toUuid(of.environmentId),
          of.references ?? null,
        ],
      );
      return result.rows.map((row) => ({
        id: fromUuid('rjd', row.id),
        reference: row.reference,
        environmentId: fromUuid('env', row.environment_id),
        environment: row.environment,
        releaseId: fromUuid('rel', row.release_id),
        releaseNumber: row.number,
        createdAt: row.created_at.toISOString(),
      }));
    },

    /** The release whose failure rejected it. */
    async findRejected(id: string): Promise<{ releaseId: string; reference: string } | undefined> {
      const result = await pool.query<{ release_id: string; reference: string }>(
        'SELECT release_id, reference FROM rejected_digest WHERE id = $1',
        [toUuid(id)],
      );
      const row = result.rows[0];
      return row && { releaseId: fromUuid('rel', row.release_id), reference: row.reference };
    },

    async removeRejected(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM rejected_digest WHERE id = $1', [toUuid(id)]);
    },
  };
}
