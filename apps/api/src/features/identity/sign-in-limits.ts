import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { AppError } from '../../platform/errors.ts';
import type { SignInLimitsStore } from './sign-in-limits.store.ts';

const windowMinutes = 15;
const accountFailures = 10;
const networkFailures = 50;

export type SignInLimits = ReturnType<typeof createSignInLimits>;

/**
 * Failures by account and by network, kept in PostgreSQL so that a restart or another replica forgets nothing.
 * Names nobody has count like real ones; keys are HMACs, so the table does not tell who was tried.
 */
export function createSignInLimits({ store, pepper }: { store: SignInLimitsStore; pepper: Buffer }) {
  function key(kind: string, value: string): Buffer {
    return createHmac('sha256', pepper).update(`${kind}\n${value}`).digest();
  }
  const keysOf = (name: string, ip: string) => ({
    account: key('account', name.toLowerCase()),
    network: key('network', networkOf(ip)),
  });

  return {
    /** @throws AppError `rate_limited` */
    async check(name: string, ip: string): Promise<void> {
      const keys = keysOf(name, ip);
      const rows = await store.failures([keys.account, keys.network], windowMinutes);
      const count = (wanted: Buffer) => rows.find((row) => row.key.equals(wanted))?.failures ?? 0;
      if (count(keys.account) < accountFailures && count(keys.network) < networkFailures) return;
      throw new AppError('rate_limited', 429, 'Too many failed sign-ins. Wait 15 minutes, then try again.', {
        retryAfterSeconds: windowMinutes * 60,
      });
    },
    async failed(name: string, ip: string): Promise<void> {
      const keys = keysOf(name, ip);
      await store.addFailures([keys.account, keys.network], windowMinutes);
    },
    async succeeded(name: string, ip: string): Promise<void> {
      await store.forgetFailures(keysOf(name, ip).account);
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
