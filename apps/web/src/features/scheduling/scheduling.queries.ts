import type { Permission } from '@quarterdeck/contracts';
import { checkAccess } from '@quarterdeck/contracts/access';
import { listDrains, planDrain } from '@quarterdeck/contracts/drains';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';
import { t } from './scheduling.messages.ts';

/** A node as the pages know it. */
export type SeenNode = { clusterId: string; cluster: string; name: string; uid: string; cordoned: boolean };

/** Asked of the cluster when the dialog opens, and again while it is open: budgets change. */
export function planQuery({ clusterId, name }: Pick<SeenNode, 'clusterId' | 'name'>) {
  return queryOptions({
    queryKey: ['scheduling', 'plan', clusterId, name],
    queryFn: ({ signal }) => api.call(planDrain, { params: { id: clusterId, node: name } }, { signal }),
    retry: false,
    staleTime: 0,
    refetchInterval: 5000,
  });
}

/** The newest drains of a node. */
export function drainsQuery({ clusterId, name }: Pick<SeenNode, 'clusterId' | 'name'>) {
  return queryOptions({
    queryKey: ['scheduling', 'drains', clusterId, name],
    queryFn: ({ signal }) => api.call(listDrains, { params: { id: clusterId }, query: { node: name } }, { signal }),
    retry: false,
    refetchInterval: 5000,
  });
}

/** Why somebody may not do it there; `undefined` when they may. The server decides again. */
export function useReason(
  permission: Permission,
  target: { clusterId: string; namespace?: string },
): string | undefined {
  const right = useQuery({
    queryKey: ['access', 'scheduling', permission, target],
    queryFn: ({ signal }) => api.call(checkAccess, { body: { checks: [{ permission, target }] } }, { signal }),
  });
  const [answer] = right.data?.items ?? [];
  if (answer === undefined) return t.asking;
  return answer.allowed ? undefined : t.noRight(permission, (answer.grantors ?? []).join(', '));
}
