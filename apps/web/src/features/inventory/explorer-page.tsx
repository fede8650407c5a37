import type { InventoryObject } from '@quarterdeck/contracts';
import { inventoryHealth, inventoryKinds, listEvents, listObjects } from '@quarterdeck/contracts/inventory';
import {
  AgeText,
  type Column,
  CompletenessBar,
  CopyButton,
  DataTable,
  Drawer,
  EmptyState,
  ProblemAlert,
  Skeleton,
  StatusDot,
} from '@quarterdeck/ui';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { api, live, problemOf } from '../../platform/api.ts';
import { PodLogs } from '../../platform/pod-logs.tsx';

const numbers = (value: number | undefined) => value;

const columns: Column<InventoryObject>[] = [
  { key: 'name', title: 'Name', sort: 'name', cell: (row) => <strong>{row.name}</strong> },
  {
    key: 'status',
    title: 'Status',
    sort: 'status',
    cell: (row) => <StatusDot status={row.health}>{row.statusText}</StatusDot>,
  },
  { key: 'namespace', title: 'Namespace', cell: (row) => row.namespace },
  { key: 'cluster', title: 'Cluster', cell: (row) => <span className="badge">{row.cluster}</span> },
  {
    key: 'ready',
    title: 'Ready',
    numeric: true,
    cell: (row) => (row.desired === undefined ? '' : `${row.ready ?? 0}/${row.desired}`),
  },
  { key: 'restarts', title: 'Restarts', numeric: true, sort: 'restarts', cell: (row) => numbers(row.restarts) },
  { key: 'node', title: 'Node', sort: 'node', cell: (row) => row.node },
  { key: 'cpu', title: 'CPU, cores', numeric: true, sort: 'cpuCores', cell: (row) => row.cpuCores },
  {
    key: 'memory',
    title: 'Memory',
    numeric: true,
    cell: (row) => (row.memoryBytes === undefined ? '' : `${(row.memoryBytes / 2 ** 30).toFixed(2)} GiB`),
  },
  { key: 'age', title: 'Created', sort: 'createdAt', cell: (row) => <AgeText at={row.createdAt} /> },
];

const byKind: Record<string, readonly string[]> = {
  pods: ['name', 'status', 'namespace', 'cluster', 'ready', 'restarts', 'node', 'cpu', 'memory', 'age'],
  nodes: ['name', 'status', 'cluster', 'cpu', 'memory', 'age'],
  namespaces: ['name', 'status', 'cluster', 'age'],
};
const otherKinds = ['name', 'status', 'namespace', 'cluster', 'ready', 'age'];

export function WorkloadsPage() {
  return <Explorer plural="deployments" title="Workloads" pick={false} />;
}

export function NodesPage() {
  return <Explorer plural="nodes" title="Nodes" pick={false} />;
}

/** Any watched kind over all clusters; the URL is the whole state. */
export function ExplorerPage() {
  const { plural } = useParams({ strict: false });
  return <Explorer plural={plural ?? 'pods'} title="Inventory" pick />;
}

function Explorer({ plural, title, pick }: { plural: string; title: string; pick: boolean }) {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const queries = useQueryClient();
  const [selected, setSelected] = useState<InventoryObject | undefined>();
  const [fresh, setFresh] = useState({ added: 0, removed: 0 });
  const filters = { q: search.q, clusters: search.clusters, namespaces: search.namespaces, health: search.health };
  const sort = search.sort ?? 'name';
  const key = ['inventory', 'objects', plural, filters, sort];
  const list = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) =>
      api.call(
        listObjects,
        {
          query: {
            plural: plural as 'pods',
            ...(filters as object),
            sort: sort as 'name',
            limit: 100,
            cursor: pageParam,
          },
        },
        { signal },
      ),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: 15_000,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const ids = rows
    .slice(0, 200)
    .map((row) => row.id)
    .join(',');

  // Rows on screen change in place; what is new waits behind a button, so that nothing jumps.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ids and filters are the subscription
  useEffect(() => {
    setFresh({ added: 0, removed: 0 });
    const params = Object.fromEntries(
      Object.entries({ plural, ...filters, ids: ids === '' ? [] : ids.split(',') }).filter(
        ([name, value]) => value !== undefined && name !== 'q',
      ),
    );
    return live.subscribe(
      'inventory.objects',
      { mode: 'page', params },
      {
        delta(puts, dels) {
          const changed = new Map((puts as InventoryObject[]).map((row) => [row.id, row]));
          queries.setQueryData<typeof list.data>(key, (data) =>
            data === undefined
              ? data
              : {
                  ...data,
                  pages: data.pages.map((page) => ({
                    ...page,
                    items: page.items.flatMap((row) => (dels.includes(row.id) ? [] : [changed.get(row.id) ?? row])),
                  })),
                },
          );
        },
        hint: (added, removed) =>
          setFresh((before) => ({ added: before.added + added, removed: before.removed + removed })),
      },
    );
  }, [plural, ids, JSON.stringify(filters)]);

  function refine(change: Record<string, string | undefined>): void {
    const next = Object.fromEntries(
      Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined && value !== ''),
    );
    void navigate({ to: path, search: next as never, replace: true });
  }
  const first = list.data?.pages[0];
  const shownColumns = columns.filter((column) => (byKind[plural] ?? otherKinds).includes(column.key));
  return (
    <>
      <div className="page-header">
        <h1>{title}</h1>
      </div>
      <div className="filters">
        {pick ? (
          <select
            aria-label="Kind"
            value={plural}
            onChange={(event) => {
              const kind = inventoryKinds.find((candidate) => candidate.plural === event.target.value);
              void navigate({
                to: '/inventory/$group/$plural',
                params: { group: kind?.group ?? 'core', plural: event.target.value },
                search: search as never,
              });
            }}
          >
            {inventoryKinds.map((kind) => (
              <option key={kind.plural} value={kind.plural}>
                {kind.kind}
              </option>
            ))}
          </select>
        ) : null}
        <TextFilter label="Name or word" value={search.q ?? ''} onChange={(q) => refine({ q })} focus />
        <TextFilter label="Clusters" value={search.clusters ?? ''} onChange={(clusters) => refine({ clusters })} />
        <TextFilter
          label="Namespaces"
          value={search.namespaces ?? ''}
          onChange={(namespaces) => refine({ namespaces })}
        />
        <select
          aria-label="Health"
          value={search.health ?? ''}
          onChange={(event) => refine({ health: event.target.value })}
        >
          <option value="">any health</option>
          {inventoryHealth.map((health) => (
            <option key={health}>{health}</option>
          ))}
        </select>
        <span className="muted">
          {first === undefined
            ? ''
            : `${rows.length} of ${first.totalIsExact ? first.total.toLocaleString() : `${first.total.toLocaleString()}+`}`}
        </span>
        {fresh.added + fresh.removed > 0 ? (
          <button
            type="button"
            className="button small"
            onClick={() => {
              setFresh({ added: 0, removed: 0 });
              void list.refetch();
            }}
          >
            {fresh.added} new, {fresh.removed} gone: show
          </button>
        ) : null}
      </div>
      <CompletenessBar clusters={first?.clusters} />
      <div className="panel flush">
        {list.isPending ? <Skeleton rows={12} /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {first !== undefined && rows.length === 0 ? (
          <EmptyState
            title={`No ${plural} match`}
            action={
              <button type="button" className="button" onClick={() => void navigate({ to: path, search: {} as never })}>
                Clear filters
              </button>
            }
          />
        ) : null}
        {rows.length > 0 ? (
          <DataTable
            label={plural}
            columns={shownColumns}
            rows={rows}
            rowId={(row) => row.id}
            sort={sort}
            onSort={(next) => refine({ sort: next })}
            selectedId={selected?.id}
            onOpen={setSelected}
            rowClass={(row) =>
              first?.clusters.find((cluster) => cluster.slug === row.cluster)?.state === 'cut_off' ? 'stale' : ''
            }
          />
        ) : null}
      </div>
      {list.hasNextPage ? (
        <div>
          <button
            type="button"
            className="button"
            disabled={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {list.isFetchingNextPage ? 'Loading …' : 'Load more'}
          </button>
        </div>
      ) : null}
      {selected === undefined ? null : <ObjectDrawer row={selected} onClose={() => setSelected(undefined)} />}
    </>
  );
}

const typingMs = 300;

/** A filter that writes the URL once typing rests. */
function TextFilter({
  label,
  value,
  onChange,
  focus,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  focus?: boolean;
}) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), typingMs);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <input
      aria-label={label}
      placeholder={label}
      value={typed}
      {...(focus === true ? { 'data-filter': true } : {})}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

function ObjectDrawer({ row, onClose }: { row: InventoryObject; onClose: () => void }) {
  const events = useQuery({
    queryKey: ['inventory', 'events', row.uid],
    queryFn: ({ signal }) => api.call(listEvents, { query: { objectUid: row.uid, limit: 20 } }, { signal }),
    refetchInterval: 5000,
  });
  const kubectl = `kubectl get ${row.plural} ${row.name}${row.namespace === undefined ? '' : ` -n ${row.namespace}`} -o yaml`;
  return (
    <Drawer title={row.name} onClose={onClose}>
      <div className="row wrap">
        <StatusDot status={row.health}>{row.statusText}</StatusDot>
        <span className="badge">{row.cluster}</span>
        <CopyButton text={kubectl} label="Copy as kubectl" />
      </div>
      <dl className="facts">
        <dt>Kind</dt>
        <dd>{row.kind}</dd>
        <dt>Namespace</dt>
        <dd>{row.namespace ?? 'cluster-wide'}</dd>
        <dt>Created</dt>
        <dd>
          <AgeText at={row.createdAt} />
        </dd>
        {Object.entries(row.facts)
          .filter(([, value]) => value !== undefined && value !== null && value !== '')
          .map(([name, value]) => (
            <FactRow key={name} name={name} value={value} />
          ))}
        <dt>Labels</dt>
        <dd>
          {Object.entries(row.labels).map(([name, value]) => (
            <div key={name}>
              <code>
                {name}={value}
              </code>
            </div>
          ))}
        </dd>
      </dl>
      <h3>Events</h3>
      {events.isPending ? <Skeleton rows={2} /> : null}
      {events.data?.items.length === 0 ? (
        <p className="muted">No event of this object in the last three days.</p>
      ) : null}
      <ul className="attention">
        {(events.data?.items ?? []).map((event) => (
          <li key={event.id}>
            <StatusDot status={event.type === 'Warning' ? 'degraded' : 'healthy'}>{event.reason}</StatusDot>
            <span className="grow">{event.message}</span>
            <AgeText at={event.lastAt} />
          </li>
        ))}
      </ul>
      {row.plural === 'pods' && row.namespace !== undefined ? (
        <PodLogs clusterId={row.clusterId} namespace={row.namespace} pod={row.name} />
      ) : null}
    </Drawer>
  );
}

function FactRow({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)}</dd>
    </>
  );
}
