import type { AuditRecord } from '@quarterdeck/contracts';
import { listAuditRecords } from '@quarterdeck/contracts/audit';
import {
  AgeText,
  type Column,
  DataTable,
  Drawer,
  EmptyState,
  ProblemAlert,
  Skeleton,
  StatusDot,
} from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './audit.messages.ts';

const outcomes = { allowed: 'healthy', denied: 'degraded', failed: 'failed' } as const;

const columns: Column<AuditRecord>[] = [
  { key: 'at', title: t.when, cell: (row) => <AgeText at={row.at} /> },
  { key: 'who', title: t.who, cell: (row) => row.actor.display },
  { key: 'what', title: t.what, cell: (row) => <code>{row.action}</code> },
  {
    key: 'where',
    title: t.where,
    wrap: true,
    cell: (row) => `${row.target.kind} ${row.target.name ?? row.target.id ?? ''}`,
  },
  {
    key: 'outcome',
    title: t.outcome,
    cell: (row) => <StatusDot status={outcomes[row.outcome]}>{row.code ?? row.outcome}</StatusDot>,
  },
  { key: 'reason', title: t.reason, wrap: true, cell: (row) => row.reason },
];

/** What was done, newest first. */
export function AuditPage() {
  const [q, setQ] = useState('');
  const [selected, setSelected] = useState<AuditRecord | undefined>();
  const list = useInfiniteQuery({
    queryKey: ['audit', 'list', q],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(listAuditRecords, { query: { q, limit: 100, cursor: pageParam } }, { signal }),
    getNextPageParam: (page) => page.nextCursor,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <h1>{t.audit}</h1>
      <div className="filters">
        <input
          data-filter
          aria-label={t.search}
          placeholder={t.searchHint}
          value={q}
          onChange={(event) => setQ(event.target.value)}
        />
      </div>
      <div className="panel flush">
        {list.isPending ? <Skeleton /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.isSuccess && rows.length === 0 ? (
          <EmptyState
            title={t.none}
            action={
              <button type="button" className="button" onClick={() => setQ('')}>
                {t.clear}
              </button>
            }
          />
        ) : null}
        {rows.length > 0 ? (
          <DataTable
            label={t.records}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            selectedId={selected?.id}
            onOpen={setSelected}
          />
        ) : null}
      </div>
      {list.hasNextPage ? (
        <div>
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            {t.loadMore}
          </button>
        </div>
      ) : null}
      {selected === undefined ? null : (
        <Drawer title={selected.action} onClose={() => setSelected(undefined)}>
          <pre className="code">{JSON.stringify(selected, undefined, 2)}</pre>
        </Drawer>
      )}
    </>
  );
}
