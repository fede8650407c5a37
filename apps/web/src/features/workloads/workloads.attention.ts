import type { InventoryObject } from '@quarterdeck/contracts';
import { listEvents, listObjects } from '@quarterdeck/contracts/inventory';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../platform/api.ts';
import { type Attention, fewOf } from '../../platform/attention.ts';
import { objectPath, workloadPath } from '../../platform/object-path.ts';
import { causeOf, workloadOf } from '../../platform/pod-cause.ts';
import { t } from './workloads.messages.ts';

const pollMs = 5000;
const most = 200;

type FirstSeen = ReadonlyMap<string, string>;

/**
 * Failing pods as what they are parts of: one row per workload and cause, with the clusters that show it. Pods of one
 * of our releases are told by its application.
 * @param firstSeen when the first warning about a pod came, by uid
 */
export function workloadsAttention(pods: readonly InventoryObject[], firstSeen: FirstSeen): Attention[] {
  const told = pods
    .filter((pod) => pod.labels['quarterdeck.dev/environment'] === undefined)
    .flatMap((pod) => {
      const cause = causeOf(pod);
      return cause === undefined ? [] : [{ pod, cause, workload: workloadOf(pod) }];
    });
  const groups = Map.groupBy(told, ({ pod, cause, workload }) => `${pod.namespace} ${workload} ${cause.code}`);
  return [...groups].flatMap(([key, group]): Attention[] => {
    const [first] = group;
    if (first === undefined) return [];
    const clusters = fewOf([...new Set(group.map(({ pod }) => pod.cluster))].sort());
    const namespace = first.pod.namespace ?? '';
    const owned = first.workload !== first.pod.name;
    const times = group.map(({ pod }) => firstSeen.get(pod.uid) ?? pod.createdAt ?? '').filter((at) => at !== '');
    return [
      {
        key,
        severity: 'failed',
        subject: first.workload,
        where: owned ? t.deploymentIn(namespace, clusters) : t.podIn(namespace, clusters),
        cause: first.cause.summary,
        since: times.toSorted()[0],
        to: owned
          ? workloadPath({ plural: 'deployments', namespace, name: first.workload })
          : objectPath({ ...first.pod, cluster: first.pod.cluster }),
      },
    ];
  });
}

/** Nodes that do not take or keep pods. */
export function nodesAttention(nodes: readonly InventoryObject[]): Attention[] {
  return nodes.map((node) => {
    const conditions = (node.facts.conditions ?? []) as { type?: string; status?: string; message?: string }[];
    const ready = conditions.find((condition) => condition.type === 'Ready');
    return {
      key: `node ${node.id}`,
      severity: node.health === 'failed' ? 'failed' : 'degraded',
      subject: node.name,
      where: t.nodeIn(node.cluster),
      cause: [node.statusText, ready?.status === 'True' ? undefined : ready?.message].filter(Boolean).join(': '),
      since: undefined,
      to: objectPath(node),
    };
  });
}

/** The same, of what the inventory holds now within a scope. */
export function useWorkloadsAttention(
  places: { clusters?: string | undefined; namespaces?: string | undefined } | undefined,
) {
  const where = {
    ...(places?.clusters === undefined ? {} : { clusters: places.clusters as never }),
    ...(places?.namespaces === undefined ? {} : { namespaces: places.namespaces as never }),
  };
  const pods = useQuery({
    queryKey: ['inventory', 'failing', where],
    enabled: places !== undefined,
    queryFn: ({ signal }) =>
      api.call(
        listObjects,
        { query: { plural: 'pods', health: 'failed' as never, sort: 'status', limit: most, ...where } },
        { signal },
      ),
    refetchInterval: pollMs,
  });
  const warnings = useQuery({
    queryKey: ['inventory', 'warnings', where],
    enabled: places !== undefined,
    queryFn: ({ signal }) => api.call(listEvents, { query: { type: 'Warning', limit: most, ...where } }, { signal }),
    refetchInterval: 4 * pollMs,
  });
  const nodes = useQuery({
    queryKey: ['inventory', 'failing-nodes', where.clusters],
    enabled: places !== undefined,
    queryFn: ({ signal }) =>
      api.call(
        listObjects,
        {
          query: {
            plural: 'nodes',
            health: 'failed,degraded' as never,
            sort: 'status',
            limit: 50,
            ...(where.clusters === undefined ? {} : { clusters: where.clusters }),
          },
        },
        { signal },
      ),
    refetchInterval: pollMs,
  });
  const items = useMemo(() => {
    const firstSeen = new Map<string, string>();
    for (const { objectUid = '', firstAt } of warnings.data?.items ?? []) {
      const known = firstSeen.get(objectUid);
      if (known === undefined || firstAt < known) firstSeen.set(objectUid, firstAt);
    }
    return [...workloadsAttention(pods.data?.items ?? [], firstSeen), ...nodesAttention(nodes.data?.items ?? [])];
  }, [pods.data, warnings.data, nodes.data]);
  return { items, query: pods };
}
