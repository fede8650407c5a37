import type { InventoryObject } from '@quarterdeck/contracts';
import { type Column, DataTable, type Density } from '@quarterdeck/ui';

/** Ticked rows with what was known of them, over all tables of a page. */
export type Ticked = ReadonlyMap<string, InventoryObject>;

/** What every table of objects of a page shares. */
export type TableLook = {
  label: string;
  columns: readonly Column<InventoryObject>[];
  sort: string;
  onSort: (sort: string) => void;
  density: Density;
  ticked: Ticked;
  onTick: (ticked: Ticked) => void;
  openId: string | undefined;
  onOpen: (row: InventoryObject) => void;
  /** Clusters that are cut off now. */
  away: ReadonlySet<string>;
};

/** A table of objects: a whole list, or one group of it. */
export function ObjectsTable(props: {
  look: TableLook;
  rows: readonly InventoryObject[];
  gone: ReadonlySet<string>;
  onVisible: (first: number, last: number) => void;
  onLoadMore: () => void;
}) {
  const { look, rows, gone } = props;
  const { ticked } = look;
  return (
    <DataTable<InventoryObject>
      label={look.label}
      columns={look.columns}
      rows={rows}
      rowId={(row) => row.id}
      sort={look.sort}
      onSort={look.onSort}
      density={look.density}
      selectedId={look.openId}
      ticked={{
        ids: new Set(ticked.keys()),
        nameOf: (row) => `${row.name} ${row.cluster}`,
        onChange(ids) {
          const known = new Map([...ticked, ...rows.map((row) => [row.id, row] as const)]);
          look.onTick(
            new Map(
              [...ids].flatMap((id) => {
                const row = known.get(id);
                return row === undefined ? [] : [[id, row] as const];
              }),
            ),
          );
        },
      }}
      onOpen={look.onOpen}
      onVisible={props.onVisible}
      onLoadMore={props.onLoadMore}
      rowClass={(row) => `${look.away.has(row.cluster) ? 'stale' : ''} ${gone.has(row.id) ? 'gone' : ''}`}
    />
  );
}
