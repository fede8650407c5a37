import type { InventoryObject } from '@quarterdeck/contracts';
import { AgeText, type Column, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { objectPath, workloadPath } from '../../platform/object-path.ts';
import { bytesText, ownColumns } from './fact-columns.tsx';
import { t } from './inventory.messages.ts';

/** A Deployment has one page over all clusters that hold it; everything else a page in its cluster. */
export function pageOf(row: InventoryObject): string {
  return row.plural === 'deployments' && row.namespace !== undefined ? workloadPath(row) : objectPath(row);
}

const images = (row: InventoryObject): string => {
  const containers = (row.facts.containers ?? []) as { image?: string }[];
  const all = (row.facts.images ?? containers.map(({ image }) => image)) as (string | undefined)[];
  return all.map((image = '') => image.slice(image.lastIndexOf('/') + 1)).join(', ');
};

/** Columns that every list of objects begins and ends with. */
export const nameColumn: Column<InventoryObject> = {
  key: 'name',
  title: t.name,
  sort: 'name',
  cell: (row) => (
    <Link to={pageOf(row)} className="strong">
      {row.name}
    </Link>
  ),
};
export const statusColumn: Column<InventoryObject> = {
  key: 'status',
  title: t.status,
  sort: 'status',
  cell: (row) => <StatusDot status={row.health}>{row.statusText}</StatusDot>,
};
export const clusterColumn: Column<InventoryObject> = {
  key: 'cluster',
  title: t.cluster,
  cell: (row) => <span className="badge">{row.cluster}</span>,
};
export const ageColumn: Column<InventoryObject> = {
  key: 'age',
  title: t.created,
  sort: 'createdAt',
  cell: (row) => <AgeText at={row.createdAt} />,
};

const columns: Column<InventoryObject>[] = [
  nameColumn,
  statusColumn,
  { key: 'namespace', title: t.namespace, cell: (row) => row.namespace },
  clusterColumn,
  {
    key: 'ready',
    title: t.ready,
    numeric: true,
    cell: (row) => (row.desired === undefined ? '' : `${row.ready ?? 0}/${row.desired}`),
  },
  { key: 'restarts', title: t.restarts, numeric: true, sort: 'restarts', cell: (row) => row.restarts },
  { key: 'images', title: t.images, cell: (row) => <code>{images(row)}</code> },
  { key: 'node', title: t.node, sort: 'node', cell: (row) => row.node },
  { key: 'cpu', title: t.cpu, numeric: true, sort: 'cpuCores', cell: (row) => row.cpuCores },
  {
    key: 'memory',
    title: t.memory,
    numeric: true,
    cell: (row) => (row.memoryBytes === undefined ? '' : bytesText(row.memoryBytes)),
  },
  {
    key: 'labels',
    title: t.labels,
    cell: (row) => (
      <code>
        {Object.entries(row.labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(' ')}
      </code>
    ),
  },
  ageColumn,
];

/** What of a kind decides over its columns. */
export type ColumnKind = {
  plural: string;
  namespaced: boolean;
  /** Names of printer columns. */
  printed: readonly string[];
};

const shownFirst: Record<string, readonly string[]> = {
  pods: ['name', 'status', 'namespace', 'cluster', 'ready', 'restarts', 'node', 'age'],
  deployments: ['name', 'status', 'namespace', 'cluster', 'images', 'age'],
  nodes: ['name', 'status', 'cluster', 'cpu', 'memory', 'age'],
};
const workloads = ['replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs'];
const workloadColumns = ['name', 'status', 'namespace', 'cluster', 'ready', 'images', 'age'];
const otherKinds = ['name', 'status', 'namespace', 'cluster', 'age'];

/** Common columns that say nothing of a kind. */
function says(kind: ColumnKind, key: string): boolean {
  const { plural } = kind;
  if (key === 'namespace') return kind.namespaced;
  if (key === 'restarts' || key === 'node') return plural === 'pods';
  if (key === 'ready') return plural === 'pods' || (workloads.includes(plural) && plural !== 'cronjobs');
  if (key === 'images') return plural === 'pods' || plural === 'deployments' || workloads.includes(plural);
  if (key === 'cpu' || key === 'memory') return ['pods', 'deployments', 'nodes', ...workloads].includes(plural);
  return true;
}

/** Every column a kind can show, in the order they stand: what is common, then what only the kind has, then its age. */
function possible(kind: ColumnKind): Column<InventoryObject>[] {
  const common = columns.filter(({ key }) => says(kind, key));
  const last = new Set(['labels', 'age']);
  return [
    ...common.filter(({ key }) => !last.has(key)),
    ...ownColumns(kind.plural, kind.printed).all,
    ...common.filter(({ key }) => last.has(key)),
  ];
}

/** Columns a kind can show, in their order. */
export function choicesOf(kind: ColumnKind): readonly { key: string; title: string }[] {
  return possible(kind).map(({ key, title }) => ({ key, title }));
}

/** Columns shown unless the reader chose others. */
export function defaultsOf(kind: ColumnKind): readonly string[] {
  const common = shownFirst[kind.plural] ?? (workloads.includes(kind.plural) ? workloadColumns : otherKinds);
  const wanted = new Set([...common, ...ownColumns(kind.plural, kind.printed).first]);
  return possible(kind).flatMap(({ key }) => (wanted.has(key) ? [key] : []));
}

/**
 * Columns to show; the name is always one of them.
 * @param chosen from the URL, with commas: unknown ones are dropped
 */
export function columnsOf(kind: ColumnKind, chosen: string | undefined): Column<InventoryObject>[] {
  const asked = chosen === undefined ? defaultsOf(kind) : ['name', ...chosen.split(',')];
  return possible(kind).filter(({ key }) => asked.includes(key));
}
