import type { DebtTry } from '@quarterdeck/contracts';
import type { DebtRecord } from './debts.store.ts';

/** What a target is owed, as pages show it. */
export function debtView({ id, reason, createdAt, lastTry }: DebtRecord) {
  return {
    id,
    reason,
    since: createdAt.toISOString(),
    ...(lastTry === undefined ? {} : { lastTry: tryView(lastTry) }),
  };
}

function tryView({ releaseId, number, isUnderWay, reason, againAt }: NonNullable<DebtRecord['lastTry']>): DebtTry {
  return {
    releaseId,
    releaseNumber: number,
    isUnderWay,
    ...(reason === undefined ? {} : { reason }),
    ...(againAt === undefined ? {} : { againAt: againAt.toISOString() }),
  };
}
