import type { Database } from '@quarterdeck/database';

/** Where a counter stands after a try was counted. */
export type Counted = { failures: number; waitSeconds: number };

export type SignInLimitsStore = ReturnType<typeof createSignInLimitsStore>;

/** Counters of tries by HMACed key. Times are the database's. */
export function createSignInLimitsStore({ pool }: Database) {
  return {
    /**
     * Counts a try before it is judged, so that a thousand at once cannot share one. The try that reaches `max` starts
     * the waiting time; what comes after it, within that time, is counted no further.
     */
    async count(key: Buffer, max: number, windowMinutes: number): Promise<Counted> {
      const result = await pool.query<Counted>(
        `INSERT INTO identity_sign_in_limit AS l (key, failures, started_at) VALUES ($1, 1, now())
         ON CONFLICT (key) DO UPDATE SET
           failures = CASE WHEN l.started_at <= now() - make_interval(mins => $3) THEN 1
             ELSE least(l.failures + 1, $2 + 1) END,
           started_at = CASE WHEN l.started_at <= now() - make_interval(mins => $3) OR l.failures + 1 = $2 THEN now()
             ELSE l.started_at END
         RETURNING failures,
           ceil(extract(epoch FROM started_at + make_interval(mins => $3) - now()))::int AS "waitSeconds"`,
        [key, max, windowMinutes],
      );
      return result.rows[0] as Counted;
    },

    /** Failures in the running window of each key. */
    async failures(keys: readonly Buffer[], windowMinutes: number): Promise<{ key: Buffer; failures: number }[]> {
      const result = await pool.query<{ key: Buffer; failures: number }>(
        `SELECT key, failures FROM identity_sign_in_limit
         WHERE key = ANY($1::bytea[]) AND started_at > now() - make_interval(mins => $2)`,
        [keys, windowMinutes],
      );
      return result.rows;
    },

    /** The try was no failure. */
    async giveBack(key: Buffer): Promise<void> {
      await pool.query('UPDATE identity_sign_in_limit SET failures = failures - 1 WHERE key = $1 AND failures > 0', [
        key,
      ]);
    },

    async forget(key: Buffer): Promise<void> {
      await pool.query('DELETE FROM identity_sign_in_limit WHERE key = $1', [key]);
    },

    /** Counters of windows long past. */
    async sweep(): Promise<void> {
      await pool.query("DELETE FROM identity_sign_in_limit WHERE started_at < now() - interval '1 day'");
    },
  };
}
