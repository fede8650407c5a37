import { evictPod } from '@quarterdeck/contracts/drains';
import { ActionButton } from '@quarterdeck/ui';
import { useState } from 'react';
import { api } from '../../platform/api.ts';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { t } from './scheduling.messages.ts';
import { useReason } from './scheduling.queries.ts';

/** Evicts one pod; a budget that stands in the way is named in the dialog, with its numbers. */
export function EvictAction({ pod }: { pod: { clusterId: string; namespace: string; name: string; uid: string } }) {
  const { clusterId, namespace, name, uid } = pod;
  const reason = useReason('workloads:operate', { clusterId, namespace });
  const [asks, setAsks] = useState(false);
  return (
    <>
      <ActionButton reason={reason} onClick={() => setAsks(true)}>
        {t.evict}
      </ActionButton>
      {asks ? (
        <ConfirmDeed
          title={t.evictTitle(name)}
          verb={t.evictVerb}
          run={() => api.call(evictPod, { params: { id: clusterId, namespace, name }, body: { uid } })}
          stale={[['inventory'], ['workloads']]}
          onClose={() => setAsks(false)}
        >
          <p>{t.evictWhat}</p>
        </ConfirmDeed>
      ) : null}
    </>
  );
}
