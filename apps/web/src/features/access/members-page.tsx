import type { ScopeKind } from '@quarterdeck/contracts';
import { scopeKinds } from '@quarterdeck/contracts/access';
import { NoMatch, PageHeader, TextFilter } from '@quarterdeck/ui';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { ListPanel } from '../../platform/list-panel.tsx';
import { t } from './access.messages.ts';
import { grantsQuery, rolesQuery } from './access.queries.ts';
import { GrantDialog } from './grant-dialog.tsx';
import { GrantsTable } from './grants-table.tsx';

type Search = { q?: string; role?: string; place?: ScopeKind };

/** Every grant one may read: who holds which role, where. */
export function MembersPage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [granting, setGranting] = useState(false);
  const roles = useQuery(rolesQuery).data?.items ?? [];
  const { q = '', role, place } = search;
  const list = useInfiniteQuery(
    grantsQuery({
      ...(q === '' ? {} : { q }),
      ...(role === undefined ? {} : { role }),
      ...(place === undefined ? {} : { scope: place }),
    }),
  );
  const grants = list.data?.pages.flatMap((page) => page.items) ?? [];
  const refine = useCallback(
    (change: { [K in keyof Search]?: Search[K] | undefined }) =>
      void navigate({
        to: '/access/members',
        replace: true,
        search: ((before: Search) => ({ ...before, ...change })) as never,
      }),
    [navigate],
  );
  const setQ = useCallback((text: string) => refine({ q: text === '' ? undefined : text }), [refine]);
  return (
    <>
      <PageHeader
        title={t.members}
        actions={
          <button type="button" className="button primary" onClick={() => setGranting(true)}>
            {t.grantRole}
          </button>
        }
      >
        {t.membersHelp}
      </PageHeader>
      <div className="filters">
        <TextFilter label={t.filterMembers} value={q} onChange={setQ} focus />
        <select
          aria-label={t.role}
          value={role ?? ''}
          onChange={(event) => refine({ role: event.target.value === '' ? undefined : event.target.value })}
        >
          <option value="">{t.anyRole}</option>
          {roles.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label={t.place}
          value={place ?? ''}
          onChange={(event) =>
            refine({ place: event.target.value === '' ? undefined : (event.target.value as ScopeKind) })
          }
        >
          <option value="">{t.anyPlace}</option>
          {scopeKinds.map((kind) => (
            <option key={kind} value={kind}>
              {t.scopeKinds[kind]}
            </option>
          ))}
        </select>
        <span className="muted">{list.data?.pages[0]?.total}</span>
      </div>
      <ListPanel
        list={list}
        shown={grants.length}
        rows={6}
        nothing={
          <NoMatch
            title={t.noGrants}
            clear={t.clearFilter}
            onClear={() => refine({ q: undefined, role: undefined, place: undefined })}
          />
        }
      >
        <GrantsTable label={t.members} grants={grants} />
      </ListPanel>
      {list.hasNextPage ? (
        <div>
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            {t.loadMore}
          </button>
        </div>
      ) : null}
      {granting ? <GrantDialog onClose={() => setGranting(false)} /> : null}
    </>
  );
}
