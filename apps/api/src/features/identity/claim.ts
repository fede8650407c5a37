import type { Database } from '@quarterdeck/database';
import { AppError, conflict, invalid } from '../../platform/errors.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { createClaimStore } from './claim.store.ts';
import type { DescribeMe } from './describe-me.ts';
import type { IdentityPorts, SignedIn } from './identity-ports.ts';
import type { Passwords } from './passwords.ts';
import { toPrincipal } from './principals.ts';
import type { Sessions } from './sessions.ts';
import { hashSetupCode, newSetupCode, setupCodeMatches } from './setup-code.ts';
import type { UsersStore } from './users.store.ts';

const setupMinutes = 30;
const setupTries = 5;

/** The claim of a new installation: once, and for ever. */
export function createClaim(deps: {
  database: Database;
  audit: Audit;
  users: UsersStore;
  passwords: Passwords;
  sessions: Sessions;
  ports: Pick<IdentityPorts, 'makeOwner'>;
  describeMe: DescribeMe;
}) {
  const { database, audit, users, passwords, sessions, ports, describeMe } = deps;
  const store = createClaimStore(database);
  return {
    /**
     * While nobody has claimed: a fresh code, valid 30 minutes and 5 tries, beside those that other servers printed.
     * `undefined` once claimed.
     */
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
      await passwords.checkStrength(input.password, [input.name, input.displayName]);
      const live = await store.takeSetupTry();
      if (live.length === 0) {
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
      if (live.filter((hash) => setupCodeMatches(input.code, hash)).length === 0) {
        throw invalid(
          'setup_code_invalid',
          'This is not a setup code that a server printed. After 5 tries a restart prints a new one.',
          '/code',
        );
      }
      const passwordHash = await passwords.hash(input.password);
      const opened = await database.transaction(async (tx) => {
        const userId = toUuid(newId('usr'));
        if (!(await store.insertClaim(tx, userId))) throw alreadyClaimed();
        const inserted = await users.insertUser(tx, {
          id: userId,
          name: input.name,
          displayName: input.displayName,
          passwordHash,
        });
        // Nobody can have the name: the first claim makes the first account, but for one that a host command made.
        if (inserted === undefined) throw conflict('name_taken', 'An account has this name already.');
        await ports.makeOwner(tx, userId);
        await users.noteSignIn(tx, userId);
        const session = await sessions.open(tx, inserted, actor);
        const principal = toPrincipal(inserted, session.session);
        await audit.write(tx, { ...actor, principal }, [
          {
            action: 'identity:self',
            target: { kind: 'installation', name: 'claim' },
            changes: [{ path: 'owner', after: principal.id }],
          },
        ]);
        return session;
      });
      return { me: await describeMe.byCookie(opened.cookie), cookie: opened.cookie };
    },
  };
}

function alreadyClaimed(): AppError {
  return conflict('already_claimed', 'This installation has an owner. Sign in instead.');
}
