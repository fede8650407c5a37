import type { InventoryObject } from '@quarterdeck/contracts';
import { listEvents, listObjects } from '@quarterdeck/contracts/inventory';
import { diagnoseWorkload, readLiveObject, type restartableKinds } from '@quarterdeck/contracts/workloads';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

const pollMs = 4000;

export type Address = {
  clusterId: string;
  cluster: string;
  group: string;
  plural: string;
  namespace: string;
  name: string;
};

/** The object as its cluster holds it now. */
export function liveObjectQuery({ clusterId, group, plural, namespace, name }: Address) {
  return queryOptions({
    queryKey: ['workloads', 'live', clusterId, { group, plural, namespace, name }],
    queryFn: ({ signal }) =>
      api.call(readLiveObject, { params: { id: clusterId, group, plural, namespace, name } }, { signal }),
    retry: false,
    refetchInterval: 15_000,
  });
}

type Diagnosed = (typeof restartableKinds)[number];
const pluralOf: Record<string, Diagnosed> = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
};

/** Its cluster is asked why it does not run. */
export const isDiagnosed = ({ kind }: Pick<InventoryObject, 'kind'>): boolean => pluralOf[kind] !== undefined;

/** Why a copy of a workload does not run, asked of its cluster now. */
export function diagnosisQuery({ clusterId, kind, namespace = '', name }: InventoryObject) {
  const plural = pluralOf[kind] ?? 'deployments';
  return queryOptions({
    queryKey: ['workloads', 'diagnosis', clusterId, { plural, namespace, name }],
    queryFn: ({ signal }) =>
      api.call(diagnoseWorkload, { params: { id: clusterId, plural, namespace, name } }, { signal }),
    retry: false,
    refetchInterval: 10_000,
  });
}

/** The row of one object of any kind; `null` where the inventory does not hold it. */
export function rowQuery({ cluster, group, plural, namespace, name }: Address) {
  return queryOptions({
    queryKey: ['workloads', 'row', cluster, { group, plural, namespace, name }],
    queryFn: async ({ signal }) => {
      const answer = await api.call(
        listObjects,
        {
          query: {
            group,
            plural,
            clusters: cluster as never,
            ...(namespace === '_' ? {} : { namespaces: namespace as never }),
            q: name,
            limit: 200,
          },
        },
        { signal },
      );
      return answer.items.find((item) => item.name === name) ?? null;
    },
    retry: false,
    refetchInterval: pollMs,
  });
}

/** What an object made, by owner: of a Deployment its ReplicaSets, of those their pods. */
export function ownedQuery(plural: string, row: Pick<InventoryObject, 'uid' | 'cluster'>) {
  return queryOptions({
    queryKey: ['workloads', 'owned', row.uid, plural],
    queryFn: ({ signal }) =>
      api.call(
        listObjects,
        { query: { plural, clusters: row.cluster as never, ownerUid: row.uid, limit: 50 } },
        { signal },
      ),
    refetchInterval: pollMs,
  });
}

/** Pods that a Service sends to, or that run on a node. */
export function podsOfQuery(row: InventoryObject) {
  const selector = Object.entries((row.facts.selector ?? {}) as Record<string, string>);
  const by =
    row.plural === 'nodes'
      ? { node: row.name }
      : {
          namespaces: (row.namespace ?? '') as never,
          labels: selector.map(([key, value]) => `${key}=${value}`).join(','),
        };
  return queryOptions({
    queryKey: ['workloads', 'pods-of', row.uid, by],
    enabled: row.plural === 'nodes' || selector.length > 0,
    queryFn: ({ signal }) =>
      api.call(
        listObjects,
        { query: { plural: 'pods', clusters: row.cluster as never, ...by, sort: 'status', limit: 50 } },
        { signal },
      ),
    refetchInterval: pollMs,
  });
}

export function eventsQuery(uid: string) {
  return queryOptions({
    queryKey: ['inventory', 'events', uid],
    queryFn: ({ signal }) => api.call(listEvents, { query: { objectUid: uid, limit: 50 } }, { signal }),
    refetchInterval: pollMs,
  });
}

/** One workload over every cluster that holds it: its copies, their pods, and who answered. */
export function workloadQuery(plural: string, namespace: string, name: string) {
  return queryOptions({
    queryKey: ['workloads', 'one', plural, namespace, name],
    queryFn: async ({ signal }) => {
      const list = (kind: string) =>
        api.call(
          listObjects,
          { query: { plural: kind, namespaces: namespace as never, q: name, limit: 200 } },
          { signal },
        );
      const [copies, sets, pods] = await Promise.all([list(plural), list('replicasets'), list('pods')]);
      return { ...gather(name, copies.items, sets.items, pods.items), clusters: copies.clusters };
    },
    refetchInterval: pollMs,
  });
}

/** Copies of a workload by cluster, each with the pods it owns through its ReplicaSets. */
export function gather(
  name: string,
  copies: readonly InventoryObject[],
  sets: readonly InventoryObject[],
  pods: readonly InventoryObject[],
): { copies: { copy: InventoryObject; pods: InventoryObject[] }[] } {
  return {
    copies: copies
      .filter((copy) => copy.name === name)
      .map((copy) => {
        const owners = new Set(sets.filter((set) => set.ownerUid === copy.uid).map((set) => set.uid)).add(copy.uid);
        return {
          copy,
          pods: pods.filter((pod) => pod.cluster === copy.cluster && owners.has(pod.ownerUid ?? '')),
        };
      })
      .toSorted((a, b) => a.copy.cluster.localeCompare(b.copy.cluster)),
  };
}
