import type { Cluster } from '@quarterdeck/contracts';
import { getCluster, getClusterHistory, listClusters } from '@quarterdeck/contracts/clusters';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

/** One cluster by its slug, with its watched kinds; `null` where there is none. */
export const clusterQuery = (slug: string) =>
  queryOptions({
    queryKey: ['clusters', 'detail', slug],
    queryFn: async ({ signal }) => {
      const found = await api.call(listClusters, { query: { slug: slug as never } }, { signal });
      const id = found.items[0]?.id;
      return id === undefined ? null : api.call(getCluster, { params: { id } }, { signal });
    },
    refetchInterval: 3000,
  });

/** @param stateSince a change of state is history at once */
export const historyQuery = ({ id, stateSince }: Pick<Cluster, 'id' | 'stateSince'>, hours: number) =>
  queryOptions({
    queryKey: ['clusters', 'history', id, hours, stateSince],
    queryFn: ({ signal }) => api.call(getClusterHistory, { params: { id }, query: { hours } }, { signal }),
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });
