import type { Token } from '@quarterdeck/contracts';
import { listMyTokens, listTokens, tokenNoticeDays } from '@quarterdeck/contracts/tokens';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../platform/api.ts';
import type { Attention } from '../../platform/attention.ts';
import { meQuery } from './identity.queries.ts';
import { t } from './tokens.messages.ts';
import { tokensKey } from './tokens.queries.ts';

const pollMs = 10 * 60_000;
const dayMs = 24 * 3_600_000;

/** Tokens that end soon; those made for a few days are meant to end and need nobody. */
export function tokensAttention(tokens: readonly Token[]): Attention[] {
  return tokens
    .filter((token) => Date.parse(token.expiresAt) - Date.parse(token.createdAt) > tokenNoticeDays * dayMs)
    .map((token) => ({
      key: `token ${token.id}`,
      severity: 'degraded',
      subject: token.name,
      where: t.tokenOf(token.owner.name),
      cause: t.endsReplace(token.endsInDays),
      since: undefined,
      to: token.owner.kind === 'user' ? '/profile' : `/access/tokens?peek=${token.owner.id}`,
    }));
}

/** The same, of all tokens for whoever may manage them, else of the own ones. */
export function useTokensAttention(): readonly Attention[] {
  const me = useQuery(meQuery).data;
  const managesAll = me?.permissions.includes('identity:manage') === true;
  const ending = useQuery({
    queryKey: [...tokensKey, 'ending', managesAll],
    queryFn: ({ signal }) =>
      api.call(managesAll ? listTokens : listMyTokens, { query: { state: 'ending' as never, limit: 50 } }, { signal }),
    enabled: me !== undefined && me !== null,
    refetchInterval: pollMs,
  });
  return useMemo(() => tokensAttention(ending.data?.items ?? []), [ending.data]);
}
