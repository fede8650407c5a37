import type { ViewedKind } from '@quarterdeck/contracts';
import { readWorkloadTimeline, readWorkloadTree, viewedKinds } from '@quarterdeck/contracts/workload-views';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../platform/api.ts';

const pollMs = 5000;

/** A workload in one cluster. */
export type Viewed = { clusterId: string; cluster: string; plural: ViewedKind; namespace: string; name: string };

/** Does an object have a tree and a timeline? */
export function viewedOf(object: {
  clusterId: string;
  cluster: string;
  group: string;
  plural: string;
  namespace?: string | undefined;
  name: string;
}): Viewed | undefined {
  const { clusterId, cluster, group, namespace, name } = object;
  const plural = viewedKinds.find((kind) => kind === object.plural);
  const isOurs = group === 'apps' || group === 'batch';
  return plural === undefined || namespace === undefined || !isOurs
    ? undefined
    : { clusterId, cluster, plural, namespace, name };
}

/** What stands around a workload, as last known. */
export function treeQuery({ clusterId, plural, namespace, name }: Viewed) {
  return queryOptions({
    queryKey: ['workloads', 'tree', clusterId, { plural, namespace, name }],
    queryFn: ({ signal }) =>
      api.call(readWorkloadTree, { params: { id: clusterId, plural, namespace, name } }, { signal }),
    refetchInterval: pollMs,
  });
}

/** What happened to a workload and to all it made, as last known. */
export function timelineQuery({ clusterId, plural, namespace, name }: Viewed) {
  return queryOptions({
    queryKey: ['workloads', 'timeline', clusterId, { plural, namespace, name }],
    queryFn: ({ signal }) =>
      api.call(readWorkloadTimeline, { params: { id: clusterId, plural, namespace, name } }, { signal }),
    refetchInterval: pollMs,
  });
}
