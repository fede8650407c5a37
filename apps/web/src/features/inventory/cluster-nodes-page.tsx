import type { InventoryNode } from '@quarterdeck/contracts';
import { DataTable, EmptyState, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { problemOf } from '../../platform/api.ts';
import { Completeness } from '../../platform/completeness.tsx';
import { objectPath } from '../../platform/object-path.ts';
import { t } from './cluster-parts.messages.ts';
import { nodesQuery } from './inventory.queries.ts';
import { nodeColumns, sortedNodes } from './node-columns.tsx';
import { ObjectDrawer } from './object-drawer.tsx';

/** The nodes of one cluster with how full they are. */
export function ClusterNodesPage({ actions }: { actions?: (node: InventoryNode) => ReactNode }) {
  const { cluster = '' } = useParams({ strict: false });
  const { sort = 'status', peek } = useSearch({ strict: false }) as { sort?: string; peek?: string };
  const navigate = useNavigate();
  const nodes = useQuery(nodesQuery({ clusters: cluster }));
  const go = (change: { sort?: string | undefined; peek?: string | undefined }, replace: boolean) =>
    void navigate({ to: '.', replace, search: ((before: object) => ({ ...before, ...change })) as never });
  if (nodes.isPending) return <Skeleton rows={12} />;
  if (nodes.data === undefined)
    return <ProblemAlert problem={problemOf(nodes.error)} onRetry={() => void nodes.refetch()} />;
  const rows = sortedNodes(nodes.data.items, sort);
  const open = rows.find((row) => row.id === peek);
  const isAway = nodes.data.clusters.some(({ state }) => state !== 'live');
  return (
    <>
      <Completeness clusters={nodes.data.clusters} only="bar" onRetry={() => void nodes.refetch()} />
      <div className="panel flush">
        {rows.length === 0 ? (
          <EmptyState
            title={t.noNodes}
            action={
              <Link to="/clusters/$cluster/health" params={{ cluster }} className="button">
                {t.seeAll}
              </Link>
            }
          />
        ) : (
          <DataTable<InventoryNode>
            label={t.nodes}
            columns={nodeColumns(rows, { oneCluster: true })}
            rows={rows}
            rowId={(row) => row.id}
            sort={sort}
            onSort={(next) => go({ sort: next === 'status' ? undefined : next }, true)}
            selectedId={open?.id}
            onOpen={(row) => go({ peek: row.id }, false)}
            rowClass={() => (isAway ? 'stale' : '')}
          />
        )}
      </div>
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
