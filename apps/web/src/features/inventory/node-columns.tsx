import type { InventoryNode } from '@quarterdeck/contracts';
import { type Column, MeterText } from '@quarterdeck/ui';
import { ageColumn, clusterColumn, nameColumn, statusColumn } from './explorer-columns.tsx';
import { t } from './inventory.messages.ts';
import { percent } from './node-heat.tsx';
import { loadOf, measures, troubleOf } from './node-load.ts';

const columns: Column<InventoryNode>[] = [
  nameColumn,
  statusColumn,
  { key: 'trouble', title: t.findings, cell: (row) => troubleOf(row).join(', ') },
  { ...clusterColumn, sort: 'cluster' },
  { key: 'zone', title: t.zone, cell: (row) => String(row.facts.zone ?? '') },
  ...measures.map((measure) => ({
    key: measure,
    title: t.measures[measure],
    sort: measure,
    numeric: true,
    cell: (row: InventoryNode) => <MeterText share={loadOf(row, measure)}>{percent(loadOf(row, measure))}</MeterText>,
  })),
  {
    key: 'podCount',
    yields: true,
    title: t.podsOn,
    numeric: true,
    cell: (row) => (row.requested === undefined ? '' : row.requested.pods.toLocaleString()),
  },
  { key: 'kubelet', title: t.kubelet, yields: true, cell: (row) => String(row.facts.kubeletVersion ?? '') },
  ageColumn,
];

/** Columns of a list of nodes; what none of them has takes no room. */
export function nodeColumns(rows: readonly InventoryNode[], { oneCluster }: { oneCluster: boolean }) {
  const hidden = new Set([
    ...(rows.some((row) => troubleOf(row).length > 0) ? [] : ['trouble']),
    ...(rows.some((row) => row.facts.zone !== undefined) ? [] : ['zone']),
    ...(oneCluster ? ['cluster'] : []),
  ]);
  return columns.filter(({ key }) => !hidden.has(key));
}

/** Worst first. */
export const nodeHealths: readonly InventoryNode['health'][] = [
  'failed',
  'degraded',
  'unknown',
  'waiting',
  'updating',
  'healthy',
];

const orders: Record<string, (a: InventoryNode, b: InventoryNode) => number> = {
  name: (a, b) => a.name.localeCompare(b.name),
  status: (a, b) => nodeHealths.indexOf(a.health) - nodeHealths.indexOf(b.health) || a.name.localeCompare(b.name),
  cluster: (a, b) => a.cluster.localeCompare(b.cluster) || a.name.localeCompare(b.name),
  createdAt: (a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''),
  ...Object.fromEntries(
    measures.map((measure) => [
      measure,
      (a: InventoryNode, b: InventoryNode) => (loadOf(a, measure) ?? -1) - (loadOf(b, measure) ?? -1),
    ]),
  ),
};

/** Nodes in the order that `sort` names, `-` for descending. */
export function sortedNodes(nodes: readonly InventoryNode[], sort: string): InventoryNode[] {
  const order = orders[sort.replace(/^-/, '')] ?? orders.status;
  return nodes.toSorted((a, b) => (sort.startsWith('-') ? -1 : 1) * (order?.(a, b) ?? 0));
}
