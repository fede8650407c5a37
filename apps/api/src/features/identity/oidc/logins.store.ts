import type { Database, Transaction } from '@quarterdeck/database';

export type LoginRow = {
  nonce: string;
  code_verifier: string;
  origin: string;
  return_to: string;
  step_up_session_id: string | null;
  started_at: Date;
  live: boolean;
};

const loginMinutes = 10;

export type LoginsStore = ReturnType<typeof createLoginsStore>;

/** Sign-ins at providers that are under way, and logout tokens that were taken. Times are the database's. */
export function createLoginsStore({ pool }: Database) {
  return {
    async insert(login: {
      stateHash: Buffer;
      cookieHash: Buffer;
      providerId: string;
      nonce: string;
      codeVerifier: string;
      origin: string;
      returnTo: string;
      stepUpSessionId: string | undefined;
    }): Promise<void> {
      await pool.query(
        `INSERT INTO identity_login
           (state_hash, cookie_hash, provider_id, nonce, code_verifier, origin, return_to, step_up_session_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + interval '${loginMinutes} minutes')`,
        [
          login.stateHash,
          login.cookieHash,
          login.providerId,
          login.nonce,
          login.codeVerifier,
          login.origin,
          login.returnTo,
          login.stepUpSessionId ?? null,
        ],
      );
    },

    /** Takes a sign-in: whoever comes second finds nothing. It must be of this provider and this browser. */
    async take(stateHash: Buffer, cookieHash: Buffer, providerId: string): Promise<LoginRow | undefined> {
      const result = await pool.query<LoginRow>(
        `DELETE FROM identity_login WHERE state_hash = $1 AND cookie_hash = $2 AND provider_id = $3
         RETURNING nonce, code_verifier, origin, return_to, step_up_session_id, started_at, expires_at > now() AS live`,
        [stateHash, cookieHash, providerId],
      );
      return result.rows[0];
    },

    /** False when this logout token was taken before. */
    async takeLogoutToken(tx: Transaction, jtiHash: Buffer, expiresAt: Date): Promise<boolean> {
      const result = await tx.query(
        'INSERT INTO identity_logout_token (jti_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING jti_hash',
        [jtiHash, expiresAt],
      );
      return result.rows.length > 0;
    },

    async sweep(): Promise<void> {
      await pool.query('DELETE FROM identity_login WHERE expires_at < now()');
      await pool.query('DELETE FROM identity_logout_token WHERE expires_at < now()');
    },
  };
}
