import type { AuditRecord } from '@quarterdeck/contracts';
import {
  AgeText,
  type Column,
  DataTable,
  Drawer,
  EmptyState,
  PageHeader,
  ProblemAlert,
  Skeleton,
  StatusDot,
} from '@quarterdeck/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { t } from './audit.messages.ts';
import { type AuditSearch, recordsQuery, toApiFilters } from './audit.queries.ts';
import { AuditFilters } from './audit-filters.tsx';
import { outcomeStatus, RecordDetails } from './record-details.tsx';
import { isIntent, sentenceOf } from './record-sentence.ts';
import { TrailStatus, TrailWarning } from './trail-status.tsx';
import { useClusterName } from './use-cluster-name.ts';

/** What was done, newest first: found by who, what, where and when, exported whole. */
export function AuditPage() {
  const search = useSearch({ strict: false }) as AuditSearch;
  const navigate = useNavigate();
  const clusterName = useClusterName();
  const clusterId = useFleet()?.find(({ slug }) => slug === search.cluster)?.id;
  const [openedAt] = useState(Date.now);
  const filters = toApiFilters(search, clusterId, openedAt);
  const list = useInfiniteQuery(recordsQuery(filters));
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const first = list.data?.pages[0];
  const selected = rows.find(({ id }) => id === search.peek);
  const refine = useCallback(
    (change: Partial<AuditSearch>) =>
      void navigate({ to: '/audit', search: ((now: object) => ({ ...now, ...change })) as never, replace: true }),
    [navigate],
  );
  const clear = () => void navigate({ to: '/audit', search: {} as never });
  const exportUrl = (format: string) => `/api/v1/audit/export?${new URLSearchParams({ ...filters, format })}`;
  const total = first === undefined ? '' : first.totalIsExact ? first.total.toLocaleString() : t.atLeast(first.total);
  return (
    <>
      <PageHeader
        title={t.audit}
        status={<TrailStatus />}
        actions={
          <>
            <a className="button" href={exportUrl('jsonl')} download>
              {t.exportJson}
            </a>
            <a className="button" href={exportUrl('csv')} download>
              {t.exportCsv}
            </a>
          </>
        }
      />
      <TrailWarning />
      <AuditFilters search={search} onRefine={refine} />
      {list.isPending ? <Skeleton rows={10} /> : null}
      {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
      {list.isSuccess && rows.length === 0 ? (
        <EmptyState
          title={Object.keys(filters).length === 0 ? t.noneAtAll : t.noneMatch}
          action={
            <button type="button" className="button" onClick={clear}>
              {t.clear}
            </button>
          }
        >
          {t.noneHint}
        </EmptyState>
      ) : null}
      {rows.length > 0 ? (
        <>
          <div className="panel flush">
            <DataTable
              label={t.records}
              columns={columnsWith(clusterName)}
              rows={rows}
              rowId={({ id }) => id}
              selectedId={search.peek}
              onOpen={({ id }) => refine({ peek: id })}
              onLoadMore={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
            />
          </div>
          <div className="row">
            <span className="muted">{t.shown(rows.length, total)}</span>
            {list.hasNextPage ? (
              <button
                type="button"
                className="button"
                disabled={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                {t.more}
              </button>
            ) : null}
          </div>
        </>
      ) : null}
      {selected === undefined ? null : (
        <Drawer title={sentenceOf(selected, clusterName)} onClose={() => refine({ peek: undefined })}>
          <Link to="/audit/$eventId" params={{ eventId: selected.id }} className="button small">
            {t.open}
          </Link>
          <RecordDetails record={selected} clusterName={clusterName} heading="h3" />
        </Drawer>
      )}
    </>
  );
}

function columnsWith(clusterName: (id: string) => string): Column<AuditRecord>[] {
  return [
    { key: 'at', title: t.when, cell: (row) => <AgeText at={row.at} /> },
    {
      key: 'what',
      title: t.what,
      wrap: true,
      cell: (row) => (
        <>
          {sentenceOf(row, clusterName)}
          {row.code === undefined ? null : <code className="muted"> {row.code}</code>}
          {row.reason === undefined || isIntent(row) ? null : <div className="muted">{row.reason}</div>}
        </>
      ),
    },
    {
      key: 'where',
      title: t.where,
      cell: ({ target }) =>
        [target.cluster, target.namespace]
          .map((part) => clusterName(part ?? ''))
          .filter(Boolean)
          .join(' / '),
    },
    {
      key: 'outcome',
      title: t.outcome,
      cell: ({ outcome, count }) => (
        <>
          <StatusDot status={outcomeStatus[outcome]}>{t.outcomes[outcome]}</StatusDot>
          {count === undefined ? null : <span className="muted"> × {count}</span>}
        </>
      ),
    },
    { key: 'action', title: t.action, cell: (row) => <code>{row.action}</code> },
  ];
}
