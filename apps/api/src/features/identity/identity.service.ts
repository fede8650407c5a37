import type { Me } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { notFound } from '../../platform/errors.ts';
import type { AccountPrincipal, Principal } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { createClaim } from './claim.ts';
import type { IdentityPorts } from './identity-ports.ts';
import { createPasswords } from './passwords.ts';
import { sessionOf, userOf } from './principals.ts';
import { createSessions } from './sessions.ts';
import { createSignIn } from './sign-in.ts';
import { createSignInLimitsStore } from './sign-in-limits.store.ts';
import { createSignInLimits } from './sign-in-limits.ts';
import { createUsersStore } from './users.store.ts';

export type Identity = Awaited<ReturnType<typeof createIdentity>>;

/** Who you are: the claim of a new installation, accounts, sign-in, sessions. Each verb has a file; this ties them. */
export async function createIdentity(deps: {
  database: Database;
  audit: Audit;
  pepper: Buffer;
  ports: IdentityPorts;
  /** Shortest time of a failed sign-in, ms; hides which step failed. */
  floorMs?: number;
}) {
  const { database, audit, pepper, ports } = deps;
  const users = createUsersStore(database);
  const limitsStore = createSignInLimitsStore(database);
  const passwords = await createPasswords(pepper);
  const sessions = createSessions({ database, audit });

  async function describeMe(principal: AccountPrincipal, createdAt: Date): Promise<Me> {
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
    ...createClaim({ database, audit, users, passwords, sessions, ports, describeMe }),
    ...createSignIn({
      database,
      audit,
      users,
      passwords,
      sessions,
      limits: createSignInLimits({ store: limitsStore, pepper }),
      describeMe,
      floorMs: deps.floorMs,
    }),
    authenticate: sessions.authenticate,
    isAlive: sessions.isAlive,
    listSessions: sessions.list,
    endSession: sessions.end,

    async me(principal: Principal): Promise<Me> {
      const user = userOf(principal);
      const row = await users.findUserByName(user.name);
      if (row === undefined) throw notFound('This account');
      return describeMe(user, row.created_at);
    },

    async sweep(): Promise<void> {
      await sessions.sweep();
      await limitsStore.sweep();
    },
  };
}
