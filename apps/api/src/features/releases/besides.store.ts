import type { Queryable } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { type DebtRecord, type DebtRow, selectDebts, toDebt } from './debts.store.ts';

/** What the page of a release says beside the release itself. */
export type Besides = {
  /** What targets are still owed because of it. */
  debts: readonly DebtRecord[];
  /** Images that it rejected, since it was rolled back by itself. */
  rejectedImages: readonly { id: string; reference: string }[];
  /** Of the newest release of its application and environment. */
  newestNumber: number;
};

/** One statement: it is asked with every answer about one release. */
export function createBesidesStore(pool: Queryable) {
  return {
    async besides(releaseId: string): Promise<Besides | undefined> {
      const result = await pool.query<{
        debts: DebtRow[];
        rejected: { id: string; reference: string }[];
        newest: number;
      }>(
        `SELECT (SELECT coalesce(jsonb_agg(b ORDER BY b.created_at), '[]') FROM (
             ${selectDebts} WHERE d.release_id = $1 AND d.state = 'open') AS b) AS debts,
           (SELECT coalesce(jsonb_agg(j ORDER BY j.reference), '[]') FROM (
             SELECT id, reference FROM rejected_digest WHERE release_id = of.id) AS j) AS rejected,
           (SELECT max(n.number) FROM release n WHERE n.app_environment_id = of.app_environment_id) AS newest
         FROM release of WHERE of.id = $1`,
        [toUuid(releaseId)],
      );
      const row = result.rows[0];
      return (
        row && {
          debts: row.debts.map(toDebt),
          rejectedImages: row.rejected.map(({ id, reference }) => ({ id: fromUuid('rjd', id), reference })),
          newestNumber: row.newest,
        }
      );
    },
  };
}
