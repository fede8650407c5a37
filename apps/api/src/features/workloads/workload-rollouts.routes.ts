import { listWorkloadRevisions, pauseWorkload, resumeWorkload, rollBackWorkload } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { ObjectActions } from './object-actions.ts';
import type { WorkloadRollouts } from './workload-rollouts.ts';

export function workloadRolloutsRoutes(deps: {
  objectActions: ObjectActions;
  workloadRollouts: WorkloadRollouts;
}): BoundEndpoint[] {
  const { objectActions, workloadRollouts } = deps;
  const placeOf = ({ params: { id, namespace } }: { params: { id: string; namespace: string } }) => ({
    clusterId: id,
    namespace,
  });
  const groupOf = (plural: string) => (plural === 'cronjobs' || plural === 'jobs' ? 'batch' : 'apps');
  return [
    bind(listWorkloadRevisions, placeOf, async ({ params: { id, ...workload } }, { principal }) =>
      workloadRollouts.revisions(principal, { clusterId: id, ...workload }),
    ),
    bind(rollBackWorkload, placeOf, async ({ params: { id, ...workload }, body }, { actor }) =>
      workloadRollouts.rollBack(actor, { clusterId: id, ...workload }, body),
    ),
    bind(pauseWorkload, placeOf, async ({ params: { id, ...workload }, body: { uid } }, { actor }) => {
      const address = { clusterId: id, group: groupOf(workload.plural), ...workload };
      await objectActions.act(actor, address, uid, { kind: 'pause' });
      return undefined;
    }),
    bind(resumeWorkload, placeOf, async ({ params: { id, ...workload }, body: { uid } }, { actor }) => {
      const address = { clusterId: id, group: groupOf(workload.plural), ...workload };
      await objectActions.act(actor, address, uid, { kind: 'resume' });
      return undefined;
    }),
  ];
}
