import type { ReleaseDetail } from '@quarterdeck/contracts';
import { abortRelease, rollbackRelease } from '@quarterdeck/contracts/releases';
import { ActionButton, ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { hasEnded, releasePath } from '../../platform/release-status.ts';
import { startTask } from '../../platform/tasks.ts';
import { t } from './releases.messages.ts';

/** Abort, roll back, change: what may not be done now says why. */
export function ReleaseActions({ release }: { release: ReleaseDetail }) {
  const [asking, setAsking] = useState<'abort' | 'rollback' | undefined>();
  const mayRollBack = useRefusal('releases:rollback');
  const mayOperate = useRefusal('releases:operate');
  const running = !hasEnded(release);
  const close = () => setAsking(undefined);
  const whyNot = release.kind === 'remove' ? t.isRemoval : running ? t.running : mayRollBack;
  return (
    <>
      {running ? (
        <ActionButton reason={mayOperate} onClick={() => setAsking('abort')}>
          {t.abort}
        </ActionButton>
      ) : null}
      <ActionButton reason={whyNot} onClick={() => setAsking('rollback')}>
        {t.rollBackTo(release.number)}
      </ActionButton>
      <Link
        to="/applications/$project/$app/deploy"
        params={{ project: release.project, app: release.application }}
        search={{ environment: release.environment, from: release.id } as never}
        className="button primary"
      >
        {t.change}
      </Link>
      {asking === 'abort' ? <Aborting release={release} onClose={close} /> : null}
      {asking === 'rollback' ? <RollingBack release={release} onClose={close} /> : null}
    </>
  );
}

function Aborting({ release, onClose }: { release: ReleaseDetail; onClose: () => void }) {
  const abort = useMutation({
    mutationFn: () => api.call(abortRelease, { params: { id: release.id } }),
    onSuccess: onClose,
  });
  return (
    <ConfirmDanger
      title={t.abort}
      verb={t.abortVerb(release.application, release.number)}
      level="L2"
      pending={abort.isPending}
      error={abort.isError ? <ProblemAlert problem={problemOf(abort.error)} /> : undefined}
      onConfirm={() => abort.mutate()}
      onClose={onClose}
    >
      <p>{t.abortHint}</p>
    </ConfirmDanger>
  );
}

function RollingBack({ release, onClose }: { release: ReleaseDetail; onClose: () => void }) {
  const navigate = useNavigate();
  const [key] = useState(() => crypto.randomUUID());
  const rollback = useMutation({
    mutationFn: (reason: string) =>
      api.call(
        rollbackRelease,
        { params: { id: release.id }, body: reason === '' ? {} : { reason } },
        { idempotencyKey: key },
      ),
    onSuccess: (made) => {
      const to = releasePath(made);
      startTask({ id: made.id, title: `${made.application} ${made.environment} #${made.number}`, to });
      onClose();
      void navigate({ to });
    },
  });
  return (
    <ConfirmDanger
      title={t.rollBackTo(release.number)}
      verb={t.rollBackVerb(release.application, release.number)}
      level="L2"
      pending={rollback.isPending}
      error={rollback.isError ? <ProblemAlert problem={problemOf(rollback.error)} /> : undefined}
      onConfirm={(reason) => rollback.mutate(reason)}
      onClose={onClose}
    >
      <p>
        {t.rollBackHint(
          release.number,
          release.targets.map((target) => target.cluster),
        )}
      </p>
    </ConfirmDanger>
  );
}
