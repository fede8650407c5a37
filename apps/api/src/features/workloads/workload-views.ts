import type { ViewedKind, WorkloadTimeline, WorkloadTree } from '@quarterdeck/contracts';
import { AppError, notFound } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { InventoryPlaces } from '../inventory/index.ts';
import { type KinPart, kinKinds, readKin } from './workload-kin.ts';
import { timelineOf } from './workload-timeline.ts';
import { treeOf } from './workload-tree.ts';

export type ViewedWorkload = { clusterId: string; namespace: string; plural: ViewedKind; name: string };

/**
 * A workload by the rows of the inventory: what stands around it and what happened to it. Its cluster is not asked, so
 * both are told while it is away, with their age.
 */
export interface WorkloadViews {
  /** @throws AppError `object_not_found`, also for a workload that who asks may not see */
  tree(principal: Principal, workload: ViewedWorkload): Promise<WorkloadTree>;
  /** @throws AppError `object_not_found`, also for a workload that who asks may not see */
  timeline(principal: Principal, workload: ViewedWorkload): Promise<WorkloadTimeline>;
}

export function createWorkloadViews({ place: placeOf }: { place: InventoryPlaces }): WorkloadViews {
  async function look(principal: Principal, workload: ViewedWorkload, part: KinPart) {
    const place = await placeOf(principal, workload);
    if (place === undefined) throw notFound();
    const [kin, cluster] = await Promise.all([readKin(place, workload, part), place.answer(workload.plural)]);
    if (kin === undefined || cluster === undefined) throw unknown(workload, cluster?.state);
    return { place, kin, cluster };
  }
  return {
    async tree(principal, workload) {
      const { place, kin, cluster } = await look(principal, workload, 'all');
      return { ...treeOf(kin), unseen: await place.unseen(kinKinds), cluster };
    },
    async timeline(principal, workload) {
      const { place, kin, cluster } = await look(principal, workload, 'family');
      return { ...(await timelineOf(place, workload, kin)), cluster };
    },
  };
}

/** Said alike of one that is not there and of one that is not for who asks. */
function unknown({ plural, namespace, name }: ViewedWorkload, state?: string): AppError {
  const read =
    state === undefined || state === 'live' ? '' : ` What is known of this cluster is ${state.replace('_', ' ')}.`;
  return new AppError(
    'object_not_found',
    404,
    `There is no ${name} among the ${plural} in ${namespace} that you may see.${read}`,
  );
}
