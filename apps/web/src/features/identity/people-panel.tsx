import type { Account } from '@quarterdeck/contracts';
import { AgeText, type Column, DataTable, NoMatch, StatusDot, TextFilter } from '@quarterdeck/ui';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ListPanel } from '../../platform/list-panel.tsx';
import { accountStatus } from './account-status.ts';
import { meQuery, providersQuery } from './identity.queries.ts';
import { NewPersonDialog } from './new-person-dialog.tsx';
import { t } from './people.messages.ts';
import { type PeopleFilter, peopleQuery } from './people.queries.ts';
import { PersonDrawer } from './person-drawer.tsx';

type Search = { q?: string; state?: string; provider?: string; peek?: string };

/** Everybody who can sign in, or could. */
export function PeoplePanel() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const me = useQuery(meQuery).data;
  const providers = useQuery(providersQuery).data?.providers.filter(({ kind }) => kind === 'oidc') ?? [];
  const [making, setMaking] = useState(false);
  const filter: PeopleFilter = {
    q: search.q ?? '',
    state: search.state === 'active' || search.state === 'disabled' ? search.state : '',
    provider: search.provider ?? '',
  };
  const list = useInfiniteQuery(peopleQuery(filter));
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const open = rows.find(({ id }) => id === search.peek);
  const refine = (change: Search) =>
    void navigate({
      to: '/settings/$section',
      params: { section: 'users' } as never,
      search: { ...search, ...change } as never,
      replace: true,
    });
  const mayManage = me?.permissions.includes('identity:manage') === true;
  return (
    <div className="stack">
      <div className="filters">
        <TextFilter label={t.filterPeople} value={filter.q} onChange={(q) => refine({ q })} focus />
        <select aria-label={t.state} value={filter.state} onChange={(event) => refine({ state: event.target.value })}>
          <option value="">{t.anyState}</option>
          <option value="active">{t.active}</option>
          <option value="disabled">{t.disabled}</option>
        </select>
        <select
          aria-label={t.source}
          value={filter.provider}
          onChange={(event) => refine({ provider: event.target.value })}
        >
          <option value="">{t.anySource}</option>
          <option value="local">{t.local}</option>
          {providers.map((provider) => (
            <option key={provider.id} value={provider.id}>
              {provider.name}
            </option>
          ))}
        </select>
        <span className="muted">{list.isSuccess ? t.total(rows.length, total) : ''}</span>
        <span className="grow" />
        {mayManage ? (
          <button type="button" className="button primary" onClick={() => setMaking(true)}>
            {t.newPerson}
          </button>
        ) : null}
      </div>
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          <NoMatch title={t.noPeople} clear={t.clear} onClear={() => refine({ q: '', state: '', provider: '' })} />
        }
      >
        <DataTable
          label={t.people}
          columns={columnsOf((id) => refine({ peek: id }))}
          rows={rows}
          rowId={(row) => row.id}
          selectedId={open?.id}
          rowClass={({ disabledAt }) => (disabledAt === undefined ? '' : 'stale')}
          onOpen={(row) => refine({ peek: row.id })}
          onLoadMore={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
        />
      </ListPanel>
      {list.hasNextPage ? (
        <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
          {t.loadMore}
        </button>
      ) : null}
      {open === undefined || me === null || me === undefined ? null : (
        <PersonDrawer key={open.id} account={open} me={me} onClose={() => refine({ peek: '' })} />
      )}
      {making ? <NewPersonDialog onClose={() => setMaking(false)} /> : null}
    </div>
  );
}

function columnsOf(onOpen: (id: string) => void): Column<Account>[] {
  return [
    {
      key: 'name',
      title: t.account,
      cell: (row) => (
        <button type="button" className="link" onClick={() => onOpen(row.id)}>
          <strong>{row.name}</strong>
        </button>
      ),
    },
    { key: 'display', title: t.displayName, cell: (row) => row.displayName },
    {
      key: 'state',
      title: t.state,
      cell: (row) => {
        const { status, word } = accountStatus(row);
        return <StatusDot status={status}>{word}</StatusDot>;
      },
    },
    { key: 'source', title: t.source, cell: (row) => row.provider?.name ?? t.local },
    {
      key: 'groups',
      title: t.memberOf,
      wrap: true,
      cell: (row) =>
        row.groups
          .slice(0, 3)
          .map(({ name }) => name)
          .join(', ') + (row.groups.length > 3 ? ` + ${row.groups.length - 3}` : ''),
    },
    {
      key: 'last',
      title: t.lastSignIn,
      cell: (row) => (row.lastSignInAt === undefined ? t.never : <AgeText at={row.lastSignInAt} />),
    },
    { key: 'sessions', title: t.sessions, numeric: true, cell: (row) => row.sessions },
  ];
}
