import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { AppError } from '../../platform/errors.ts';
import type { SignInLimitsStore } from './sign-in-limits.store.ts';

const windowMinutes = 15;
const accountFailures = 10;
const networkFailures = 50;

/** A try that was counted. Left alone it stays counted as a failure. */
export type Try = {
  /** It used up the last one: until the window ends there are no more. */
  isLast: boolean;
  succeeded(): Promise<void>;
  /** Neither right nor wrong: we could not judge it. */
  withdrawn(): Promise<void>;
};

export type SignInLimits = ReturnType<typeof createSignInLimits>;

/**
 * Tries by account and by network, kept in PostgreSQL so that a restart or another replica forgets nothing. Names
 * nobody has count like real ones; keys are HMACs, so the table does not tell who was tried.
 */
export function createSignInLimits({ store, pepper }: { store: SignInLimitsStore; pepper: Buffer }) {
  const keyOf = (kind: string, value: string) => createHmac('sha256', pepper).update(`${kind}\n${value}`).digest();

  /** @throws AppError `rate_limited` */
  async function countOne(key: Buffer, max: number): Promise<{ isLast: boolean }> {
    const counted = await store.count(key, max, windowMinutes);
    if (counted.failures <= max) return { isLast: counted.failures === max };
    const minutes = Math.max(1, Math.ceil(counted.waitSeconds / 60));
    throw new AppError('rate_limited', 429, `Too many failed tries. Wait ${minutes} minutes, then try again.`, {
      retryAfterSeconds: Math.max(1, counted.waitSeconds),
    });
  }

  return {
    /**
     * One try at a name. A device that this account has signed in from before has a counter of its own, and the
     * network's does not stop it: strangers lock nobody out.
     * @throws AppError `rate_limited`
     */
    async take(name: string, ip: string, knownDevice: string | undefined): Promise<Try> {
      const network = keyOf('network', networkOf(ip));
      const account = knownDevice === undefined ? keyOf('account', name.toLowerCase()) : keyOf('device', knownDevice);
      if (knownDevice === undefined) await countOne(network, networkFailures);
      const { isLast } = await countOne(account, accountFailures);
      const giveBackNetwork = () => (knownDevice === undefined ? store.giveBack(network) : Promise.resolve());
      return {
        isLast,
        async succeeded() {
          await store.forget(account);
          await giveBackNetwork();
        },
        async withdrawn() {
          await store.giveBack(account);
          await giveBackNetwork();
        },
      };
    },

    /**
     * One try at something of a single account or network: a second factor, a password asked again, a reset link.
     * @throws AppError `rate_limited`
     */
    async takeOf(kind: 'second-factor' | 'password' | 'reset', value: string): Promise<Try> {
      const key = keyOf(kind, kind === 'reset' ? networkOf(value) : value);
      const { isLast } = await countOne(key, kind === 'reset' ? networkFailures : accountFailures);
      return { isLast, succeeded: () => store.forget(key), withdrawn: () => store.giveBack(key) };
    },
  };
}

/** An IPv6 caller owns a /64, so single addresses mean nothing there. */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  if (ip.startsWith('::ffff:')) return ip.slice(7);
  const [head = '', tail = ''] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = ip.includes('::')
    ? [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right]
    : left;
  return groups.slice(0, 4).join(':');
}
