import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Me } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Actor, Credential, Principal } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { createIdentityStore, type SessionRow, type UserRow } from './identity.store.ts';
import { createPasswords } from './passwords.ts';
import { hashSetupCode, newSetupCode, setupCodeMatches } from './setup-code.ts';
import { createSignInLimits } from './sign-in-limits.ts';

const idleMinutes = 120;
const absoluteHours = 12;
const setupMinutes = 30;
const setupTries = 5;
const failureFloorMs = 300;

/** Filled by `access`, which stands to our right in the feature order. */
export interface IdentityPorts {
  makeOwner(tx: Parameters<Parameters<Database['transaction']>[0]>[0], userUuid: string): Promise<void>;
  fleetPermissions(principal: Principal): Promise<Me['permissions']>;
}

export type SignedIn = { me: Me; cookie: string };
export type Identity = Awaited<ReturnType<typeof createIdentity>>;

/** Who you are: the claim of a new installation, local accounts, sessions. */
export async function createIdentity(deps: {
  database: Database;
  audit: Audit;
  pepper: Buffer;
  ports: IdentityPorts;
  /** Shortest time of a failed sign-in, ms; hides which step failed. */
  floorMs?: number;
}) {
  const { database, audit, ports } = deps;
  const store = createIdentityStore(database);
  const passwords = await createPasswords(deps.pepper);
  const limits = createSignInLimits({ store, pepper: deps.pepper });
  const floorMs = deps.floorMs ?? failureFloorMs;

  async function openSession(
    tx: Parameters<typeof store.insertSession>[0],
    user: UserRow,
    actor: Actor,
  ): Promise<{ session: SessionRow; cookie: string }> {
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
  }

  async function describe(principal: AccountPrincipal, createdAt: Date): Promise<Me> {
    return {
      user: {
        id: principal.id,
        name: principal.name,
        displayName: principal.displayName,
        createdAt: createdAt.toISOString(),
      },
      sessionId: sessionOf(principal).id,
      sessionExpiresAt: sessionOf(principal).expiresAt.toISOString(),
      permissions: await ports.fleetPermissions(principal),
    };
  }

  return {
    /** While nobody has claimed: a fresh code, valid 30 minutes and 5 tries. `undefined` once claimed. */
    async prepareSetup(): Promise<string | undefined> {
      if (await store.isClaimed()) return undefined;
      const code = newSetupCode();
      await store.putSetupCode(hashSetupCode(code), setupMinutes, setupTries);
      return code;
    },

    isClaimed: () => store.isClaimed(),

    async claim(
      actor: Actor,
      input: { code: string; name: string; displayName: string; password: string },
    ): Promise<SignedIn> {
      if (await store.isClaimed()) throw alreadyClaimed();
      passwords.checkStrength(input.password, [input.name, input.displayName]);
      const tried = await store.takeSetupTry();
      if (tried === undefined || !tried.live) {
        // Who claimed in this moment took the code with them.
        if (await store.isClaimed()) throw alreadyClaimed();
        throw new AppError(
          'setup_code_exhausted',
          422,
          'The setup code has run out. Restart the server to get a new one.',
          {
            errors: [
              { pointer: '/code', code: 'setup_code_exhausted', detail: 'Restart the server to get a new code.' },
            ],
          },
        );
      }
      if (!setupCodeMatches(input.code, tried.code_hash)) {
        throw invalid(
          'setup_code_invalid',
          'This is not the setup code that the server printed. After 5 tries it needs a restart.',
          '/code',
        );
      }
      const passwordHash = await passwords.hash(input.password);
      const { user, opened } = await database.transaction(async (tx) => {
        const userId = toUuid(newId('usr'));
        if (!(await store.insertClaim(tx, userId))) throw alreadyClaimed();
        const inserted = await store.insertUser(tx, {
          id: userId,
          name: input.name,
          displayName: input.displayName,
          passwordHash,
        });
        await ports.makeOwner(tx, userId);
        const session = await openSession(tx, inserted, actor);
        const principal = toPrincipal(inserted, session.session);
        await audit.write(tx, { ...actor, principal }, [
          {
            action: 'identity:self',
            target: { kind: 'installation', name: 'claim' },
            changes: [{ path: 'owner', after: principal.id }],
          },
        ]);
        return { user: inserted, opened: session };
      });
      return { me: await describe(toPrincipal(user, opened.session), user.created_at), cookie: opened.cookie };
    },

    /** Failures share status, code, text and time: nothing tells whether the account exists. */
    async signIn(actor: Actor, input: { name: string; password: string }): Promise<SignedIn> {
      const started = performance.now();
      const ip = actor.ip ?? '';
      await limits.check(input.name, ip);
      const user = await store.findUserByName(input.name);
      const matches = await passwords.verify(user?.password_hash ?? undefined, input.password);
      if (!matches || user === undefined || user.disabled_at !== null) {
        await limits.failed(input.name, ip);
        await audit.record(actor, [
          { action: 'identity:self', outcome: 'failed', code: 'sign_in_failed', target: { kind: 'session' } },
        ]);
        await wait(Math.max(0, floorMs - (performance.now() - started)));
        throw new AppError('sign_in_failed', 401, 'Name or password is not right.');
      }
      const opened = await database.transaction(async (tx) => {
        const session = await openSession(tx, user, actor);
        const principal = toPrincipal(user, session.session);
        await audit.write(tx, { ...actor, principal }, [
          { action: 'identity:self', target: { kind: 'session', id: sessionOf(principal).id } },
        ]);
        return session;
      });
      await limits.succeeded(input.name, ip);
      return { me: await describe(toPrincipal(user, opened.session), user.created_at), cookie: opened.cookie };
    },

    /** @param use false for streams and polling, which must not keep a session alive */
    async authenticate(cookie: string, use = true): Promise<Principal | undefined> {
      const found = await store.findSession(hashCookie(cookie), idleMinutes);
      if (found === undefined) return undefined;
      if (found.stale && use) await store.touchSession(found.session.id);
      return toPrincipal(found.user, found.session);
    },

    async isAlive(actor: Actor): Promise<boolean> {
      const { principal } = actor;
      return (
        principal.kind === 'user' &&
        principal.credential.kind === 'session' &&
        store.isSessionLive(toUuid(principal.credential.id))
      );
    },

    async me(principal: Principal): Promise<Me> {
      const user = userOf(principal);
      const row = await store.findUserByName(user.name);
      if (row === undefined) throw notFound('This account');
      return describe(user, row.created_at);
    },

    async listSessions(principal: Principal) {
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

    async endSession(actor: Actor, sessionId?: string): Promise<void> {
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

function userOf(principal: Principal): AccountPrincipal {
  if (principal.kind !== 'user') throw new Error('Only people have accounts and sessions.');
  return principal;
}

function sessionOf({ credential }: AccountPrincipal): Credential {
  if (credential.kind !== 'session') throw new Error('Only a session is asked for here.');
  return credential;
}

function toPrincipal(user: UserRow, session: SessionRow): AccountPrincipal {
  return {
    kind: 'user',
    id: fromUuid('usr', user.id),
    name: user.name,
    displayName: user.display_name,
    credential: { kind: 'session', id: fromUuid('ses', session.id), expiresAt: session.expires_at },
    subjects: [user.id],
  };
}

function alreadyClaimed(): AppError {
  return conflict('already_claimed', 'This installation has an owner. Sign in instead.');
}
