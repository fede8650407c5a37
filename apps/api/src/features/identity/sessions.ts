import { createHash, randomBytes } from 'node:crypto';
import type { Database, Transaction } from '@quarterdeck/database';
import { notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { sessionOf, toPrincipal, userOf } from './principals.ts';
import { createSessionsStore, type SessionRow } from './sessions.store.ts';
import type { UserRow } from './users.store.ts';

const idleMinutes = 120;
const absoluteHours = 12;

export type OpenedSession = { session: SessionRow; cookie: string };
export type Sessions = ReturnType<typeof createSessions>;

/** Sessions of people: opened at sign-in, asked at each request, listed and ended. */
export function createSessions({ database, audit }: { database: Database; audit: Audit }) {
  const store = createSessionsStore(database);
  return {
    /** A new session with a new cookie value; the oldest above the limit of the account end. */
    async open(tx: Transaction, user: UserRow, actor: Actor): Promise<OpenedSession> {
      const cookie = randomBytes(32).toString('base64url');
      const session = await store.insertSession(tx, {
        id: toUuid(newId('ses')),
        secretHash: hashCookie(cookie),
        userId: user.id,
        ip: actor.ip ?? '',
        userAgent: actor.userAgent ?? '',
        hours: absoluteHours,
      });
      return { session, cookie };
    },

    /** @param use false for streams and polling, which must not keep a session alive */
    async authenticate(cookie: string, use = true): Promise<Principal | undefined> {
      const found = await store.findSession(hashCookie(cookie), idleMinutes);
      if (found === undefined) return undefined;
      if (found.stale && use) await store.touchSession(found.session.id);
      return toPrincipal(found.user, found.session);
    },

    async isAlive({ principal }: Actor): Promise<boolean> {
      return (
        principal.kind === 'user' &&
        principal.credential.kind === 'session' &&
        store.isSessionLive(toUuid(principal.credential.id))
      );
    },

    async list(principal: Principal) {
      const user = userOf(principal);
      const rows = await store.listSessions(toUuid(user.id));
      return rows.map((row) => {
        const id = fromUuid('ses', row.id);
        return {
          id,
          current: id === sessionOf(user).id,
          createdAt: row.created_at.toISOString(),
          lastUsedAt: row.last_used_at.toISOString(),
          expiresAt: row.expires_at.toISOString(),
          ip: row.ip,
          userAgent: row.user_agent,
        };
      });
    },

    /** Ends one of the own sessions; without an id this one. */
    async end(actor: Actor, sessionId?: string): Promise<void> {
      const user = userOf(actor.principal);
      const ended = sessionId ?? sessionOf(user).id;
      await database.transaction(async (tx) => {
        if (!(await store.deleteSession(tx, toUuid(user.id), toUuid(ended)))) throw notFound('This session');
        await tx.query("SELECT pg_notify('quarterdeck_access', $1)", [JSON.stringify({ session: ended })]);
        await audit.write(tx, actor, [
          {
            action: 'identity:self',
            target: { kind: 'session', id: ended },
            changes: [{ path: 'ended', after: true }],
          },
        ]);
      });
    },

    sweep: () => store.sweep(),
  };
}

function hashCookie(cookie: string): Buffer {
  return createHash('sha256').update(cookie).digest();
}
