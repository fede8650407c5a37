import type { ReleaseDetail } from '@quarterdeck/contracts';
import { abortRelease, pauseRelease } from '@quarterdeck/contracts/releases';
import { ActionButton, ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { hasEnded } from '../../platform/release-status.ts';
import { RollBack } from '../../platform/roll-back.tsx';
import { Resuming } from './paused-release.tsx';
import { t } from './releases.messages.ts';

/** What starting a release of each kind needs, and so going on with it. */
const startPermissions = {
  deploy: 'releases:create',
  rollback: 'releases:rollback',
  catch_up: 'releases:create',
  take_back: 'releases:create',
  evacuate: 'releases:evacuate',
  remove: 'applications:delete',
} as const;

/** Resume, abort, roll back, change: what may not be done now says why. */
export function ReleaseActions({ release }: { release: ReleaseDetail }) {
  const [asking, setAsking] = useState<'pause' | 'resume' | 'abort' | 'rollback' | undefined>();
  const mayRollBack = useRefusal('releases:rollback');
  const mayOperate = useRefusal('releases:operate');
  const mayDeploy = useRefusal('releases:create');
  const mayStart = useRefusal(startPermissions[release.kind]);
  const running = !hasEnded(release);
  const close = () => setAsking(undefined);
  const whyNot =
    release.kind === 'remove'
      ? t.isRemoval
      : running
        ? t.running
        : release.healthyCount === 0
          ? t.neverHealthy
          : release.newestNumber === release.number
            ? release.state === 'succeeded'
              ? t.runsNow
              : t.isNewest
            : release.standingCount === 0
              ? t.allStoodDown
              : mayRollBack;
  return (
    <>
      {release.state === 'paused' ? (
        <ActionButton kind="primary" reason={mayOperate ?? mayStart} onClick={() => setAsking('resume')}>
          {t.resume}
        </ActionButton>
      ) : null}
      {release.state === 'rolling' ? (
        <ActionButton reason={mayOperate} onClick={() => setAsking('pause')}>
          {t.pause}
        </ActionButton>
      ) : null}
      {running ? (
        <ActionButton reason={mayOperate} onClick={() => setAsking('abort')}>
          {t.abort}
        </ActionButton>
      ) : null}
      <ActionButton reason={whyNot} onClick={() => setAsking('rollback')}>
        {t.rollBackTo(release.number)}
      </ActionButton>
      {mayDeploy === undefined ? (
        <Link
          to="/applications/$project/$app/deploy"
          params={{ project: release.project, app: release.application }}
          search={{ environment: release.environment, from: release.id } as never}
          className={release.state === 'paused' ? 'button' : 'button primary'}
        >
          {t.change}
        </Link>
      ) : (
        <ActionButton reason={mayDeploy} onClick={() => undefined}>
          {t.change}
        </ActionButton>
      )}
      {asking === 'abort' || asking === 'pause' ? <Stopping release={release} how={asking} onClose={close} /> : null}
      {asking === 'resume' ? <Resuming release={release} onClose={close} /> : null}
      {asking === 'rollback' ? (
        <RollBack release={release} clusters={release.targets.map(({ cluster }) => cluster)} onClose={close} />
      ) : null}
    </>
  );
}

/** For good, or until somebody resumes it. */
function Stopping(props: { release: ReleaseDetail; how: 'abort' | 'pause'; onClose: () => void }) {
  const { release, how, onClose } = props;
  const stop = useMutation({
    mutationFn: (reason: string) =>
      api.call(how === 'abort' ? abortRelease : pauseRelease, {
        params: { id: release.id },
        body: reason === '' ? {} : { reason },
      }),
    onSuccess: onClose,
  });
  return (
    <ConfirmDanger
      title={how === 'abort' ? t.abort : t.pause}
      verb={
        how === 'abort'
          ? t.abortVerb(release.application, release.number)
          : t.pauseVerb(release.application, release.number)
      }
      level="L2"
      asksReason
      harmless={how === 'pause'}
      pending={stop.isPending}
      error={stop.isError ? <ProblemAlert problem={problemOf(stop.error)} /> : undefined}
      onConfirm={(reason) => stop.mutate(reason)}
      onClose={onClose}
    >
      <p>{how === 'abort' ? t.abortHint : t.pauseHint}</p>
    </ConfirmDanger>
  );
}
