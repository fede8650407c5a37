import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '@quarterdeck/database';
import { AppError } from '../../platform/errors.ts';
import { fromUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Audit, AuditEntry } from '../audit/index.ts';
import type { DescribeMe } from './describe-me.ts';
import type { SignedIn } from './identity-ports.ts';
import type { KnownDevices } from './known-devices.ts';
import type { Passwords } from './passwords.ts';
import { sessionOf, toPrincipal } from './principals.ts';
import type { ProvidersStore } from './providers.store.ts';
import type { SecondFactor } from './second-factor.ts';
import type { Sessions } from './sessions.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import type { UserRow, UsersStore } from './users.store.ts';

const failureFloorMs = 300;
/** Where there is no account, as much is written as if there were one. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** What the browser showed besides the form. */
export type Shown = { session: string | undefined; device: string | undefined };

/** Sign-in with a local account. */
export function createSignIn(deps: {
  database: Database;
  audit: Audit;
  users: UsersStore;
  providers: ProvidersStore;
  passwords: Passwords;
  sessions: Sessions;
  limits: SignInLimits;
  devices: KnownDevices;
  secondFactor: SecondFactor;
  describeMe: DescribeMe;
  pepper: Buffer;
  logger: Logger;
  /** Shortest time of a failed sign-in, ms; hides which step failed. */
  floorMs: number | undefined;
}) {
  const { database, audit, users, passwords, sessions, limits, devices, secondFactor, describeMe } = deps;
  const floorMs = deps.floorMs ?? failureFloorMs;

  /**
   * Names that nobody has are not written down: people type their passwords there. The HMAC is made for every name: after
   * a wait it costs tenths of a millisecond, and that would tell who has an account.
   */
  function targetOf(user: UserRow | undefined, name: string): AuditEntry['target'] {
    const mac = createHmac('sha256', deps.pepper).update(`unknown-name\n${name.toLowerCase()}`).digest('hex');
    const id = fromUuid('usr', user?.id ?? nobody);
    if (user !== undefined) return { kind: 'account', id, name: user.name };
    return { kind: 'account', name: `hmac:${mac.slice(0, 8)}` };
  }

  async function passwordMatches(user: UserRow | undefined, password: string): Promise<boolean> {
    const stored = user?.password_hash ?? undefined;
    const matches = await passwords.verify(stored, password);
    return matches && user !== undefined && user.disabled_at === null;
  }

  /** Today's parameters for a hash of yesterday's; the password is at hand only now. */
  async function rehash(user: UserRow, password: string): Promise<void> {
    const stored = user.password_hash;
    if (stored === null || !passwords.isOutdated(stored)) return;
    await users.replaceHash(user.id, stored, await passwords.hash(password));
  }

  async function open(actor: Actor, user: UserRow, shown: Shown) {
    const isBreakGlass = await deps.providers.isAnyEnabled();
    const opened = await database.transaction(async (tx) => {
      const session = await sessions.open(tx, user, actor, { instead: shown.session });
      await users.noteSignIn(tx, user.id);
      const principal = toPrincipal(user, session.session);
      await audit.write(tx, { ...actor, principal }, [
        {
          action: 'identity:self',
          ...(isBreakGlass ? { code: 'break_glass' } : {}),
          target: { kind: 'session', id: sessionOf(principal).id },
        },
      ]);
      return session;
    });
    if (isBreakGlass) deps.logger.warn({ account: user.name }, 'a local account was used although a provider is on');
    return opened;
  }

  return {
    /**
     * Failures share status, code, text and time: nothing tells whether the account exists.
     * @throws AppError `sign_in_failed`, `second_factor_required`, `second_factor_failed`, `rate_limited`
     */
    async signIn(
      actor: Actor,
      input: { name: string; password: string; code?: string | undefined },
      shown: Shown = { session: undefined, device: undefined },
    ): Promise<SignedIn & { device: string | undefined }> {
      const started = performance.now();
      const known = devices.idFor(shown.device, input.name);
      const attempt = await limits.take(input.name, actor.ip ?? '', known);
      let judged = false;
      try {
        const user = await users.findUserByName(input.name);
        const matches = await passwordMatches(user, input.password);
        if (!matches || user === undefined) {
          judged = true;
          const code = attempt.isLast ? 'sign_in_locked' : 'sign_in_failed';
          await audit.record(actor, [
            { action: 'identity:self', outcome: 'failed', code, target: targetOf(user, input.name) },
          ]);
          throw new AppError('sign_in_failed', 401, 'Name or password is not right.');
        }
        if (await secondFactor.isAsked(user.id)) await secondFactor.verify(user.id, input.code);
        const opened = await open(actor, user, shown);
        judged = true;
        await attempt.succeeded();
        await rehash(user, input.password);
        return {
          me: await describeMe.byCookie(opened.cookie),
          cookie: opened.cookie,
          device: known === undefined ? devices.issue(user.name) : undefined,
        };
      } catch (error) {
        // The password was right, or we could not tell: not a failure of this counter.
        if (!judged) await attempt.withdrawn();
        if (!(error instanceof AppError) || error.status === 401) {
          await wait(Math.max(0, floorMs - (performance.now() - started)));
        }
        throw error;
      }
    },

    /**
     * Proves again who is signed in; the session gets a new id.
     * @throws AppError `password_wrong`, `managed_by_provider`, …
     */
    async stepUp(actor: Actor, user: UserRow, input: { password: string; code?: string | undefined }, shown: Shown) {
      await judgePassword({ limits, passwords }, user, input.password, '/password');
      if (await secondFactor.isAsked(user.id)) await secondFactor.verify(user.id, input.code);
      const opened = await database.transaction(async (tx) => {
        const session = await sessions.open(tx, user, actor, { instead: shown.session });
        await audit.write(tx, actor, [
          {
            action: 'identity:self',
            target: { kind: 'session', id: fromUuid('ses', session.session.id) },
            changes: [{ path: 'steppedUp', after: true }],
          },
        ]);
        return session;
      });
      return { me: await describeMe.byCookie(opened.cookie), cookie: opened.cookie };
    },
  };
}

/**
 * The own password, asked again.
 * @throws AppError `password_wrong`, `managed_by_provider`, `rate_limited`
 */
export async function judgePassword(
  { limits, passwords }: { limits: SignInLimits; passwords: Passwords },
  user: UserRow,
  password: string,
  pointer: string,
): Promise<void> {
  if (user.issuer !== null) {
    throw new AppError('managed_by_provider', 409, 'Your provider keeps your password. Prove who you are there.');
  }
  const attempt = await limits.takeOf('password', user.id);
  if (!(await passwords.verify(user.password_hash ?? undefined, password))) {
    throw new AppError('password_wrong', 422, 'This is not your password.', {
      errors: [{ pointer, code: 'password_wrong', detail: 'This is not your password.' }],
    });
  }
  await attempt.succeeded();
}
