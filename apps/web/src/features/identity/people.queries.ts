import { listGroups, listIdentityProviders, listUserSessions, listUsers } from '@quarterdeck/contracts/identity';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

export const peopleKey = ['identity', 'users'];
export const groupsKey = ['identity', 'groups'];
export const identityProvidersKey = ['identity', 'identity-providers'];

export type PeopleFilter = { q: string; state: '' | 'active' | 'disabled'; provider: string; group?: string };

/** Accounts, page by page. */
export function peopleQuery(filter: PeopleFilter) {
  return infiniteQueryOptions({
    queryKey: [...peopleKey, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(
        listUsers,
        {
          query: {
            limit: 100,
            cursor: pageParam,
            ...(filter.q === '' ? {} : { q: filter.q }),
            ...(filter.state === '' ? {} : { state: filter.state }),
            ...(filter.provider === '' ? {} : { provider: filter.provider }),
            ...(filter.group === undefined ? {} : { group: filter.group }),
          },
        },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (before) => before,
  });
}

/** Groups whose name holds the words, page by page. */
export function groupsQuery(q: string) {
  return infiniteQueryOptions({
    queryKey: [...groupsKey, q],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(listGroups, { query: { limit: 100, cursor: pageParam, ...(q === '' ? {} : { q }) } }, { signal }),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (before) => before,
  });
}

export const identityProvidersQuery = queryOptions({
  queryKey: identityProvidersKey,
  queryFn: ({ signal }) => api.call(listIdentityProviders, {}, { signal }),
});

export function sessionsOfQuery(id: string) {
  return queryOptions({
    queryKey: [...peopleKey, id, 'sessions'],
    queryFn: ({ signal }) => api.call(listUserSessions, { params: { id } }, { signal }),
  });
}
