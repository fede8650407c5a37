import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { UserRow } from './users.store.ts';

export type SessionRow = {
  id: string;
  user_id: string;
  ip: string;
  user_agent: string;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
  authenticated_at: Date;
  provider_id: string | null;
};

export type NewSession = {
  id: string;
  secretHash: Buffer;
  userId: string;
  ip: string;
  userAgent: string;
  providerId?: string | undefined;
  providerSid?: string | undefined;
  sealedIdToken?: Uint8Array | undefined;
};

/** A live session with all that a principal is made of. */
export type FoundSession = {
  session: SessionRow;
  user: UserRow;
  groups: string[];
  hasSecondFactor: boolean;
  steppedUp: boolean;
  /** Its last use should be written again. */
  stale: boolean;
};

export type SessionsStore = ReturnType<typeof createSessionsStore>;

const absoluteHours = 12;
const idleMinutes = 120;
const stepUpMinutes = 10;
const sessionsPerAccount = 20;

const live = `s.expires_at > now() AND s.last_used_at > now() - interval '${idleMinutes} minutes'`;

/** Sessions. Times are the database's. */
export function createSessionsStore({ keyed: pool }: Database) {
  return {
    /** Adds a session and ends the oldest above the limit of an account. */
    async insertSession(tx: Transaction, session: NewSession): Promise<SessionRow> {
      // Two sign-ins at once must not both count to the limit.
      await tx.query('SELECT FROM identity_user WHERE id = $1 FOR NO KEY UPDATE', [session.userId]);
      const result = await tx.query<SessionRow>(
        `INSERT INTO identity_session (id, secret_hash, user_id, ip, user_agent, provider_id, provider_sid, sealed_id_token, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + interval '${absoluteHours} hours') RETURNING *`,
        [
          session.id,
          session.secretHash,
          session.userId,
          session.ip,
          session.userAgent,
          session.providerId ?? null,
          session.providerSid ?? null,
          session.sealedIdToken === undefined ? null : Buffer.from(session.sealedIdToken),
        ],
      );
      await tx.query(
        `DELETE FROM identity_session WHERE id IN (
           SELECT id FROM identity_session WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET ${sessionsPerAccount})`,
        [session.userId],
      );
      return result.rows[0] as SessionRow;
    },

    async findSession(secretHash: Buffer): Promise<FoundSession | undefined> {
      const result = await pool.query<FoundSession>(
        `SELECT to_jsonb(s) - '{secret_hash,sealed_id_token}'::text[] AS session, to_jsonb(u) - 'password_hash' AS user,
                ARRAY(SELECT m.group_id FROM identity_group_member m WHERE m.user_id = u.id) AS groups,
                EXISTS (SELECT FROM identity_totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL) AS "hasSecondFactor",
                s.authenticated_at > now() - interval '${stepUpMinutes} minutes' AS "steppedUp",
                s.last_used_at < now() - interval '1 minute' AS stale
         FROM identity_session s JOIN identity_user u ON u.id = s.user_id
         WHERE s.secret_hash = $1 AND ${live} AND u.disabled_at IS NULL`,
        [secretHash],
      );
      const row = result.rows[0];
      return row === undefined ? undefined : { ...row, session: withDates(row.session) };
    },

    async touchSession(sessionId: string): Promise<void> {
      await pool.query('UPDATE identity_session SET last_used_at = now() WHERE id = $1', [sessionId]);
    },

    async isSessionLive(sessionId: string): Promise<boolean> {
      const result = await pool.query(
        `SELECT FROM identity_session s JOIN identity_user u ON u.id = s.user_id
         WHERE s.id = $1 AND ${live} AND u.disabled_at IS NULL`,
        [sessionId],
      );
      return result.rowCount !== 0;
    },

    async listSessions(userId: string): Promise<SessionRow[]> {
      const result = await pool.query<SessionRow>(
        `SELECT s.* FROM identity_session s WHERE s.user_id = $1 AND ${live} ORDER BY s.created_at DESC, s.id DESC`,
        [userId],
      );
      return result.rows;
    },

    /** The sealed ID token of a session that a provider opened. */
    async idTokenOf(sessionId: string): Promise<{ providerId: string; sealed: Buffer } | undefined> {
      const result = await pool.query<{ providerId: string; sealed: Buffer }>(
        `SELECT provider_id AS "providerId", sealed_id_token AS sealed FROM identity_session
         WHERE id = $1 AND provider_id IS NOT NULL AND sealed_id_token IS NOT NULL`,
        [sessionId],
      );
      return result.rows[0];
    },

    /** False when the account has no such session. */
    async deleteSession(tx: Transaction, userId: string, sessionId: string): Promise<boolean> {
      const result = await tx.query('DELETE FROM identity_session WHERE id = $1 AND user_id = $2 RETURNING id', [
        sessionId,
        userId,
      ]);
      return result.rows.length > 0;
    },

    /** Ends the session that a cookie belongs to, whoever has it. */
    async deleteByCookie(tx: Transaction, secretHash: Buffer): Promise<void> {
      await tx.query('DELETE FROM identity_session WHERE secret_hash = $1', [secretHash]);
    },

    async deleteSessionsOf(tx: Queryable, userId: string, except?: string): Promise<string[]> {
      const result = await tx.query<{ id: string }>(
        'DELETE FROM identity_session WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid RETURNING id',
        [userId, except ?? null],
      );
      return result.rows.map((row) => row.id);
    },

    async deleteSessionsOfProvider(tx: Queryable, providerId: string): Promise<number> {
      const result = await tx.query('DELETE FROM identity_session WHERE provider_id = $1 RETURNING id', [providerId]);
      return result.rows.length;
    },

    /** Sessions that a provider's logout names: one of its own sessions, or all of a person. */
    async deleteAtProvider(
      tx: Queryable,
      providerId: string,
      named: { sid?: string | undefined; subject?: string | undefined },
    ): Promise<{ id: string; userId: string }[]> {
      const result = await tx.query<{ id: string; userId: string }>(
        `DELETE FROM identity_session s USING identity_user u WHERE u.id = s.user_id AND s.provider_id = $1
           AND ($2::text IS NULL OR s.provider_sid = $2) AND ($3::text IS NULL OR u.subject = $3)
         RETURNING s.id, s.user_id AS "userId"`,
        [providerId, named.sid ?? null, named.subject ?? null],
      );
      return result.rows;
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
    authenticated_at: new Date(session.authenticated_at),
  };
}
