import { createHash, randomBytes } from 'node:crypto';
import type { Database, Transaction } from '@quarterdeck/database';
import { notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { sessionOf, toPrincipal, userOf } from './principals.ts';
import { createSessionsStore, type NewSession, type SessionRow } from './sessions.store.ts';
import type { UserRow } from './users.store.ts';

export type OpenedSession = { session: SessionRow; cookie: string };
export type Sessions = ReturnType<typeof createSessions>;
/** Facts of the provider that opened a session. */
export type ProviderSession = Pick<NewSession, 'providerId' | 'providerSid'> & {
  seal?: (sessionUuid: string) => Uint8Array;
};

/**
 * Sessions of people: opened at sign-in, asked at each request, listed and ended.
 * @param deps.needsSecondFactor local accounts without one hold no grants until they have it
 */
export function createSessions(deps: { database: Database; audit: Audit; needsSecondFactor: boolean }) {
  const { database, audit, needsSecondFactor } = deps;
  const store = createSessionsStore(database);
  return {
    store,

    /** A new session with a new cookie value. `instead`: the cookie shown before is worth nothing from now on. */
    async open(
      tx: Transaction,
      user: UserRow,
      actor: Actor,
      { instead, provider = {} }: { instead?: string | undefined; provider?: ProviderSession } = {},
    ): Promise<OpenedSession> {
      if (instead !== undefined) await store.deleteByCookie(tx, hashCookie(instead));
      const cookie = randomBytes(32).toString('base64url');
      const id = toUuid(newId('ses'));
      const session = await store.insertSession(tx, {
        id,
        secretHash: hashCookie(cookie),
        userId: user.id,
        ip: actor.ip ?? '',
        userAgent: actor.userAgent ?? '',
        providerId: provider.providerId,
        providerSid: provider.providerSid,
        sealedIdToken: provider.seal?.(id),
      });
      return { session, cookie };
    },

    /** @param use false for streams and polling, which must not keep a session alive */
    async authenticate(cookie: string, use = true): Promise<Principal | undefined> {
      const found = await store.findSession(hashCookie(cookie));
      if (found === undefined) return undefined;
      if (found.stale && use) await store.touchSession(found.session.id);
      const owes = needsSecondFactor && found.user.issuer === null && !found.hasSecondFactor;
      return toPrincipal(found.user, found.session, {
        // Who owes a second factor is nobody to any grant, on every path there is, until it is set up.
        subjects: owes ? [] : [found.user.id, ...found.groups],
        steppedUp: found.steppedUp,
      });
    },

    async isAlive({ principal }: Actor): Promise<boolean> {
      return (
        principal.kind === 'user' &&
        principal.credential.kind === 'session' &&
        store.isSessionLive(toUuid(principal.credential.id))
      );
    },

    /** Sessions of an account, newest first. */
    async list(principal: Principal, userId?: string) {
      const rows = await store.listSessions(toUuid(userId ?? userOf(principal).id));
      // Of somebody else also a token may ask; the own ones are for who has one.
      const current = userId === undefined ? sessionOf(userOf(principal)).id : undefined;
      return rows.map((row) => {
        const id = fromUuid('ses', row.id);
        return {
          id,
          current: id === current,
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
      const own = sessionOf(user).id;
      const ended = sessionId ?? own;
      await database.transaction(async (tx) => {
        if (!(await store.deleteSession(tx, toUuid(user.id), toUuid(ended)))) throw notFound('This session');
        await audit.write(tx, actor, [endedEntry('identity:self', { id: ended })]);
      });
    },

    /** Ends all own sessions but this one. */
    async endOthers(actor: Actor): Promise<number> {
      const user = userOf(actor.principal);
      return database.transaction(async (tx) => {
        const ended = await store.deleteSessionsOf(tx, toUuid(user.id), toUuid(sessionOf(user).id));
        if (ended.length === 0) return 0;
        await audit.write(tx, actor, [endedEntry('identity:self', { id: user.id, count: ended.length })]);
        return ended.length;
      });
    },

    sweep: () => store.sweep(),
  };
}

/** The record of sessions that were ended: one, or a number of an account's. */
export function endedEntry(action: string, target: { id: string; count?: number }) {
  return {
    action,
    target: { kind: target.count === undefined ? 'session' : 'account', id: target.id },
    changes: [
      target.count === undefined ? { path: 'ended', after: true } : { path: 'endedSessions', after: target.count },
    ],
  };
}

export function hashCookie(cookie: string): Buffer {
  return createHash('sha256').update(cookie).digest();
}
