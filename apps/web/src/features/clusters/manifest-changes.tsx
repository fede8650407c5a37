import type { ManifestChange } from '@quarterdeck/contracts';
import { type Column, DataTable, type Status, StatusDot } from '@quarterdeck/ui';
import { t } from './clusters.messages.ts';

const statuses: Record<ManifestChange['change'], Status> = {
  create: 'updating',
  change: 'degraded',
  delete: 'failed',
  unchanged: 'healthy',
  unknown: 'unknown',
};
const order = ['delete', 'create', 'change', 'unknown', 'unchanged'] as const;

const columns: Column<ManifestChange>[] = [
  {
    key: 'change',
    title: t.applyingIt,
    cell: (row) => <StatusDot status={statuses[row.change]}>{t.changes[row.change]}</StatusDot>,
  },
  { key: 'kind', title: t.kind, cell: (row) => row.kind },
  { key: 'name', title: t.objectName, cell: (row) => <code>{row.name}</code> },
  { key: 'namespace', title: t.namespace, cell: (row) => row.namespace },
];

/** How many objects applying it would create or change. */
export function changesIn(changes: readonly ManifestChange[]): number {
  return changes.filter(({ change }) => change === 'create' || change === 'change').length;
}

/** How many objects another profile left, which applying leaves alone. */
export function leftoversIn(changes: readonly ManifestChange[]): number {
  return changes.filter(({ change }) => change === 'delete').length;
}

/** What applying a manifest would do to each of its objects; what it would touch comes first. */
export function ManifestChanges({ changes }: { changes: readonly ManifestChange[] }) {
  return (
    <DataTable
      label={t.manifestObjects}
      columns={columns}
      rows={changes.toSorted((a, b) => order.indexOf(a.change) - order.indexOf(b.change))}
      rowId={(row) => `${row.kind} ${row.namespace ?? ''} ${row.name}`}
    />
  );
}
