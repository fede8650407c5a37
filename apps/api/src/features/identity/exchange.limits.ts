import { createHmac } from 'node:crypto';
import { AppError } from '../../platform/errors.ts';
import type { SignInLimitsStore } from './sign-in-limits.store.ts';
import { networkOf } from './sign-in-limits.ts';

const windowMinutes = 15;
const maxFailures = 10;

/** A network that sends bad tokens, or a GitLab project that no rule trusts. */
export type ExchangeCaller = { ip: string } | { issuer: string; projectId: string };

/**
 * Failed exchanges, kept in PostgreSQL. Tokens that prove nothing count against their network; a proven job counts
 * against its own project, so that one wrong pipeline does not lock out the others on the same runners.
 */
export function createExchangeLimits({ store, pepper }: { store: SignInLimitsStore; pepper: Buffer }) {
  function keyOf(caller: ExchangeCaller): Buffer {
    const text =
      'ip' in caller
        ? `exchange-network\n${networkOf(caller.ip)}`
        : `exchange-project\n${caller.issuer}\n${caller.projectId}`;
    return createHmac('sha256', pepper).update(text).digest();
  }
  function tooMany(caller: ExchangeCaller): AppError {
    const who = 'ip' in caller ? 'from this network' : `of project ${caller.projectId}`;
    return new AppError('rate_limited', 429, `Too many failed exchanges ${who}. Wait 15 minutes, then try again.`, {
      retryAfterSeconds: windowMinutes * 60,
    });
  }

  return {
    /**
     * Whoever has used up their failures is stopped before any work. Nothing is counted: many jobs of one network
     * start at once, and those that succeed must not wait for each other.
     * @throws AppError `rate_limited`
     */
    async check(caller: ExchangeCaller): Promise<void> {
      const [row] = await store.failures([keyOf(caller)], windowMinutes);
      if (row !== undefined && row.failures >= maxFailures) throw tooMany(caller);
    },

    /**
     * Counts a failure in one statement, and that statement decides: of many that fail at once so many hear why as
     * there are failures left, the others what everybody hears from then on.
     * @throws AppError `rate_limited`
     */
    async failed(caller: ExchangeCaller): Promise<void> {
      const { failures } = await store.count(keyOf(caller), maxFailures, windowMinutes);
      if (failures > maxFailures) throw tooMany(caller);
    },
  };
}
