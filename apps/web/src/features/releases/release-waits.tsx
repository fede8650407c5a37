import type { ReleaseDetail } from '@quarterdeck/contracts';
import { overrideFreeze } from '@quarterdeck/contracts/releases';
import { ActionButton, ConfirmDanger, ProblemAlert, TimeText } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { releasePath } from '../../platform/release-status.ts';
import { t } from './releases.messages.ts';
import { Voting } from './voting.tsx';
import { WhatFailed } from './what-failed.tsx';

type Wait = ReleaseDetail['waits'][number];

/** What the release as a whole stands still for, how it ended by itself, and what can be done about it. */
export function ReleaseNotices({ release }: { release: ReleaseDetail }) {
  const whole = release.waits.filter((wait) => wait.wave === undefined && wait.for !== 'person');
  const freeze = release.waits.find((wait) => wait.for === 'freeze' && wait.wave !== undefined);
  return (
    <>
      {release.state === 'failed' && release.endedReason === 'budget' ? <WentBack release={release} /> : null}
      {whole.map((wait) => (
        <div key={wait.for} className="notice degraded" role="status">
          <div className="spread wrap grow">
            <div>
              <strong>{t.waits(wait)}</strong>
              <p className="muted">{t.waitsHelp[wait.for]}</p>
            </div>
            {wait.for === 'approval' ? (
              <Voting release={release} approvals={release.approvals} needed={release.approvalsNeeded} isOpen />
            ) : null}
            {wait.for === 'lane' ? <Ahead release={release} wait={wait} /> : null}
            {wait.for === 'freeze' ? <Frozen release={release} wait={wait} /> : null}
          </div>
        </div>
      ))}
      {freeze === undefined ? null : (
        <div className="notice degraded spread wrap" role="status">
          <strong>{t.waits(freeze)}</strong>
          <Frozen release={release} wait={freeze} />
        </div>
      )}
      {release.freezeOverride === undefined ? null : (
        <p className="muted">{t.freezeOverridden(release.freezeOverride.by, release.freezeOverride.reason)}</p>
      )}
      {release.rejectedImages.length === 0 ? null : (
        <p className="muted">
          {t.rejected(release.rejectedImages.map(({ reference }) => reference))}{' '}
          <Link to="/applications/$project/$app" params={{ project: release.project, app: release.application }}>
            {t.rejectedList}
          </Link>
        </p>
      )}
    </>
  );
}

/** Over budget in a wave: which targets and why, and the release that put back what was there. */
function WentBack({ release }: { release: ReleaseDetail }) {
  const failed = release.targets.filter(({ state }) => state === 'failed');
  const back = release.rolledBackBy;
  return (
    <div className="notice failed" role="status">
      <div className="breakable">
        <strong>{t.stopped(release.waves[failed[0]?.wave ?? 0]?.name ?? '')}</strong>
        <WhatFailed targets={failed} />
        <p>
          {back === undefined ? (
            t.nothingToGoBackTo
          ) : (
            <Link to={releasePath({ ...release, number: back.number })}>{t.putBackBy(back.number)}</Link>
          )}
        </p>
      </div>
    </div>
  );
}

function Ahead({ release, wait }: { release: ReleaseDetail; wait: Wait }) {
  return wait.number === undefined ? null : (
    <Link to={releasePath({ ...release, number: wait.number })} className="button small">
      {t.look(wait.number)}
    </Link>
  );
}

function Frozen({ release, wait }: { release: ReleaseDetail; wait: Wait }) {
  const [asking, setAsking] = useState(false);
  const refusal = useRefusal('releases:override-freeze');
  const override = useMutation({
    mutationFn: (reason: string) => api.call(overrideFreeze, { params: { id: release.id }, body: { reason } }),
    onSuccess: () => setAsking(false),
  });
  return (
    <div className="row wrap">
      {wait.until === undefined ? null : (
        <span className="muted">
          {t.frozenUntil} <TimeText at={wait.until} />
        </span>
      )}
      <ActionButton small reason={refusal} onClick={() => setAsking(true)}>
        {t.overrideFreeze}
      </ActionButton>
      {asking ? (
        <ConfirmDanger
          title={t.overrideFreeze}
          verb={t.overrideVerb(release.application, release.number)}
          level="L2"
          asksReason="required"
          pending={override.isPending}
          error={override.isError ? <ProblemAlert problem={problemOf(override.error)} /> : undefined}
          onConfirm={(reason) => override.mutate(reason)}
          onClose={() => setAsking(false)}
        >
          <p>{t.overrideHint(wait.name ?? '')}</p>
        </ConfirmDanger>
      ) : null}
    </div>
  );
}
