import type { Group } from '@quarterdeck/contracts';
import { type Column, DataTable, EmptyState, NoMatch, TextFilter } from '@quarterdeck/ui';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ListPanel } from '../../platform/list-panel.tsx';
import { GroupDialog } from './group-dialog.tsx';
import { GroupDrawer } from './group-drawer.tsx';
import { meQuery } from './identity.queries.ts';
import { t } from './people.messages.ts';
import { groupsQuery } from './people.queries.ts';

type Search = { q?: string; peek?: string };

/** Groups, kept here or named by a provider. */
export function GroupsPanel() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const q = search.q ?? '';
  const list = useInfiniteQuery(groupsQuery(q));
  const me = useQuery(meQuery).data;
  const [making, setMaking] = useState(false);
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const open = rows.find(({ id }) => id === search.peek);
  const mayManage = me?.permissions.includes('identity:manage') === true;
  const refine = (change: Search) =>
    void navigate({
      to: '/settings/$section',
      params: { section: 'groups' } as never,
      search: { ...search, ...change } as never,
      replace: true,
    });
  const makeButton = (kind: string) =>
    mayManage ? (
      <button type="button" className={`button ${kind}`} onClick={() => setMaking(true)}>
        {t.newGroup}
      </button>
    ) : null;
  return (
    <div className="stack">
      <p className="muted">{t.groupsHelp}</p>
      <div className="filters">
        <TextFilter label={t.filterGroups} value={q} onChange={(text) => refine({ q: text })} focus />
        <span className="grow" />
        {makeButton('primary')}
      </div>
      <ListPanel
        list={list}
        shown={rows.length}
        nothing={
          q === '' ? (
            <EmptyState title={t.noGroupsYet} action={makeButton('')}>
              {t.noGroupsHelp}
            </EmptyState>
          ) : (
            <NoMatch title={t.noSuchGroup} clear={t.clear} onClear={() => refine({ q: '' })} />
          )
        }
      >
        <DataTable
          label={t.groups}
          columns={columnsOf((id) => refine({ peek: id }))}
          rows={rows}
          rowId={(row) => row.id}
          selectedId={open?.id}
          onOpen={(row) => refine({ peek: row.id })}
          onLoadMore={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
        />
      </ListPanel>
      {list.hasNextPage ? (
        <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
          {t.loadMore}
        </button>
      ) : null}
      {open === undefined ? null : (
        <GroupDrawer
          key={open.id}
          group={open}
          mayManage={mayManage}
          ownId={me?.user.id ?? ''}
          onClose={() => refine({ peek: '' })}
        />
      )}
      {making ? <GroupDialog onClose={() => setMaking(false)} /> : null}
    </div>
  );
}

function columnsOf(onOpen: (id: string) => void): Column<Group>[] {
  return [
    {
      key: 'name',
      title: t.group,
      cell: (row) => (
        <button type="button" className="link" onClick={() => onOpen(row.id)}>
          <strong>{row.name}</strong>
        </button>
      ),
    },
    {
      key: 'kind',
      title: t.source,
      cell: (row) => (row.provider === undefined ? t.kindLocal : t.kindProvider(row.provider.name)),
    },
    { key: 'members', title: t.members, numeric: true, cell: (row) => row.members },
  ];
}
