import type { Application } from '@quarterdeck/contracts';
import { catchUpDebt, dismissDebt } from '@quarterdeck/contracts/releases';
import { ActionButton, AgeText, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { DebtTryNote } from '../../platform/debt-try.tsx';
import { useFollowRelease } from '../../platform/follow-release.ts';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './applications.messages.ts';

type Target = Application['environments'][number]['targets'][number];

/** What a target is owed: it follows by itself, or somebody compares first and says so. */
export function DebtNote(props: { application: Application; environment: string; target: Target; isCutOff: boolean }) {
  const { application, environment, target, isCutOff } = props;
  const { debt } = target;
  const refusal = useRefusal('releases:operate');
  const follow = useFollowRelease();
  const queries = useQueryClient();
  const catchUp = useMutation({
    mutationFn: () => api.call(catchUpDebt, { params: { id: debt?.id ?? '' } }),
    onSuccess: (release) => follow(release),
  });
  const dismiss = useMutation({
    mutationFn: () => api.call(dismissDebt, { params: { id: debt?.id ?? '' }, body: {} }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['applications'] }),
  });
  if (debt === undefined) return null;
  const params = { project: application.project, app: application.slug };
  const problem = catchUp.error ?? dismiss.error;
  return (
    <div className="stack tight">
      <StatusDot status={debt.asksFirst ? 'degraded' : 'waiting'}>
        {t.owed[debt.reason](debt.releaseNumber)} <AgeText at={debt.since} />
      </StatusDot>
      {debt.lastTry === undefined ? (
        <span className="muted">{debt.asksFirst ? t.asksFirst : t.followsByItself}</span>
      ) : (
        <DebtTryNote tried={debt.lastTry} />
      )}
      {debt.asksFirst || debt.lastTry?.isUnderWay === false ? (
        <span className="row wrap">
          {target.currentReleaseNumber === undefined || debt.reason === 'evacuated' ? (
            <Link to="/applications/$project/$app/drift" params={params} search={{ environment } as never}>
              {t.compareFirst}
            </Link>
          ) : (
            <Link
              to="/applications/$project/$app/compare"
              params={params}
              search={
                {
                  environment,
                  before: String(target.currentReleaseNumber),
                  after: String(debt.releaseNumber),
                } as never
              }
            >
              {t.compareFirst}
            </Link>
          )}
          <ActionButton
            small
            reason={isCutOff ? t.catchUpLater(target.cluster) : refusal}
            pending={catchUp.isPending}
            onClick={() => catchUp.mutate()}
          >
            {t.catchUp}
          </ActionButton>
          <ActionButton small reason={refusal} pending={dismiss.isPending} onClick={() => dismiss.mutate()}>
            {t.leaveIt}
          </ActionButton>
        </span>
      ) : null}
      {problem === null ? null : <ProblemAlert problem={problemOf(problem)} />}
    </div>
  );
}
