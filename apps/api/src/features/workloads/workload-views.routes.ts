import { readWorkloadTimeline, readWorkloadTree } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { WorkloadViews } from './workload-views.ts';

export function workloadViewsRoutes({ workloadViews }: { workloadViews: WorkloadViews }): BoundEndpoint[] {
  const placeOf = ({ params: { id, namespace } }: { params: { id: string; namespace: string } }) => ({
    clusterId: id,
    namespace,
  });
  return [
    bind(readWorkloadTree, placeOf, async ({ params: { id, ...workload } }, { principal }) =>
      workloadViews.tree(principal, { clusterId: id, ...workload }),
    ),
    bind(readWorkloadTimeline, placeOf, async ({ params: { id, ...workload } }, { principal }) =>
      workloadViews.timeline(principal, { clusterId: id, ...workload }),
    ),
  ];
}
