import type { InventoryObject } from '@quarterdeck/contracts';
import { AgeText, type Column, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { objectPath, workloadPath } from '../../platform/object-path.ts';
import { t } from './inventory.messages.ts';

const gibibyte = 2 ** 30;

/** A Deployment has one page over all clusters that hold it; everything else a page in its cluster. */
export function pageOf(row: InventoryObject): string {
  return row.plural === 'deployments' && row.namespace !== undefined ? workloadPath(row) : objectPath(row);
}

const images = (row: InventoryObject): string => {
  const containers = (row.facts.containers ?? []) as { image?: string }[];
  const all = (row.facts.images ?? containers.map(({ image }) => image)) as (string | undefined)[];
  return all.map((image = '') => image.slice(image.lastIndexOf('/') + 1)).join(', ');
};

const columns: Column<InventoryObject>[] = [
  {
    key: 'name',
    title: t.name,
    sort: 'name',
    cell: (row) => (
      <Link to={pageOf(row)} className="strong">
        {row.name}
      </Link>
    ),
  },
  {
    key: 'status',
    title: t.status,
    sort: 'status',
    cell: (row) => <StatusDot status={row.health}>{row.statusText}</StatusDot>,
  },
  { key: 'namespace', title: t.namespace, cell: (row) => row.namespace },
  { key: 'cluster', title: t.cluster, cell: (row) => <span className="badge">{row.cluster}</span> },
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
    cell: (row) => (row.memoryBytes === undefined ? '' : `${(row.memoryBytes / gibibyte).toFixed(2)} GiB`),
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
  { key: 'age', title: t.created, sort: 'createdAt', cell: (row) => <AgeText at={row.createdAt} /> },
];

const shownFirst: Record<string, readonly string[]> = {
  pods: ['name', 'status', 'namespace', 'cluster', 'ready', 'restarts', 'node', 'age'],
  deployments: ['name', 'status', 'namespace', 'cluster', 'images', 'age'],
  nodes: ['name', 'status', 'cluster', 'cpu', 'memory', 'age'],
  namespaces: ['name', 'status', 'cluster', 'age'],
};
const workloads = ['name', 'status', 'namespace', 'cluster', 'ready', 'images', 'age'];
for (const plural of ['replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs']) shownFirst[plural] = workloads;
const otherKinds = ['name', 'status', 'namespace', 'cluster', 'age'];
const notOf: Record<string, readonly string[]> = {
  nodes: ['namespace', 'ready', 'restarts', 'node', 'images'],
  namespaces: ['namespace', 'ready', 'restarts', 'node', 'images', 'cpu', 'memory'],
  services: ['ready', 'restarts', 'node', 'images', 'cpu', 'memory'],
  deployments: ['restarts', 'node', 'ready'],
  replicasets: ['restarts', 'node'],
};

/** Columns a kind can show, in their order. */
export function choicesOf(plural: string): readonly { key: string; title: string }[] {
  return columns.filter(({ key }) => !(notOf[plural] ?? []).includes(key)).map(({ key, title }) => ({ key, title }));
}

/** Columns shown unless the reader chose others. */
export function defaultsOf(plural: string): readonly string[] {
  return shownFirst[plural] ?? otherKinds;
}

/**
 * Columns to show; the name is always one of them.
 * @param chosen from the URL, with commas: unknown ones are dropped
 */
export function columnsOf(plural: string, chosen: string | undefined): Column<InventoryObject>[] {
  const asked = chosen === undefined ? defaultsOf(plural) : ['name', ...chosen.split(',')];
  const possible = new Set(choicesOf(plural).map(({ key }) => key));
  return columns.filter(({ key }) => possible.has(key) && asked.includes(key));
}
