import type { Release } from '@quarterdeck/contracts';
import { rollbackRelease } from '@quarterdeck/contracts/releases';
import { ConfirmDanger, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from './api.ts';
import { useFollowRelease } from './follow-release.ts';
import { t } from './platform.messages.ts';
import { RollBackChanges, type Take } from './roll-back-changes.tsx';

const takes: readonly Take[] = ['image_and_config', 'image', 'config'];

/**
 * Asks, puts the stored bytes of a release out again, and goes to the release that makes of it.
 * @param clusters names of those it reaches
 */
export function RollBack(props: { release: Release; clusters: readonly string[]; onClose: () => void }) {
  const { release, clusters, onClose } = props;
  const follow = useFollowRelease();
  const [key] = useState(() => crypto.randomUUID());
  const [take, setTake] = useState<Take>('image_and_config');
  const rollback = useMutation({
    mutationFn: (reason: string) =>
      api.call(
        rollbackRelease,
        { params: { id: release.id }, body: { take, ...(reason === '' ? {} : { reason }) } },
        { idempotencyKey: key },
      ),
    onSuccess: (made) => {
      onClose();
      follow(made);
    },
  });
  return (
    <ConfirmDanger
      title={t.rollBackTo(release.number)}
      verb={t.rollBackVerb(release.application, release.number)}
      level="L2"
      asksReason
      pending={rollback.isPending}
      error={rollback.isError ? <ProblemAlert problem={problemOf(rollback.error)} /> : undefined}
      onConfirm={(reason) => rollback.mutate(reason)}
      onClose={onClose}
    >
      <p>{t.rollBackHint(release.number, release.environment, clusters)}</p>
      <fieldset className="stack tight">
        <legend>{t.putBack}</legend>
        {takes.map((each) => (
          <label key={each} className="row">
            <input type="radio" name="take" checked={take === each} onChange={() => setTake(each)} />
            {t.takes[each]}
          </label>
        ))}
      </fieldset>
      <RollBackChanges release={release} take={take} />
    </ConfirmDanger>
  );
}
