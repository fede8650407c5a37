import type { ReleaseDetail } from '@quarterdeck/contracts';
import { approveRelease } from '@quarterdeck/contracts/releases';
import { ActionButton, AgeText, ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useMe, useRefusal } from '../../platform/me.tsx';
import { awaitsMeKey } from './my-decisions.ts';
import { t } from './releases.messages.ts';

/** Who approved a release, or a wave of it, and the two buttons while it waits for that. */
export function Voting(props: {
  release: ReleaseDetail;
  wave?: number;
  approvals: ReleaseDetail['approvals'];
  needed: number;
  isOpen: boolean;
}) {
  const { release, wave, approvals, needed, isOpen } = props;
  const [asking, setAsking] = useState<'approve' | 'reject' | undefined>();
  const me = useMe();
  const lacksRight = useRefusal('releases:approve');
  const isOwn = me?.user.id === release.createdById && !release.ownApproval;
  const refusal = isOwn ? t.ownRelease : lacksRight;
  const given = approvals.filter(({ counts, decision }) => counts && decision === 'approve');
  return (
    <span className="row wrap">
      <span>{t.approvals(given.length, needed)}</span>
      {approvals.map((approval) => (
        <span key={`${approval.by} ${approval.at}`} title={approval.reason}>
          {t.approvedBy(approval)} <AgeText at={approval.at} />
        </span>
      ))}
      {isOpen ? (
        <>
          <ActionButton small kind="primary" reason={refusal} onClick={() => setAsking('approve')}>
            {t.approve}
          </ActionButton>
          <ActionButton small reason={refusal} onClick={() => setAsking('reject')}>
            {t.reject}
          </ActionButton>
        </>
      ) : null}
      {asking === undefined ? null : (
        <Vote release={release} wave={wave} decision={asking} onClose={() => setAsking(undefined)} />
      )}
    </span>
  );
}

function Vote(props: {
  release: ReleaseDetail;
  wave: number | undefined;
  decision: 'approve' | 'reject';
  onClose: () => void;
}) {
  const { release, wave, decision, onClose } = props;
  const queries = useQueryClient();
  const vote = useMutation({
    mutationFn: (reason: string) =>
      api.call(approveRelease, {
        params: { id: release.id },
        body: {
          decision,
          contentSha256: release.contentSha256,
          ...(wave === undefined ? {} : { wave }),
          ...(reason === '' ? {} : { reason }),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: awaitsMeKey });
      onClose();
    },
  });
  return (
    <ConfirmDanger
      title={decision === 'approve' ? t.approve : t.reject}
      verb={t.voteVerb(decision, release.application, release.number)}
      level="L2"
      asksReason
      harmless={decision === 'approve'}
      pending={vote.isPending}
      error={vote.isError ? <ProblemAlert problem={problemOf(vote.error)} /> : undefined}
      onConfirm={(reason) => vote.mutate(reason)}
      onClose={onClose}
    >
      <p>{decision === 'approve' ? t.approveHint : t.rejectHint}</p>
      <p className="muted">
        {t.digest} <code>{release.contentSha256.slice(0, 12)}</code>
      </p>
    </ConfirmDanger>
  );
}
