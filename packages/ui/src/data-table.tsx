import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { useRowWindow } from './row-window.ts';

export type Column<R> = {
  key: string;
  title: string;
  cell: (row: R) => ReactNode;
  /** The list's own name for this order; without it the column does not sort. */
  sort?: string;
  numeric?: boolean;
  wrap?: boolean;
};

const rowHeight = 32;
/** Longer lists draw only what is in view, in rows of one height. */
const drawnWhole = 120;
/** Rows left below the view when more are asked for. */
const ahead = 40;

/** Rows with a sticky header, server-side order, and arrow keys: j, k or arrows move, Enter opens. */
export function DataTable<R>(props: {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowId: (row: R) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: R) => void;
  selectedId?: string | undefined;
  rowClass?: (row: R) => string;
  /** Told which rows are drawn, as indexes, the last one exclusive. */
  onVisible?: (first: number, last: number) => void;
  /** Told when the end of the rows comes near. */
  onLoadMore?: (() => void) | undefined;
}) {
  const box = useRef<HTMLDivElement>(null);
  const { rows, onVisible, onLoadMore } = props;
  const drawn = useRowWindow(box, { count: rows.length, rowHeight, from: drawnWhole });
  const { first, last } = drawn;
  useEffect(() => onVisible?.(first, last), [first, last, onVisible]);
  useEffect(() => {
    if (rows.length > drawnWhole && last > rows.length - ahead) onLoadMore?.();
  }, [last, rows.length, onLoadMore]);
  function move(event: KeyboardEvent<HTMLTableRowElement>, row: R): void {
    const sibling =
      event.key === 'ArrowDown' || event.key === 'j'
        ? event.currentTarget.nextElementSibling
        : event.key === 'ArrowUp' || event.key === 'k'
          ? event.currentTarget.previousElementSibling
          : undefined;
    if (sibling instanceof HTMLElement && sibling.tabIndex >= -1 && !sibling.classList.contains('spacer')) {
      event.preventDefault();
      sibling.focus();
    }
    if ((event.key === 'Enter' || event.key === 'o') && event.target === event.currentTarget) props.onOpen?.(row);
  }
  return (
    <div className="table-wrap" ref={box}>
      <table
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        className={rows.length > drawnWhole ? 'one-height' : ''}
      >
        <thead>
          <tr>
            {props.columns.map((column) => {
              const { sort } = column;
              const direction =
                sort === undefined
                  ? undefined
                  : props.sort === sort
                    ? 'ascending'
                    : props.sort === `-${sort}`
                      ? 'descending'
                      : undefined;
              return (
                <th
                  key={column.key}
                  className={column.numeric === true ? 'number' : ''}
                  aria-sort={direction ?? 'none'}
                  scope="col"
                >
                  {sort === undefined || props.onSort === undefined ? (
                    column.title
                  ) : (
                    <button type="button" onClick={() => props.onSort?.(direction === 'ascending' ? `-${sort}` : sort)}>
                      {column.title}
                      {direction === 'ascending' ? <IconArrowUp size={12} aria-hidden="true" /> : null}
                      {direction === 'descending' ? <IconArrowDown size={12} aria-hidden="true" /> : null}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          <Spacer height={drawn.before} columns={props.columns.length} />
          {rows.slice(first, last).map((row, offset) => {
            const id = props.rowId(row);
            return (
              <tr
                key={id}
                tabIndex={offset === 0 || props.selectedId === id ? 0 : -1}
                aria-selected={props.selectedId === id}
                aria-rowindex={first + offset + 2}
                className={`${props.onOpen === undefined ? '' : 'clickable'} ${props.rowClass?.(row) ?? ''}`}
                onClick={(event) => {
                  if (!(event.target instanceof HTMLElement) || event.target.closest('a, button') === null)
                    props.onOpen?.(row);
                }}
                onKeyDown={(event) => move(event, row)}
              >
                {props.columns.map((column) => (
                  <td
                    key={column.key}
                    className={`${column.numeric === true ? 'number' : ''} ${column.wrap === true ? 'wrap' : ''}`}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer height={drawn.after} columns={props.columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for the rows that are not drawn. */
function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height === 0) return null;
  return (
    <tr className="spacer">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
