import type { Database } from '@quarterdeck/database';

export type SignInLimitsStore = ReturnType<typeof createSignInLimitsStore>;

/** Counters of failures by HMACed key. Times are the database's. */
export function createSignInLimitsStore({ pool }: Database) {
  return {
    /** Failures in the running window of each key, largest first. */
    async failures(keys: readonly Buffer[], windowMinutes: number): Promise<{ key: Buffer; failures: number }[]> {
      const result = await pool.query<{ key: Buffer; failures: number }>(
        `SELECT key, failures FROM identity_sign_in_limit
         WHERE key = ANY($1::bytea[]) AND started_at > now() - make_interval(mins => $2)`,
        [keys, windowMinutes],
      );
      return result.rows;
    },

    async addFailures(keys: readonly Buffer[], windowMinutes: number): Promise<void> {
      await pool.query(
        `INSERT INTO identity_sign_in_limit AS l (key, failures, started_at) SELECT unnest($1::bytea[]), 1, now()
         ON CONFLICT (key) DO UPDATE SET
           failures = CASE WHEN l.started_at > now() - make_interval(mins => $2) THEN l.failures + 1 ELSE 1 END,
           started_at = CASE WHEN l.started_at > now() - make_interval(mins => $2) THEN l.started_at ELSE now() END`,
        [keys, windowMinutes],
      );
    },

    async forgetFailures(key: Buffer): Promise<void> {
      await pool.query('DELETE FROM identity_sign_in_limit WHERE key = $1', [key]);
    },

    /** Counters of windows long past. */
    async sweep(): Promise<void> {
      await pool.query("DELETE FROM identity_sign_in_limit WHERE started_at < now() - interval '1 day'");
    },
  };
}
