import type { ReleaseDetail } from '@quarterdeck/contracts';
import { catchUpDebt, dismissDebt, retryTarget, skipTarget } from '@quarterdeck/contracts/releases';
import { ActionButton, ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useFollowRelease } from '../../platform/follow-release.ts';
import { useRefusal } from '../../platform/me.tsx';
import { hasEnded } from '../../platform/release-status.ts';
import { t } from './releases.messages.ts';

type Target = ReleaseDetail['targets'][number];

/** Retry, leave out, let catch up: what can be done about one target now. */
export function TargetActions({ release, target }: { release: ReleaseDetail; target: Target }) {
  const [skipping, setSkipping] = useState(false);
  const refusal = useRefusal('releases:operate');
  const follow = useFollowRelease();
  const params = { id: release.id, target: target.targetId };
  const retry = useMutation({ mutationFn: () => api.call(retryTarget, { params }) });
  const skip = useMutation({
    mutationFn: (reason: string) => api.call(skipTarget, { params, body: reason === '' ? {} : { reason } }),
    onSuccess: () => setSkipping(false),
  });
  const debt = target.debt;
  const catchUp = useMutation({
    mutationFn: () => api.call(catchUpDebt, { params: { id: debt?.id ?? '' } }),
    onSuccess: follow,
  });
  const dismiss = useMutation({
    mutationFn: () => api.call(dismissDebt, { params: { id: debt?.id ?? '' }, body: {} }),
  });
  const isOver = target.state === 'failed' || target.state === 'cancelled';
  const canSkip = !hasEnded(release) && ['pending', 'blocked', 'failed'].includes(target.state);
  const problem = [retry, catchUp, dismiss].find(({ isError }) => isError)?.error;
  return (
    <>
      {isOver ? (
        <ActionButton
          small
          reason={release.newestNumber > release.number ? t.cameAfter(release.newestNumber) : refusal}
          pending={retry.isPending}
          onClick={() => retry.mutate()}
        >
          {t.retry(target.cluster)}
        </ActionButton>
      ) : null}
      {canSkip ? (
        <ActionButton small reason={refusal} onClick={() => setSkipping(true)}>
          {t.skip(target.cluster)}
        </ActionButton>
      ) : null}
      {debt === undefined ? null : (
        <>
          <ActionButton
            small
            reason={
              debt.lastTry?.isUnderWay
                ? t.catchesUp(debt.lastTry.releaseNumber)
                : target.reachable
                  ? refusal
                  : t.catchUpLater(target.cluster)
            }
            pending={catchUp.isPending}
            onClick={() => catchUp.mutate()}
          >
            {t.catchUp}
          </ActionButton>
          <ActionButton small reason={refusal} pending={dismiss.isPending} onClick={() => dismiss.mutate()}>
            {t.dismissDebt}
          </ActionButton>
        </>
      )}
      {problem === undefined || problem === null ? null : <ProblemAlert problem={problemOf(problem)} />}
      {skipping ? (
        <ConfirmDanger
          title={t.skip(target.cluster)}
          verb={t.skip(target.cluster)}
          level="L2"
          asksReason
          pending={skip.isPending}
          error={skip.isError ? <ProblemAlert problem={problemOf(skip.error)} /> : undefined}
          onConfirm={(reason) => skip.mutate(reason)}
          onClose={() => setSkipping(false)}
        >
          <p>{t.skipHint(target.cluster)}</p>
        </ConfirmDanger>
      ) : null}
    </>
  );
}
