import type { Database, Transaction } from '@quarterdeck/database';

export type UserRow = {
  id: string;
  name: string;
  display_name: string;
  email: string | null;
  password_hash: string | null;
  disabled_at: Date | null;
  created_at: Date;
};

export type SessionRow = {
  id: string;
  user_id: string;
  ip: string;
  user_agent: string;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
};

export type IdentityStore = ReturnType<typeof createIdentityStore>;

const sessionsPerAccount = 20;

/** Accounts, sessions, the claim and sign-in limits. Times are the database's. */
export function createIdentityStore(database: Database) {
  const { pool } = database;
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

    async insertUser(
      tx: Transaction,
      user: { id: string; name: string; displayName: string; passwordHash: string },
    ): Promise<UserRow> {
      const result = await tx.query(
        'INSERT INTO identity_user (id, name, display_name, password_hash) VALUES ($1, $2, $3, $4) RETURNING *',
        [user.id, user.name, user.displayName, user.passwordHash],
      );
      return result.rows[0] as UserRow;
    },

    async findUserByName(name: string): Promise<UserRow | undefined> {
      const result = await pool.query<UserRow>('SELECT * FROM identity_user WHERE name = $1', [name]);
      return result.rows[0];
    },

    /** Adds a session and ends the oldest above the limit of an account. */
    async insertSession(
      tx: Transaction,
      session: { id: string; secretHash: Buffer; userId: string; ip: string; userAgent: string; hours: number },
    ): Promise<SessionRow> {
      const result = await tx.query(
        `INSERT INTO identity_session (id, secret_hash, user_id, ip, user_agent, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(hours => $6)) RETURNING *`,
        [session.id, session.secretHash, session.userId, session.ip, session.userAgent, session.hours],
      );
      await tx.query(
        `DELETE FROM identity_session WHERE id IN (
           SELECT id FROM identity_session WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET ${sessionsPerAccount})`,
        [session.userId],
      );
      return result.rows[0] as SessionRow;
    },

    /** A live session with its user; `stale` when its last use should be written again. */
    async findSession(
      secretHash: Buffer,
      idleMinutes: number,
    ): Promise<{ session: SessionRow; user: UserRow; stale: boolean } | undefined> {
      const result = await pool.query<{ session: SessionRow; user: UserRow; stale: boolean }>(
        `SELECT to_jsonb(s) - 'secret_hash' AS session, to_jsonb(u) - 'password_hash' AS user,
                s.last_used_at < now() - interval '1 minute' AS stale
         FROM identity_session s JOIN identity_user u ON u.id = s.user_id
         WHERE s.secret_hash = $1 AND s.expires_at > now() AND s.last_used_at > now() - make_interval(mins => $2)
           AND u.disabled_at IS NULL`,
        [secretHash, idleMinutes],
      );
      const row = result.rows[0];
      if (row === undefined) return undefined;
      return { session: withDates(row.session), user: row.user, stale: row.stale };
    },

    async touchSession(sessionId: string): Promise<void> {
      await pool.query('UPDATE identity_session SET last_used_at = now() WHERE id = $1', [sessionId]);
    },

    async isSessionLive(sessionId: string): Promise<boolean> {
      const result = await pool.query(
        `SELECT FROM identity_session s JOIN identity_user u ON u.id = s.user_id
         WHERE s.id = $1 AND s.expires_at > now() AND u.disabled_at IS NULL`,
        [sessionId],
      );
      return result.rowCount !== 0;
    },

    async listSessions(userId: string): Promise<SessionRow[]> {
      const result = await pool.query<SessionRow>(
        'SELECT * FROM identity_session WHERE user_id = $1 AND expires_at > now() ORDER BY created_at DESC, id DESC',
        [userId],
      );
      return result.rows;
    },

    /** False when the account has no such session. */
    async deleteSession(tx: Transaction, userId: string, sessionId: string): Promise<boolean> {
      const result = await tx.query('DELETE FROM identity_session WHERE id = $1 AND user_id = $2 RETURNING id', [
        sessionId,
        userId,
      ]);
      return result.rows.length > 0;
    },

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

    /** Sessions and counters that nobody can use any more. */
    async sweep(): Promise<void> {
      await pool.query('DELETE FROM identity_session WHERE expires_at < now()');
      await pool.query("DELETE FROM identity_sign_in_limit WHERE started_at < now() - interval '1 day'");
    },
  };
}

/** `to_jsonb` gives times as text. */
function withDates(session: SessionRow): SessionRow {
  return {
    ...session,
    created_at: new Date(session.created_at),
    last_used_at: new Date(session.last_used_at),
    expires_at: new Date(session.expires_at),
  };
}
