import type { AuditRecord } from '@quarterdeck/contracts';
import { getAuditRecord, getTrailVerification, listAuditRecords } from '@quarterdeck/contracts/audit';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../platform/api.ts';

/** What the URL of the search carries; `cluster` is a slug, `range` one of the fixed spans. */
export type AuditSearch = Partial<
  Record<
    | 'q'
    | 'actor'
    | 'action'
    | 'outcome'
    | 'code'
    | 'project'
    | 'cluster'
    | 'target'
    | 'request'
    | 'range'
    | 'from'
    | 'to'
    | 'peek',
    string | undefined
  >
>;

const hour = 3_600_000;
const spans: Record<string, number> = { '1h': hour, '24h': 24 * hour, '7d': 7 * 24 * hour, '30d': 30 * 24 * hour };

/** The same filters as the API takes them. Whole minutes, so that the same search is the same question for a while. */
export function toApiFilters(search: AuditSearch, clusterId: string | undefined, now: number): Record<string, string> {
  const { range, cluster: _, peek: __, ...same } = search;
  const span = spans[range ?? ''];
  const from = span === undefined ? same.from : new Date(Math.floor((now - span) / 60_000) * 60_000).toISOString();
  const filters = { ...same, from, cluster: clusterId };
  return Object.fromEntries(
    Object.entries(filters).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value]])),
  );
}

export const recordsQuery = (filters: Record<string, string>) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'list', filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(listAuditRecords, { query: { ...filters, limit: 100, cursor: pageParam } as never }, { signal }),
    getNextPageParam: (page) => page.nextCursor,
  });

export const recordQuery = (id: string) =>
  queryOptions({
    queryKey: ['audit', 'record', id],
    queryFn: ({ signal }): Promise<AuditRecord> => api.call(getAuditRecord, { params: { id } }, { signal }),
    // A record never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const verificationQuery = queryOptions({
  queryKey: ['audit', 'verification'],
  queryFn: ({ signal }) => api.call(getTrailVerification, {}, { signal }),
  refetchInterval: 30_000,
});
