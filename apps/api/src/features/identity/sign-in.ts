import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '@quarterdeck/database';
import { AppError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import type { DescribeMe, SignedIn } from './identity-ports.ts';
import type { Passwords } from './passwords.ts';
import { sessionOf, toPrincipal } from './principals.ts';
import type { Sessions } from './sessions.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import type { UsersStore } from './users.store.ts';

const failureFloorMs = 300;

/** Sign-in with a local account. */
export function createSignIn(deps: {
  database: Database;
  audit: Audit;
  users: UsersStore;
  passwords: Passwords;
  sessions: Sessions;
  limits: SignInLimits;
  describeMe: DescribeMe;
  /** Shortest time of a failed sign-in, ms; hides which step failed. */
  floorMs: number | undefined;
}) {
  const { database, audit, users, passwords, sessions, limits, describeMe } = deps;
  const floorMs = deps.floorMs ?? failureFloorMs;
  return {
    /** Failures share status, code, text and time: nothing tells whether the account exists. */
    async signIn(actor: Actor, input: { name: string; password: string }): Promise<SignedIn> {
      const started = performance.now();
      const ip = actor.ip ?? '';
      await limits.check(input.name, ip);
      const user = await users.findUserByName(input.name);
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
        const session = await sessions.open(tx, user, actor);
        const principal = toPrincipal(user, session.session);
        await audit.write(tx, { ...actor, principal }, [
          { action: 'identity:self', target: { kind: 'session', id: sessionOf(principal).id } },
        ]);
        return session;
      });
      await limits.succeeded(input.name, ip);
      return { me: await describeMe(toPrincipal(user, opened.session), user.created_at), cookie: opened.cookie };
    },
  };
}
