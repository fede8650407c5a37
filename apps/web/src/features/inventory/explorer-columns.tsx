import type { InventoryObject } from '@quarterdeck/contracts';
import { AgeText, type Column, StatusDot } from '@quarterdeck/ui';

const gibibyte = 2 ** 30;

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
  { key: 'restarts', title: 'Restarts', numeric: true, sort: 'restarts', cell: (row) => row.restarts },
  { key: 'node', title: 'Node', sort: 'node', cell: (row) => row.node },
  { key: 'cpu', title: 'CPU, cores', numeric: true, sort: 'cpuCores', cell: (row) => row.cpuCores },
  {
    key: 'memory',
    title: 'Memory',
    numeric: true,
    cell: (row) => (row.memoryBytes === undefined ? '' : `${(row.memoryBytes / gibibyte).toFixed(2)} GiB`),
  },
  { key: 'age', title: 'Created', sort: 'createdAt', cell: (row) => <AgeText at={row.createdAt} /> },
];

const byKind: Record<string, readonly string[]> = {
  pods: ['name', 'status', 'namespace', 'cluster', 'ready', 'restarts', 'node', 'cpu', 'memory', 'age'],
  nodes: ['name', 'status', 'cluster', 'cpu', 'memory', 'age'],
  namespaces: ['name', 'status', 'cluster', 'age'],
};
const otherKinds = ['name', 'status', 'namespace', 'cluster', 'ready', 'age'];

const maybeEmpty: Record<string, (row: InventoryObject) => unknown> = {
  cpu: (row) => row.cpuCores,
  memory: (row) => row.memoryBytes,
  ready: (row) => row.desired,
};

/** Columns of a kind; those that no row fills are left out. */
export function columnsOf(plural: string, rows: readonly InventoryObject[]): Column<InventoryObject>[] {
  const keys = byKind[plural] ?? otherKinds;
  return columns.filter(({ key }) => {
    const read = maybeEmpty[key];
    return keys.includes(key) && (read === undefined || rows.some((row) => read(row) !== undefined));
  });
}
