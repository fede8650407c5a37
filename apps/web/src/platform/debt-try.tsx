import type { DebtTry } from '@quarterdeck/contracts';
import { TimeText } from '@quarterdeck/ui';
import { t } from './platform.messages.ts';

/** How the newest release went that was to bring what a target is owed, and whether another follows. */
export function DebtTryNote({ tried }: { tried: DebtTry }) {
  const { releaseNumber, isUnderWay, reason, againAt } = tried;
  if (isUnderWay) return <span className="muted">{t.bringsIt(releaseNumber)}</span>;
  return (
    <span className="breakable">
      {reason === undefined ? t.gaveWay(releaseNumber) : t.didNotBring(releaseNumber, reason)}{' '}
      {againAt === undefined ? (
        t.notAgain
      ) : (
        <>
          {t.againAt} <TimeText at={againAt} to="seconds" />
        </>
      )}
    </span>
  );
}
