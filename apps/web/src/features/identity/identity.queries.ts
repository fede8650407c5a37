import { getMe, listProviders } from '@quarterdeck/contracts/identity';
import { type Query, queryOptions } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';

/** Nothing can be shown before these are known: what failed is asked again by itself. */
const untilKnown = (query: Pick<Query, 'state'>) => (query.state.status === 'error' ? 3000 : false);

/** Whether anybody has claimed the installation. */
export const providersQuery = queryOptions({
  queryKey: ['identity', 'providers'],
  queryFn: ({ signal }) => api.call(listProviders, {}, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  refetchInterval: untilKnown,
});

/** Who is signed in; `null` for nobody. */
export const meQuery = queryOptions({
  queryKey: ['identity', 'me'],
  queryFn: async ({ signal }) => {
    try {
      return await api.call(getMe, {}, { signal });
    } catch (error) {
      if (problemOf(error).code === 'unauthenticated') return null;
      throw error;
    }
  },
  staleTime: 60_000,
  refetchInterval: untilKnown,
});
