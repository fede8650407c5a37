import type { Database, Transaction } from '@quarterdeck/database';
import type { UserRow } from './users.store.ts';

export type SessionRow = {
  id: string;
  user_id: string;
  ip: string;
  user_agent: string;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
};

export type SessionsStore = ReturnType<typeof createSessionsStore>;

const sessionsPerAccount = 20;

/** Sessions. Times are the database's. */
export function createSessionsStore({ pool }: Database) {
  return {
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

    /** Sessions that nobody can use any more. */
    async sweep(): Promise<void> {
      await pool.query('DELETE FROM identity_session WHERE expires_at < now()');
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
