import { checkAccess } from '@quarterdeck/contracts/access';
import {
  listWorkloadRevisions,
  pauseWorkload,
  type RevisionedPlural,
  resumeWorkload,
  rollBackWorkload,
} from '@quarterdeck/contracts/workload-rollouts';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../platform/api.ts';
import { t } from './rollouts.messages.ts';

/** A workload in one cluster whose rollout can be paused or rolled back. */
export type Rollout = { clusterId: string; cluster: string; plural: string; namespace: string; name: string };
export type Revisioned = Rollout & { plural: RevisionedPlural };

const paramsOf = <R extends Rollout>({ clusterId, plural, namespace, name }: R) => ({
  id: clusterId,
  plural: plural as R['plural'],
  namespace,
  name,
});

/** Former templates of a workload, asked of its cluster now. */
export function revisionsQuery(workload: Revisioned) {
  return queryOptions({
    queryKey: ['workloads', 'revisions', paramsOf(workload)],
    queryFn: ({ signal }) => api.call(listWorkloadRevisions, { params: paramsOf(workload) }, { signal }),
    retry: false,
  });
}

/** Why the person may not operate the workload; `undefined` where they may. The server decides again. */
export function operateQuery({ clusterId, namespace }: Rollout) {
  return queryOptions({
    queryKey: ['access', 'operate', clusterId, namespace],
    queryFn: async ({ signal }) => {
      const checks = [{ permission: 'workloads:operate' as const, target: { clusterId, namespace } }];
      const { items } = await api.call(checkAccess, { body: { checks } }, { signal });
      const [answer] = items;
      return { refusal: answer?.allowed === false ? t.noRight((answer.grantors ?? []).join(', ')) : undefined };
    },
    staleTime: 30_000,
  });
}

export const pause = (workload: Rollout, uid: string) =>
  api.call(pauseWorkload, { params: paramsOf(workload), body: { uid } }, { idempotencyKey: crypto.randomUUID() });
export const resume = (workload: Rollout, uid: string) =>
  api.call(resumeWorkload, { params: paramsOf(workload), body: { uid } }, { idempotencyKey: crypto.randomUUID() });

/** @param key the same for each try of one dialog */
export const rollBack = (workload: Revisioned, to: { uid: string; revision: number }, key: string) =>
  api.call(rollBackWorkload, { params: paramsOf(workload), body: to }, { idempotencyKey: key });
