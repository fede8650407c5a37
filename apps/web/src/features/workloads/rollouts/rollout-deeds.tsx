import type { InventoryObject } from '@quarterdeck/contracts';
import { revisionedKinds } from '@quarterdeck/contracts/workload-rollouts';
import { pausableKinds } from '@quarterdeck/contracts/workloads';
import { ActionButton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDeed } from '../../../platform/confirm-deed.tsx';
import { RollBackDialog } from './roll-back-dialog.tsx';
import { t } from './rollouts.messages.ts';
import { operateQuery, pause, type Revisioned, type Rollout, resume } from './rollouts.queries.ts';

type Pausable = (typeof pausableKinds)[number];

/** What is done to the rollout of one workload in one cluster: pause, resume, roll back. Nothing for other kinds. */
export function RolloutDeeds({ row }: { row: InventoryObject }) {
  const { clusterId, cluster, namespace = '', name, uid, group } = row;
  const plural = group === 'apps' || group === 'batch' ? row.plural : '';
  const pausable = pausableKinds.find((kind) => kind === plural);
  const revisioned = revisionedKinds.find((kind) => kind === plural);
  const workload: Rollout = { clusterId, cluster, namespace, name, plural };
  const [open, setOpen] = useState<'pause' | 'back'>();
  const right = useQuery({ ...operateQuery(workload), enabled: pausable !== undefined || revisioned !== undefined });
  const reason = right.data?.refusal;
  const close = () => setOpen(undefined);
  return (
    <>
      {pausable === undefined ? null : (
        <ActionButton reason={reason} onClick={() => setOpen('pause')}>
          {isPaused(row) ? t.resume : t.pause[pausable]}
        </ActionButton>
      )}
      {revisioned === undefined ? null : (
        <ActionButton reason={reason} onClick={() => setOpen('back')}>
          {t.rollBack}
        </ActionButton>
      )}
      {open === 'pause' && pausable !== undefined ? (
        <PauseDialog workload={workload} plural={pausable} uid={uid} paused={isPaused(row)} onClose={close} />
      ) : null}
      {open === 'back' && revisioned !== undefined ? (
        <RollBackDialog workload={{ ...workload, plural: revisioned } satisfies Revisioned} onClose={close} />
      ) : null}
    </>
  );
}

function PauseDialog(props: {
  workload: Rollout;
  plural: Pausable;
  uid: string;
  paused: boolean;
  onClose: () => void;
}) {
  // The row changes below the dialog: what was asked stays.
  const [paused] = useState(props.paused);
  const { workload, plural, uid } = props;
  const { name, cluster } = workload;
  return (
    <ConfirmDeed
      title={paused ? t.resumeTitle(name, cluster) : t.pauseTitle(name, cluster)}
      verb={paused ? t.resume : t.pause[plural]}
      run={() => (paused ? resume : pause)(workload, uid)}
      stale={[['workloads'], ['inventory']]}
      onClose={props.onClose}
    >
      <p>{(paused ? t.resumeHints : t.pauseHints)[plural]}</p>
    </ConfirmDeed>
  );
}

/** As the rows tell it: a Deployment is paused, a CronJob or Job suspended. */
function isPaused({ facts, statusText }: InventoryObject): boolean {
  return facts.paused === true || facts.suspended === true || statusText === 'Suspended';
}
