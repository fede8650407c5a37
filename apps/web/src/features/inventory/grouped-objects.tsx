import type { InventoryObject } from '@quarterdeck/contracts';
import { facetObjects } from '@quarterdeck/contracts/inventory';
import { ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import type { InventoryKind } from '../../platform/kinds.ts';
import { filtersOf, type Grouping, groupOf } from './grouping.ts';
import { t } from './inventory.messages.ts';
import { ObjectsTable, type TableLook } from './objects-table.tsx';
import { type ObjectFilters, useObjects } from './use-objects.ts';

const refreshMs = 10_000;

/** Groups with how many objects each holds; one that is opened shows its rows, live like the whole list. */
export function GroupedObjects(props: {
  kind: InventoryKind;
  filters: ObjectFilters;
  grouping: Grouping;
  look: TableLook;
  /** The object whose details are open. */
  opened: InventoryObject | undefined;
  /** Of the whole list; what no group holds is told. */
  total: number | undefined;
}) {
  const { kind, filters, grouping, total } = props;
  const { group, plural } = kind;
  const { field, label } = grouping;
  const facet = useQuery({
    queryKey: ['inventory', 'groups', group, plural, field, label, filters],
    queryFn: ({ signal }) =>
      api.call(
        facetObjects,
        {
          query: {
            group,
            plural,
            ...(filters as object),
            fields: field as never,
            ...(label === undefined ? {} : { label }),
          },
        },
        { signal },
      ),
    refetchInterval: refreshMs,
  });
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const openedIn = props.opened === undefined ? undefined : groupOf(props.opened, grouping);
  // What a link has opened is seen in its group.
  useEffect(() => {
    if (openedIn !== undefined) setOpen((before) => new Set([...before, openedIn]));
  }, [openedIn]);
  if (facet.isPending) return <Skeleton rows={8} />;
  if (facet.data === undefined)
    return <ProblemAlert problem={problemOf(facet.error)} onRetry={() => void facet.refetch()} />;
  const { values = [], isExact = true } = facet.data.facets[0] ?? {};
  const counted = values.reduce((sum, { count }) => sum + count, 0);
  const others = isExact && total !== undefined ? total - counted : 0;
  const toggle = (value: string) => {
    const next = new Set(open);
    if (!next.delete(value)) next.add(value);
    setOpen(next);
  };
  return (
    <div className="groups">
      {values.map(({ value, count }) => (
        <section key={value} aria-label={value}>
          <Head
            open={open.has(value)}
            // Values stand in filters with commas between them.
            onToggle={value.includes(',') ? undefined : () => toggle(value)}
          >
            <GroupName field={field} value={value} />
            <span className="count">
              {isExact ? '' : '≥ '}
              {count.toLocaleString()}
            </span>
          </Head>
          {open.has(value) ? (
            <GroupRows kind={kind} filters={filtersOf(filters, grouping, value)} look={props.look} />
          ) : null}
        </section>
      ))}
      {others > 0 ? <p className="muted group-rest">{t.ungrouped(others)}</p> : null}
    </div>
  );
}

function Head(props: { open: boolean; onToggle: (() => void) | undefined; children: ReactNode }) {
  return (
    <h2 className="group-head">
      <button type="button" aria-expanded={props.open} disabled={props.onToggle === undefined} onClick={props.onToggle}>
        <span aria-hidden="true">{props.open ? '▾' : '▸'}</span> {props.children}
      </button>
    </h2>
  );
}

function GroupName({ field, value }: { field: Grouping['field']; value: string }) {
  if (field === 'health') return <StatusDot status={value as 'healthy'}>{value}</StatusDot>;
  return field === 'cluster' ? <span className="badge">{value}</span> : <span>{value}</span>;
}

function GroupRows(props: { kind: InventoryKind; filters: ObjectFilters; look: TableLook }) {
  const { kind, filters, look } = props;
  const { list, rows, pending, reload, onVisible } = useObjects(kind, filters, look.sort, true);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  if (list.isPending) return <Skeleton rows={4} />;
  if (list.isError) return <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} />;
  const gone = Math.max(pending.removed, pending.gone.size);
  return (
    <>
      {pending.added + gone > 0 ? (
        <button type="button" className="pill" onClick={reload}>
          {t.waiting(pending.added, gone)}
        </button>
      ) : null}
      <ObjectsTable look={look} rows={rows} gone={pending.gone} onVisible={onVisible} onLoadMore={loadMore} />
      {hasNextPage ? (
        <button type="button" className="button small group-more" disabled={isFetchingNextPage} onClick={loadMore}>
          {isFetchingNextPage ? t.loading : t.loadMore}
        </button>
      ) : null}
    </>
  );
}
