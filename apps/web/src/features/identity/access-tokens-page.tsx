import type { TokenState } from '@quarterdeck/contracts';
import { PageHeader, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { meQuery } from './identity.queries.ts';
import { ServiceAccountsPanel } from './service-accounts-panel.tsx';
import { TokenList } from './token-list.tsx';
import { t } from './tokens.messages.ts';
import { allTokens } from './tokens.queries.ts';
import { TrustRulesPanel } from './trust-rules-panel.tsx';

type Search = { tab?: string; q?: string; state?: string; peek?: string };

/** How programs sign in: service accounts, every token, trusted CI jobs. */
export function AccessTokensPage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const permissions = useQuery(meQuery).data?.permissions ?? [];
  const tabs = [
    { key: 'accounts', title: t.serviceAccounts },
    ...(permissions.includes('identity:manage') ? [{ key: 'tokens', title: t.allTokens }] : []),
    ...(permissions.includes('identity:configure') ? [{ key: 'jobs', title: t.trustedJobs }] : []),
  ];
  const tab = tabs.find(({ key }) => key === search.tab)?.key ?? 'accounts';
  const { q = '' } = search;
  const go = (next: Search, replace: boolean) =>
    void navigate({ to: '/access/tokens', search: next as never, replace });
  const refine = (change: Search) => go({ ...search, ...change }, true);
  return (
    <>
      <PageHeader title={t.title}>{t.subtitle}</PageHeader>
      <Tabs
        label={t.parts}
        tabs={tabs}
        current={tab}
        onChange={(key) => go(key === 'accounts' ? {} : { tab: key }, false)}
      />
      {tab === 'accounts' ? (
        <ServiceAccountsPanel q={q} peek={search.peek} onRefine={(change) => refine(change as Search)} />
      ) : null}
      {tab === 'tokens' ? (
        <TokenList
          source={allTokens}
          filter={{ q, state: (search.state ?? '') as TokenState | '' }}
          onFilter={refine}
          empty={{
            text: t.noTokensAtAll,
            action: (
              <Link to="/profile" className="button">
                {t.toProfile}
              </Link>
            ),
          }}
        />
      ) : null}
      {tab === 'jobs' ? <TrustRulesPanel q={q} onRefine={refine} /> : null}
    </>
  );
}
