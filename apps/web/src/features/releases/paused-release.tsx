import type { ReleaseDetail } from '@quarterdeck/contracts';
import { resumeRelease } from '@quarterdeck/contracts/releases';
import { ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { useMe } from '../../platform/me.tsx';
import { t } from './releases.messages.ts';
import { WhatFailed } from './what-failed.tsx';

/** Why a release stands still, and who can make it go on. */
export function PausedNotice({ release }: { release: ReleaseDetail }) {
  const { pausedReason, createdBy } = release;
  return (
    <div className="notice degraded" role="status">
      <div className="breakable">
        <strong>
          {pausedReason === 'actor_lost_permission' ? t.pausedForRight(createdBy) : t.pausedFor(pausedReason)}
        </strong>
        {pausedReason === 'person' ? null : <WhatFailed targets={release.targets} />}
        <p className="muted">{t.pausedHelp(pausedReason)}</p>
      </div>
    </div>
  );
}

/** Asks, and goes on with a paused release where it stopped, for whoever confirms. */
export function Resuming({ release, onClose }: { release: ReleaseDetail; onClose: () => void }) {
  const me = useMe();
  const resume = useMutation({
    mutationFn: (reason: string) =>
      api.call(resumeRelease, { params: { id: release.id }, body: reason === '' ? {} : { reason } }),
    onSuccess: onClose,
  });
  return (
    <ConfirmDanger
      title={t.resume}
      verb={t.resumeVerb(release.application, release.number)}
      level="L2"
      asksReason
      harmless
      pending={resume.isPending}
      error={resume.isError ? <ProblemAlert problem={problemOf(resume.error)} /> : undefined}
      onConfirm={(reason) => resume.mutate(reason)}
      onClose={onClose}
    >
      <p>
        {t.resumeHint(
          me?.user.id === release.createdById ? undefined : release.createdBy,
          release.targets.map((target) => target.cluster),
        )}
      </p>
    </ConfirmDanger>
  );
}
