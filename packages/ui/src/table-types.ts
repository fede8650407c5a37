import type { ReactNode } from 'react';

export type Column<R> = {
  key: string;
  title: string;
  /** Instead of the title, which stays its name. */
  head?: ReactNode;
  cell: (row: R) => ReactNode;
  /** The list's own name for this order; without it the column does not sort. */
  sort?: string;
  numeric?: boolean;
  wrap?: boolean;
  /** Gives way to the others where the window is narrow. */
  yields?: boolean;
};

/** Height of a row: 40, 32 or 24 px. */
export type Density = 'comfortable' | 'normal' | 'compact';
export type TableProps<R> = {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowId: (row: R) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: R) => void;
  selectedId?: string | undefined;
  rowClass?: (row: R) => string;
  density?: Density;
  /** Ticked rows; with it `x` ticks and Shift+x ticks up to here. */
  ticked?: {
    ids: ReadonlySet<string>;
    nameOf: (row: R) => string;
    onChange: (ids: ReadonlySet<string>) => void;
  };
  /** Told which rows are drawn, as indexes, the last one exclusive. */
  onVisible?: (first: number, last: number) => void;
  /** Told when the end of the rows comes near. */
  onLoadMore?: (() => void) | undefined;
};
