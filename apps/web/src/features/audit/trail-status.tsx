import { AgeText, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { t } from './audit.messages.ts';
import { verificationQuery } from './audit.queries.ts';

const usualLagMs = 120_000;

/** Up to when every record was recomputed and fits; says so loudly when one does not. */
export function TrailStatus() {
  const { data } = useQuery(verificationQuery);
  if (data === undefined) return null;
  if (data.firstBad !== undefined) {
    return <StatusDot status="failed">{t.broken(data.firstBad.chain, data.firstBad.seq)}</StatusDot>;
  }
  if (data.verifiedUpTo === undefined) return <StatusDot status="updating">{t.notYet}</StatusDot>;
  // The worker looks twice a minute: what is only that much behind is as verified as it gets.
  const upToDate = data.state === 'verified' || Date.now() - Date.parse(data.verifiedUpTo) < usualLagMs;
  return (
    <StatusDot status={upToDate ? 'healthy' : 'updating'}>
      {upToDate ? t.verified : t.behind} <AgeText at={data.verifiedUpTo} />
    </StatusDot>
  );
}

/** What to do about a record that does not fit. */
export function TrailWarning() {
  const { data } = useQuery(verificationQuery);
  if (data?.firstBad === undefined) return null;
  return (
    <p className="notice failed" role="alert">
      {t.brokenHint(data.firstBad.problem)}
    </p>
  );
}
