import type { InventoryObject } from '@quarterdeck/contracts';
import { inventoryHealth } from '@quarterdeck/contracts/inventory';
import { AgeText, type Column, DataTable, StatusDot } from '@quarterdeck/ui';
import { Link, useNavigate } from '@tanstack/react-router';
import { objectPath } from '../../platform/object-path.ts';
import { t } from './workloads.messages.ts';

const columns: Column<InventoryObject>[] = [
  {
    key: 'name',
    title: t.name,
    cell: (row) => (
      <Link to={objectPath(row)}>
        <strong>{row.name}</strong>
      </Link>
    ),
  },
  { key: 'status', title: t.status, cell: (row) => <StatusDot status={row.health}>{row.statusText}</StatusDot> },
  { key: 'cluster', title: t.cluster, cell: (row) => <span className="badge">{row.cluster}</span> },
  { key: 'restarts', title: t.restarts, numeric: true, cell: (row) => row.restarts },
  { key: 'node', title: t.node, cell: (row) => row.node },
  { key: 'age', title: t.created, cell: (row) => <AgeText at={row.createdAt} /> },
];

/** Pods of every cluster, trouble first. */
export function PodsTable({ pods }: { pods: readonly InventoryObject[] }) {
  const navigate = useNavigate();
  const rows = pods.toSorted(
    (a, b) =>
      inventoryHealth.indexOf(a.health) - inventoryHealth.indexOf(b.health) ||
      a.cluster.localeCompare(b.cluster) ||
      a.name.localeCompare(b.name),
  );
  if (rows.length === 0) return <p className="muted">{t.noPods}</p>;
  return (
    <section className="panel flush">
      <DataTable
        label={t.pods}
        columns={columns}
        rows={rows}
        rowId={(row) => row.id}
        onOpen={(row) => void navigate({ to: objectPath(row) })}
      />
    </section>
  );
}
