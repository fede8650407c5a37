import type { Database, Transaction } from '@quarterdeck/database';

export type ClaimStore = ReturnType<typeof createClaimStore>;

/** The claim of an installation and the code that opens it. Times are the database's. */
export function createClaimStore({ pool }: Database) {
  return {
    async isClaimed(): Promise<boolean> {
      const result = await pool.query('SELECT FROM instance_claim');
      return result.rowCount !== 0;
    },

    async putSetupCode(codeHash: Buffer, minutes: number, tries: number): Promise<void> {
      await pool.query(
        `INSERT INTO identity_setup_code (code_hash, expires_at, tries_left) VALUES ($1, now() + make_interval(mins => $2), $3)
         ON CONFLICT (singleton) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, tries_left = excluded.tries_left`,
        [codeHash, minutes, tries],
      );
    },

    /** Takes one try of the code, whatever is typed: parallel guesses cannot share a try. */
    async takeSetupTry(): Promise<{ code_hash: Buffer; live: boolean } | undefined> {
      const result = await pool.query<{ code_hash: Buffer; live: boolean }>(
        `UPDATE identity_setup_code SET tries_left = tries_left - 1 WHERE tries_left > 0
         RETURNING code_hash, expires_at > now() AS live`,
      );
      return result.rows[0];
    },

    /** False when somebody claimed first: the row is unique, for ever. */
    async insertClaim(tx: Transaction, userId: string): Promise<boolean> {
      const result = await tx.query(
        'INSERT INTO instance_claim (claimed_by) VALUES ($1) ON CONFLICT DO NOTHING RETURNING singleton',
        [userId],
      );
      if (result.rows.length === 0) return false;
      await tx.query('DELETE FROM identity_setup_code', []);
      return true;
    },
  };
}
