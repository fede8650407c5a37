import { createHmac, randomBytes } from 'node:crypto';
import type { Database } from '@quarterdeck/database';
import { TOTP, Secret as TotpSecret } from 'otpauth';
import type { Envelopes } from '../../platform/crypto/envelope.ts';
import { AppError, conflict } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { personAtBrowser } from './principals.ts';
import { createSecondFactorStore } from './second-factor.store.ts';
import type { SignInLimits } from './sign-in-limits.ts';

const periodSeconds = 30;
const recoveryCodes = 10;
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

export type SecondFactor = ReturnType<typeof createSecondFactor>;

/** Authenticator codes and recovery codes of local accounts. Not in loopback mode, where nothing is claimed. */
export function createSecondFactor(deps: {
  database: Database;
  audit: Audit;
  envelopes: Envelopes;
  pepper: Buffer;
  limits: SignInLimits;
  loopback: boolean;
}) {
  const { database, audit, envelopes, pepper, limits, loopback } = deps;
  const store = createSecondFactorStore(database);
  const place = (userId: string) => ({ table: 'identity_totp', column: 'sealed_secret', rowId: userId });
  const hashOf = (userId: string, code: string) =>
    createHmac('sha256', pepper)
      .update(`recovery-code\n${userId}\n${normalise(code)}`)
      .digest();

  function generator(secret: string, label: string): TOTP {
    return new TOTP({ issuer: 'Quarterdeck', label, secret: TotpSecret.fromBase32(secret), period: periodSeconds });
  }

  /** Judges an authenticator's code by the database's clock; each time step is taken once. */
  async function totpMatches(userId: string, code: string, confirmed: boolean): Promise<boolean> {
    const row = await store.find(database.pool, userId);
    if (row === undefined || (row.confirmed_at !== null) !== confirmed) return false;
    const secret = envelopes.open(place(userId), row.sealed_secret).reveal('check a second factor');
    const delta = generator(secret, '').validate({ token: code, window: 1, timestamp: row.nowMs });
    if (delta === null) return false;
    return store.useStep(database.pool, userId, Math.floor(row.nowMs / 1000 / periodSeconds) + delta);
  }

  function newRecoveryCodes(): string[] {
    return Array.from({ length: recoveryCodes }, () =>
      Array.from(randomBytes(12), (byte) => alphabet[byte % alphabet.length])
        .join('')
        .replaceAll(/(.{4})(?=.)/g, '$1-'),
    );
  }

  function assertAvailable(): void {
    if (!loopback) return;
    throw conflict(
      'second_factor_unavailable',
      'On plain http at this machine there is no second factor. Put Quarterdeck behind https to use one.',
    );
  }

  return {
    store,

    /** Whether a sign-in of this account must show a code. */
    isAsked: async (userId: string): Promise<boolean> => !loopback && store.isOn(userId),

    /**
     * Judges a code of an authenticator, or uses up a recovery code.
     * @throws AppError `second_factor_required`, `second_factor_failed`, `rate_limited`
     */
    async verify(userId: string, code: string | undefined): Promise<void> {
      if (code === undefined) {
        throw new AppError('second_factor_required', 401, 'Give the code of your authenticator, or a recovery code.');
      }
      const attempt = await limits.takeOf('second-factor', userId);
      const right = /^\d{6}$/.test(code)
        ? await totpMatches(userId, code, true)
        : await store.useRecoveryCode(database.pool, userId, hashOf(userId, code));
      if (!right) {
        throw new AppError('second_factor_failed', 401, 'This code is not right, or was used. Wait for the next one.');
      }
      await attempt.succeeded();
    },

    async start(actor: Actor): Promise<{ secret: string; uri: string }> {
      const user = personAtBrowser(actor.principal);
      assertAvailable();
      const userId = toUuid(user.id);
      const secret = new TotpSecret({ size: 20 }).base32;
      await database.transaction(async (tx) => {
        const row = await tx.query('SELECT FROM identity_user WHERE id = $1 AND issuer IS NULL', [userId]);
        if (row.rows.length === 0)
          throw conflict('managed_by_provider', 'Your provider asks for its own second factor.');
        if (!(await store.putUnconfirmed(tx, userId, envelopes.seal(place(userId), secret)))) throw exists();
        await audit.write(tx, actor, [entry(user.id, 'started')]);
      });
      return { secret, uri: generator(secret, user.name).toString() };
    },

    /** Turns it on; answers with the recovery codes, shown this once. */
    async confirm(actor: Actor, code: string): Promise<string[]> {
      const user = personAtBrowser(actor.principal);
      assertAvailable();
      const userId = toUuid(user.id);
      const attempt = await limits.takeOf('second-factor', userId);
      if (!(await totpMatches(userId, code, false))) {
        if (await store.isOn(userId)) throw exists();
        throw new AppError('second_factor_failed', 422, 'This code is not right. Check the clock of your device.', {
          errors: [{ pointer: '/code', code: 'second_factor_failed', detail: 'This code is not right.' }],
        });
      }
      await attempt.succeeded();
      const codes = newRecoveryCodes();
      await database.transaction(async (tx) => {
        if (!(await store.confirm(tx, userId))) throw exists();
        await store.putRecoveryCodes(
          tx,
          userId,
          codes.map((plain) => hashOf(userId, plain)),
        );
        await audit.write(tx, actor, [entry(user.id, 'on')]);
      });
      return codes;
    },

    async renewRecoveryCodes(actor: Actor): Promise<string[]> {
      const user = personAtBrowser(actor.principal);
      assertAvailable();
      const userId = toUuid(user.id);
      const codes = newRecoveryCodes();
      await database.transaction(async (tx) => {
        const row = await store.find(tx, userId);
        if (row === undefined || row.confirmed_at === null) throw none();
        await store.putRecoveryCodes(
          tx,
          userId,
          codes.map((plain) => hashOf(userId, plain)),
        );
        await audit.write(tx, actor, [entry(user.id, 'recovery codes renewed')]);
      });
      return codes;
    },

    async remove(actor: Actor): Promise<void> {
      const user = personAtBrowser(actor.principal);
      await database.transaction(async (tx) => {
        if (!(await store.remove(tx, toUuid(user.id)))) throw none();
        await audit.write(tx, actor, [entry(user.id, 'off')]);
      });
    },
  };
}

function normalise(code: string): string {
  return code.toLowerCase().replaceAll(/[\s-]/g, '');
}

function entry(userId: string, after: string) {
  return {
    action: 'identity:self',
    target: { kind: 'account', id: userId },
    changes: [{ path: 'secondFactor', after }],
  };
}

function exists(): AppError {
  return conflict('second_factor_exists', 'An authenticator is on already. Turn it off first to use another.');
}

function none(): AppError {
  return conflict('second_factor_unavailable', 'No authenticator is on.');
}
