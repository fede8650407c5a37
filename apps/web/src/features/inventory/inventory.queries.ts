import { countEvents, listEvents, listNamespaceLoads, listNodes, listObjects } from '@quarterdeck/contracts/inventory';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

const refreshMs = 10_000;
/** A node is 1.5 kB: of many one looks less often. */
const manyNodes = 400;

/** Nodes with what their pods request. */
export const nodesQuery = (filters: {
  q?: string | undefined;
  health?: string | undefined;
  clusters?: string | undefined;
}) =>
  queryOptions({
    queryKey: ['inventory', 'nodes', filters],
    queryFn: ({ signal }) => api.call(listNodes, { query: filters as object }, { signal }),
    refetchInterval: ({ state }) => ((state.data?.items.length ?? 0) > manyNodes ? 3 * refreshMs : refreshMs),
    placeholderData: keepPreviousData,
  });

/** Every object of a kind in one cluster that is few enough to be held whole: namespaces, quotas. */
export const allOfQuery = (plural: 'namespaces' | 'resourcequotas', cluster: string) =>
  queryOptions({
    queryKey: ['inventory', 'all-of', plural, cluster],
    queryFn: async ({ signal }) => {
      const first = await api.call(
        listObjects,
        { query: { plural, clusters: cluster as never, limit: 200 } },
        { signal },
      );
      const items = [...first.items];
      let cursor = first.nextCursor;
      while (cursor !== undefined) {
        const next = await api.call(
          listObjects,
          { query: { plural, clusters: cluster as never, limit: 200, cursor } },
          { signal },
        );
        items.push(...next.items);
        cursor = next.nextCursor;
      }
      return { items, clusters: first.clusters };
    },
    refetchInterval: refreshMs,
  });

export const namespaceLoadsQuery = (cluster: string) =>
  queryOptions({
    queryKey: ['inventory', 'namespace-loads', cluster],
    queryFn: ({ signal }) => api.call(listNamespaceLoads, { query: { clusters: cluster as never } }, { signal }),
    refetchInterval: refreshMs,
  });

export type EventFilters = { clusters: string; q?: string | undefined; type?: string | undefined };

export const clusterEventsQuery = (filters: EventFilters) =>
  queryOptions({
    queryKey: ['inventory', 'events', 'cluster', filters],
    queryFn: ({ signal }) => api.call(listEvents, { query: { ...(filters as object), limit: 200 } }, { signal }),
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
  });

export const eventCountsQuery = (clusters: string, hours: number) =>
  queryOptions({
    queryKey: ['inventory', 'event-counts', clusters, hours],
    queryFn: ({ signal }) => api.call(countEvents, { query: { clusters: clusters as never, hours } }, { signal }),
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });
