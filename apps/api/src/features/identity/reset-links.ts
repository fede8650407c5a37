import { createHash, randomBytes } from 'node:crypto';
import type { Database, Transaction } from '@quarterdeck/database';
import { invalid } from '../../platform/errors.ts';
import { fromUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import type { Passwords } from './passwords.ts';
import { endedEntry, type Sessions } from './sessions.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import type { UsersStore } from './users.store.ts';

const linkHours = 24;

export type ResetLinks = ReturnType<typeof createResetLinks>;

/** One-time links that set the password of a local account. */
export function createResetLinks(deps: {
  database: Database;
  audit: Audit;
  users: UsersStore;
  sessions: Sessions;
  passwords: Passwords;
  limits: SignInLimits;
  publicOrigin: string;
}) {
  const { database, audit, users, sessions, passwords, limits } = deps;

  /** The names of whoever the link is for: a password must not be made of them. */
  async function wordsOf(token: string): Promise<string[]> {
    const result = await database.pool.query<{ name: string; display_name: string }>(
      `SELECT u.name, u.display_name FROM identity_reset_link l JOIN identity_user u ON u.id = l.user_id
       WHERE l.token_hash = $1`,
      [hashOf(token)],
    );
    return result.rows.flatMap((row) => [row.name, row.display_name]);
  }

  return {
    /** A new link; older ones of the account end. The secret stands behind `#`, which no server logs. */
    async issue(tx: Transaction, userId: string): Promise<{ url: string; expiresAt: string }> {
      const token = randomBytes(32).toString('base64url');
      const result = await tx.query<{ expires_at: Date }>(
        `INSERT INTO identity_reset_link (user_id, token_hash, expires_at)
         VALUES ($1, $2, now() + interval '${linkHours} hours')
         ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at
         RETURNING expires_at`,
        [userId, hashOf(token)],
      );
      const expiresAt = result.rows[0]?.expires_at ?? new Date();
      return { url: `${deps.publicOrigin}/sign-in#reset=${token}`, expiresAt: expiresAt.toISOString() };
    },

    /**
     * Uses a link up: sets the password and ends every session of the account.
     * @throws AppError `reset_link_invalid`, `password_too_weak`
     */
    async use(actor: Actor, input: { token: string; password: string }): Promise<void> {
      const attempt = await limits.takeOf('reset', actor.ip ?? '');
      await passwords.checkStrength(input.password, await wordsOf(input.token));
      const passwordHash = await passwords.hash(input.password);
      await database.transaction(async (tx) => {
        const taken = await tx.query<{ user_id: string; live: boolean }>(
          'DELETE FROM identity_reset_link WHERE token_hash = $1 RETURNING user_id, expires_at > now() AS live',
          [hashOf(input.token)],
        );
        const link = taken.rows[0];
        const user = link === undefined ? undefined : await users.findUser(tx, link.user_id, true);
        if (link?.live !== true || user === undefined || user.issuer !== null || user.disabled_at !== null) {
          throw invalid(
            'reset_link_invalid',
            'This link was used, is older than 24 hours, or was replaced. Ask for a new one.',
            '/token',
          );
        }
        await users.setPassword(tx, user.id, passwordHash);
        const ended = await sessions.store.deleteSessionsOf(tx, user.id);
        const id = fromUuid('usr', user.id);
        await audit.write(tx, actor, [
          { action: 'identity:self', target: { kind: 'account', id }, changes: [{ path: 'password', after: 'reset' }] },
          ...(ended.length === 0 ? [] : [endedEntry('identity:self', { id, count: ended.length })]),
        ]);
      });
      await attempt.succeeded();
    },
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
