import type { Database, Transaction } from '@quarterdeck/database';

export type ClaimStore = ReturnType<typeof createClaimStore>;

/** More would only be left by a server that crashes over and over; the oldest go first. */
const maxCodes = 10;

/** The claim of an installation and the codes that open it. Times are the database's. */
export function createClaimStore({ pool }: Database) {
  return {
    async isClaimed(): Promise<boolean> {
      const result = await pool.query('SELECT FROM instance_claim');
      return result.rowCount !== 0;
    },

    /** One more code beside those of other servers, which stay as they are; dead ones go. */
    async putSetupCode(codeHash: Buffer, minutes: number, tries: number): Promise<void> {
      await pool.query(
        `WITH dead AS (DELETE FROM identity_setup_code WHERE expires_at <= now() OR tries_left <= 0
           OR code_hash NOT IN (SELECT code_hash FROM identity_setup_code ORDER BY expires_at DESC LIMIT $4))
         INSERT INTO identity_setup_code (code_hash, expires_at, tries_left) VALUES ($1, now() + make_interval(mins => $2), $3)`,
        [codeHash, minutes, tries, maxCodes - 1],
      );
    },

    /**
     * Takes one try of every live code, since what is typed does not say which one is meant: parallel guesses cannot
     * share a try. Gives the hashes of those codes.
     */
    async takeSetupTry(): Promise<Buffer[]> {
      const result = await pool.query<{ code_hash: Buffer }>(
        `WITH live AS (SELECT code_hash FROM identity_setup_code WHERE tries_left > 0 AND expires_at > now()
           ORDER BY code_hash FOR UPDATE)
         UPDATE identity_setup_code c SET tries_left = tries_left - 1 FROM live WHERE c.code_hash = live.code_hash
         RETURNING c.code_hash`,
      );
      return result.rows.map((row) => row.code_hash);
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
