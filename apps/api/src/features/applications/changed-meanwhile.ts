import { type AppError, conflict } from '../../platform/errors.ts';

/** What was read is not what is there: who changed it, and what to do. */
export function changedMeanwhile(
  code: 'delivery_changed' | 'freeze_changed' | 'selector_changed',
  what: string,
  now: { revision: number; changedBy?: string | undefined },
  read: number | undefined,
): AppError {
  const detail = `${now.changedBy ?? 'Somebody'} changed ${what} since you read it (revision ${read}; it is ${now.revision} now). Read it again, then bring your change in.`;
  return conflict(code, detail, [{ pointer: '/revision', code, detail }]);
}

export function lastChange(by: string | undefined, at: Date | undefined) {
  return {
    ...(by === undefined ? {} : { changedBy: by }),
    ...(at === undefined ? {} : { changedAt: at.toISOString() }),
  };
}
