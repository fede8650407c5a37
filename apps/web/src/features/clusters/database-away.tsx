import { AgeText } from '@quarterdeck/ui';
import { t } from './cluster-page.messages.ts';

/** Our own database is away: what is shown was known then. */
export function DatabaseAway({ readAt }: { readAt: string | undefined }) {
  if (readAt === undefined) return null;
  return (
    <div className="notice stale" role="status">
      <p>
        {t.databaseAway} <AgeText at={readAt} />.
      </p>
    </div>
  );
}
