import type { Token, TokenLimitsInput, TokenState } from '@quarterdeck/contracts';
import { listProjects } from '@quarterdeck/contracts/access';
import {
  createMyToken,
  createServiceAccountToken,
  listMyTokens,
  listServiceAccounts,
  listServiceAccountTokens,
  listTokens,
  revokeMyToken,
  revokeServiceAccountToken,
  revokeToken,
  tokenMaxDays,
} from '@quarterdeck/contracts/tokens';
import { listTrustRules } from '@quarterdeck/contracts/trust-rules';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

export type NewToken = TokenLimitsInput & { name: string; expiresInDays: number };
export type TokenFilter = { q: string; state: TokenState | '' };

type Page = { items: Token[]; nextCursor?: string | undefined; total: number };
type TokenQuery = { limit: number; q?: string; cursor?: string; state?: never };

/** Whose tokens a list shows, and how they are made and revoked there. */
export type TokenSource = {
  key: string;
  showsOwner: boolean;
  maxDays: number;
  list(query: TokenQuery, signal: AbortSignal): Promise<Page>;
  create?: (body: NewToken) => Promise<{ token: Token; secret: string }>;
  revoke(id: string): Promise<unknown>;
};

export const myTokens: TokenSource = {
  key: 'mine',
  showsOwner: false,
  maxDays: tokenMaxDays.personal,
  list: (query, signal) => api.call(listMyTokens, { query }, { signal }),
  create: (body) => api.call(createMyToken, { body }),
  revoke: (id) => api.call(revokeMyToken, { params: { id } }),
};

export const allTokens: TokenSource = {
  key: 'all',
  showsOwner: true,
  maxDays: 0,
  list: (query, signal) => api.call(listTokens, { query }, { signal }),
  revoke: (id) => api.call(revokeToken, { params: { id } }),
};

export function tokensOfAccount(id: string): TokenSource {
  return {
    key: id,
    showsOwner: false,
    maxDays: tokenMaxDays.service,
    list: (query, signal) => api.call(listServiceAccountTokens, { params: { id }, query }, { signal }),
    create: (body) => api.call(createServiceAccountToken, { params: { id }, body }),
    revoke: (token) => api.call(revokeServiceAccountToken, { params: { id, token } }),
  };
}

/** Every list of tokens; a change anywhere asks them anew. */
export const tokensKey = ['identity', 'tokens'] as const;

export function tokensQuery(source: TokenSource, filter: TokenFilter) {
  return infiniteQueryOptions({
    queryKey: [...tokensKey, source.key, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      source.list(
        {
          limit: 100,
          ...(filter.q === '' ? {} : { q: filter.q }),
          ...(filter.state === '' ? {} : { state: filter.state as never }),
          ...(pageParam === undefined ? {} : { cursor: pageParam }),
        },
        signal,
      ),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (before) => before,
  });
}

export const accountsKey = ['identity', 'service-accounts'] as const;
export const serviceAccountsQuery = queryOptions({
  queryKey: accountsKey,
  queryFn: ({ signal }) => api.call(listServiceAccounts, { query: { limit: 200 } }, { signal }),
});

export const rulesKey = ['identity', 'trust-rules'] as const;
export const trustRulesQuery = queryOptions({
  queryKey: rulesKey,
  queryFn: ({ signal }) => api.call(listTrustRules, { query: { limit: 200 } }, { signal }),
});

export const projectsQuery = queryOptions({
  queryKey: ['access', 'projects'],
  queryFn: ({ signal }) => api.call(listProjects, {}, { signal }),
});
