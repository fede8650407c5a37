import type { Account } from '@quarterdeck/contracts';
import { t } from './people.messages.ts';

/** How an account is, in a word. */
export function accountStatus(account: Account): { status: 'healthy' | 'waiting' | 'degraded'; word: string } {
  if (account.disabledAt !== undefined) return { status: 'waiting', word: t.disabled };
  if (account.groupsError !== undefined) return { status: 'degraded', word: t.active };
  if (account.lastSignInAt === undefined) return { status: 'waiting', word: t.invited };
  return { status: 'healthy', word: t.active };
}
