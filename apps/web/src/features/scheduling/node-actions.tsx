import { cordonNode, uncordonNode } from '@quarterdeck/contracts/drains';
import { ActionButton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../platform/api.ts';
import { ConfirmDeed } from '../../platform/confirm-deed.tsx';
import { DrainDialog } from './drain-dialog.tsx';
import { t } from './scheduling.messages.ts';
import { drainsQuery, type SeenNode, useReason } from './scheduling.queries.ts';

/** Cordon, uncordon and drain of one node; what somebody may not do says why. */
export function NodeActions({ node }: { node: SeenNode }) {
  const reason = useReason('scheduling:drain', { clusterId: node.clusterId });
  const drains = useQuery({ ...drainsQuery(node), enabled: reason === undefined });
  const running = drains.data?.items.find(({ state }) => state === 'running');
  const [asks, setAsks] = useState<'cordon' | 'drain' | undefined>();
  const { cordoned, clusterId, name, uid } = node;
  const busy = running === undefined ? undefined : t.banner(running.createdBy);
  return (
    <>
      {running === undefined ? null : <span className="badge">{t.banner(running.createdBy)}</span>}
      <ActionButton small reason={reason ?? (cordoned ? busy : undefined)} onClick={() => setAsks('cordon')}>
        {cordoned ? t.uncordon : t.cordon}
      </ActionButton>
      <ActionButton small reason={reason} onClick={() => setAsks('drain')}>
        {running === undefined ? t.drain : t.followDrain}
      </ActionButton>
      {asks === 'cordon' ? (
        <ConfirmDeed
          title={cordoned ? t.uncordonTitle(name) : t.cordonTitle(name)}
          verb={cordoned ? t.uncordon : t.cordon}
          run={() =>
            api.call(cordoned ? uncordonNode : cordonNode, { params: { id: clusterId, node: name }, body: { uid } })
          }
          stale={[['inventory'], ['workloads'], ['scheduling']]}
          onClose={() => setAsks(undefined)}
        >
          <p>{cordoned ? t.uncordonWhat : t.cordonWhat}</p>
        </ConfirmDeed>
      ) : null}
      {asks === 'drain' ? <DrainDialog node={node} running={running?.id} onClose={() => setAsks(undefined)} /> : null}
    </>
  );
}
