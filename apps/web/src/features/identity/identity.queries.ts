import { getMe, listProviders } from '@quarterdeck/contracts/identity';
import { queryOptions } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';

/** Whether anybody has claimed the installation. */
export const providersQuery = queryOptions({
  queryKey: ['identity', 'providers'],
  queryFn: ({ signal }) => api.call(listProviders, {}, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
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
});
