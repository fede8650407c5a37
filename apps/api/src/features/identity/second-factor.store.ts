import type { Database, Queryable, Transaction } from '@quarterdeck/database';

export type TotpRow = { sealed_secret: Buffer; confirmed_at: Date | null; nowMs: number };

export type SecondFactorStore = ReturnType<typeof createSecondFactorStore>;

/** Authenticators and recovery codes. */
export function createSecondFactorStore({ pool }: Database) {
  return {
    async find(on: Queryable, userId: string): Promise<TotpRow | undefined> {
      const result = await on.query<TotpRow>(
        `SELECT sealed_secret, confirmed_at, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"
         FROM identity_totp WHERE user_id = $1`,
        [userId],
      );
      return result.rows[0];
    },

    async isOn(userId: string): Promise<boolean> {
      const result = await pool.query('SELECT FROM identity_totp WHERE user_id = $1 AND confirmed_at IS NOT NULL', [
        userId,
      ]);
      return result.rowCount !== 0;
    },

    /** False when a confirmed one is there already. */
    async putUnconfirmed(tx: Transaction, userId: string, sealed: Uint8Array): Promise<boolean> {
      const result = await tx.query(
        `INSERT INTO identity_totp AS t (user_id, sealed_secret) VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = 0
           WHERE t.confirmed_at IS NULL RETURNING user_id`,
        [userId, Buffer.from(sealed)],
      );
      return result.rows.length > 0;
    },

    async confirm(tx: Transaction, userId: string): Promise<boolean> {
      const result = await tx.query(
        'UPDATE identity_totp SET confirmed_at = now() WHERE user_id = $1 AND confirmed_at IS NULL RETURNING user_id',
        [userId],
      );
      return result.rows.length > 0;
    },

    /** A code's time step counts once: false when it, or a later one, was used. */
    async useStep(on: Queryable, userId: string, step: number): Promise<boolean> {
      const result = await on.query(
        'UPDATE identity_totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2 RETURNING user_id',
        [userId, step],
      );
      return result.rows.length > 0;
    },

    async putRecoveryCodes(tx: Transaction, userId: string, hashes: readonly Buffer[]): Promise<void> {
      await tx.query('DELETE FROM identity_recovery_code WHERE user_id = $1', [userId]);
      await tx.query('INSERT INTO identity_recovery_code (user_id, code_hash) SELECT $1, unnest($2::bytea[])', [
        userId,
        hashes,
      ]);
    },

    /** Recovery codes work once. */
    async useRecoveryCode(on: Queryable, userId: string, hash: Buffer): Promise<boolean> {
      const result = await on.query(
        'DELETE FROM identity_recovery_code WHERE user_id = $1 AND code_hash = $2 RETURNING user_id',
        [userId, hash],
      );
      return result.rows.length > 0;
    },

    /** False when there was none. */
    async remove(tx: Transaction, userId: string): Promise<boolean> {
      await tx.query('DELETE FROM identity_recovery_code WHERE user_id = $1', [userId]);
      const result = await tx.query('DELETE FROM identity_totp WHERE user_id = $1 RETURNING user_id', [userId]);
      return result.rows.length > 0;
    },
  };
}
