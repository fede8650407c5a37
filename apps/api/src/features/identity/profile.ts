import type { Me } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { AppError, conflict, notFound } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import type { DescribeMe } from './describe-me.ts';
import type { SignedIn } from './identity-ports.ts';
import type { Passwords } from './passwords.ts';
import { personAtBrowser, userOf } from './principals.ts';
import type { Sessions } from './sessions.ts';
import type { createSignIn, Shown } from './sign-in.ts';
import { judgePassword } from './sign-in.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import type { UserRow, UsersStore } from './users.store.ts';

/** What people change of their own account. */
export function createProfile(deps: {
  database: Database;
  audit: Audit;
  users: UsersStore;
  passwords: Passwords;
  sessions: Sessions;
  limits: SignInLimits;
  signIn: Pick<ReturnType<typeof createSignIn>, 'stepUp'>;
  describeMe: DescribeMe;
}) {
  const { database, audit, users, passwords, sessions, limits, describeMe } = deps;

  async function rowOf(principal: Principal): Promise<UserRow> {
    const row = await users.findUser(database.pool, toUuid(personAtBrowser(principal).id));
    if (row === undefined) throw notFound('This account');
    return row;
  }

  return {
    me: (principal: Principal): Promise<Me> => describeMe(principal),

    async updateMe(
      actor: Actor,
      change: { displayName?: string | undefined; email?: string | null | undefined },
    ): Promise<Me> {
      const user = await rowOf(actor.principal);
      if (user.issuer !== null) throw conflict('managed_by_provider', 'Your provider keeps your name and address.');
      await database.transaction(async (tx) => {
        await users.updateUser(tx, user.id, change);
        await audit.write(tx, actor, [
          {
            action: 'identity:self',
            target: { kind: 'account', id: userOf(actor.principal).id },
            changes: [
              ...(change.displayName === undefined
                ? []
                : [{ path: 'displayName', before: user.display_name, after: change.displayName }]),
              ...(change.email === undefined ? [] : [{ path: 'email', before: user.email, after: change.email }]),
            ],
          },
        ]);
      });
      return describeMe(actor.principal);
    },

    async changePassword(actor: Actor, input: { current: string; next: string }, shown: Shown): Promise<SignedIn> {
      const user = await rowOf(actor.principal);
      await judgePassword({ limits, passwords }, user, input.current, '/current');
      if (input.next === input.current) {
        const detail = 'This is the password you have. Take another.';
        throw new AppError('password_too_weak', 422, detail, {
          errors: [{ pointer: '/next', code: 'password_too_weak', detail }],
        });
      }
      await passwords.checkStrength(input.next, [user.name, user.display_name, user.email ?? ''], '/next');
      const passwordHash = await passwords.hash(input.next);
      const opened = await database.transaction(async (tx) => {
        await users.setPassword(tx, user.id, passwordHash);
        await sessions.store.deleteSessionsOf(tx, user.id);
        const session = await sessions.open(tx, user, actor, { instead: shown.session });
        await audit.write(tx, actor, [
          {
            action: 'identity:self',
            target: { kind: 'account', id: userOf(actor.principal).id },
            changes: [{ path: 'password', after: 'changed' }],
          },
        ]);
        return session;
      });
      return { me: await describeMe.byCookie(opened.cookie), cookie: opened.cookie };
    },

    /** Proves again who is signed in, by password and second factor. */
    async provePassword(
      actor: Actor,
      input: { password: string; code?: string | undefined },
      shown: Shown,
    ): Promise<SignedIn> {
      return deps.signIn.stepUp(actor, await rowOf(actor.principal), input, shown);
    },
  };
}
