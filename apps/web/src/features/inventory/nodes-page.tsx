import type { InventoryNode } from '@quarterdeck/contracts';
import { DataTable, PageHeader, ProblemAlert, Skeleton, TextFilter } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { Completeness } from '../../platform/completeness.tsx';
import { objectPath } from '../../platform/object-path.ts';
import { useScope } from '../../platform/scope.ts';
import { t } from './inventory.messages.ts';
import { nodesQuery } from './inventory.queries.ts';
import { nodeColumns, nodeHealths, sortedNodes } from './node-columns.tsx';
import { NodeHeat } from './node-heat.tsx';
import { type Measure, measures } from './node-load.ts';
import { Nothing } from './nothing.tsx';
import { ObjectDrawer } from './object-drawer.tsx';
import { TickedRows } from './ticked-rows.tsx';

type Search = Partial<Record<'q' | 'health' | 'sort' | 'as' | 'by' | 'peek', string>>;

const nodeKind = { group: 'core', plural: 'nodes' };

/** Nodes of all clusters with how full they are: a table, or a grid to look at. */
export function NodesPage({ actions }: { actions?: (node: InventoryNode) => ReactNode }) {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const { q, health, sort = 'status', peek } = search;
  const by: Measure = measures.find((measure) => measure === search.by) ?? 'cpu';
  const { scope, narrowed, setScope } = useScope();
  const filters = {
    q,
    health,
    clusters: scope.clusters.length === 0 ? undefined : scope.clusters.join(','),
  };
  const nodes = useQuery(nodesQuery(filters));
  const go = useCallback(
    (change: Partial<Record<keyof Search, string | undefined>>, replace = true) =>
      void navigate({
        to: '/nodes',
        replace,
        search: ((before: object) =>
          Object.fromEntries(
            Object.entries({ ...before, ...change }).map(([key, value]) => [key, value === '' ? undefined : value]),
          )) as never,
      }),
    [navigate],
  );
  const setQ = useCallback((words: string) => go({ q: words }), [go]);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const items = nodes.data?.items;
  const rows = useMemo(() => sortedNodes(items ?? [], sort), [items, sort]);
  const away = useMemo(
    () => new Set(nodes.data?.clusters.filter(({ state }) => state !== 'live').map(({ slug }) => slug)),
    [nodes.data],
  );
  const open = rows.find((row) => row.id === peek);
  const isHeat = search.as === 'heat';
  const filtered = [q, health].some((value) => value !== undefined);
  return (
    <>
      <PageHeader
        title={t.nodes}
        status={<Completeness clusters={nodes.data?.clusters} only="chip" />}
        actions={
          <fieldset className="segments" aria-label={t.shownAs}>
            {(['table', 'heat'] as const).map((as) => (
              <button
                key={as}
                type="button"
                aria-pressed={isHeat === (as === 'heat')}
                onClick={() => go({ as: as === 'heat' ? 'heat' : undefined })}
              >
                {t.as[as]}
              </button>
            ))}
          </fieldset>
        }
      />
      <Completeness clusters={nodes.data?.clusters} only="bar" onRetry={() => void nodes.refetch()} />
      <div className="filters">
        <TextFilter label={t.nameOrWord} value={q ?? ''} onChange={setQ} focus />
        <select aria-label={t.health} value={health ?? ''} onChange={(event) => go({ health: event.target.value })}>
          <option value="">{t.anyHealth}</option>
          <option value="failed,degraded">{t.trouble}</option>
          {nodeHealths.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {isHeat ? (
          <select aria-label={t.colouredBy} value={by} onChange={(event) => go({ by: event.target.value })}>
            {measures.map((measure) => (
              <option key={measure} value={measure}>
                {t.measures[measure]}
              </option>
            ))}
          </select>
        ) : null}
        {nodes.data === undefined ? null : (
          <span className="muted">
            {t.shown(rows.length, `${away.size > 0 ? '≥ ' : ''}${nodes.data.total.toLocaleString()}`)}
          </span>
        )}
        <TickedRows rows={rows.filter((row) => ticked.has(row.id))} away={away} onClear={() => setTicked(new Set())} />
      </div>
      {nodes.isPending ? <Skeleton rows={12} /> : null}
      {nodes.isError ? <ProblemAlert problem={problemOf(nodes.error)} onRetry={() => void nodes.refetch()} /> : null}
      {nodes.data !== undefined && rows.length === 0 ? (
        <div className="panel">
          <Nothing
            kind={nodeKind}
            filters={{ q, health }}
            filtered={filtered}
            narrowed={narrowed}
            scope={scope}
            clusters={nodes.data.clusters}
            onClear={() => go({ q: undefined, health: undefined })}
            onWiden={() => setScope({ project: [], env: [], clusters: [] })}
          />
        </div>
      ) : null}
      {rows.length > 0 && isHeat ? (
        <NodeHeat nodes={rows} measure={by} away={away} onOpen={(node) => go({ peek: node.id }, false)} />
      ) : null}
      {rows.length > 0 && !isHeat ? (
        <div className="panel flush">
          <DataTable<InventoryNode>
            label={t.nodes}
            columns={nodeColumns(rows, { oneCluster: false })}
            rows={rows}
            rowId={(row) => row.id}
            sort={sort}
            onSort={(next) => go({ sort: next === 'status' ? undefined : next })}
            selectedId={open?.id}
            ticked={{ ids: ticked, nameOf: (row) => `${row.name} ${row.cluster}`, onChange: setTicked }}
            onOpen={(row) => go({ peek: row.id }, false)}
            rowClass={(row) => (away.has(row.cluster) ? 'stale' : '')}
          />
        </div>
      ) : null}
      {open === undefined ? null : (
        <ObjectDrawer
          row={open}
          page={objectPath(open)}
          gone={false}
          actions={actions?.(open)}
          onClose={() => go({ peek: undefined }, false)}
        />
      )}
    </>
  );
}
