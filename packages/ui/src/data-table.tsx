import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';

export type Column<R> = {
  key: string;
  title: string;
  cell: (row: R) => ReactNode;
  /** The list's own name for this order; without it the column does not sort. */
  sort?: string;
  numeric?: boolean;
  wrap?: boolean;
};

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
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  function move(event: KeyboardEvent<HTMLTableRowElement>, row: R): void {
    const sibling =
      event.key === 'ArrowDown' || event.key === 'j'
        ? event.currentTarget.nextElementSibling
        : event.key === 'ArrowUp' || event.key === 'k'
          ? event.currentTarget.previousElementSibling
          : undefined;
    if (sibling instanceof HTMLElement) {
      event.preventDefault();
      sibling.focus();
    }
    if ((event.key === 'Enter' || event.key === 'o') && event.target === event.currentTarget) props.onOpen?.(row);
  }
  return (
    <div className="table-wrap">
      <table aria-label={props.label}>
        <thead>
          <tr>
            {props.columns.map((column) => {
              const { sort } = column;
              const direction =
                props.sort === sort ? 'ascending' : props.sort === `-${sort}` ? 'descending' : undefined;
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
        <tbody ref={body}>
          {props.rows.map((row, index) => {
            const id = props.rowId(row);
            return (
              <tr
                key={id}
                tabIndex={index === 0 || props.selectedId === id ? 0 : -1}
                aria-selected={props.selectedId === id}
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
        </tbody>
      </table>
    </div>
  );
}
