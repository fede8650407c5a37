import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { Column, TableProps } from './table-types.ts';
import { t } from './ui.messages.ts';

type Direction = 'ascending' | 'descending' | undefined;

/** Titles; those that sort are buttons, once up, once down. */
export function TableHead<R>(props: TableProps<R>) {
  const directionOf = ({ sort }: Column<R>): Direction =>
    sort === undefined
      ? undefined
      : props.sort === sort
        ? 'ascending'
        : props.sort === `-${sort}`
          ? 'descending'
          : undefined;
  return (
    <thead>
      <tr>
        {props.ticked === undefined ? null : (
          <th scope="col" className="tick">
            <span className="visually-hidden">{t.ticked}</span>
          </th>
        )}
        {props.columns.map((column) => {
          const direction = directionOf(column);
          const { sort } = column;
          return (
            <th
              key={column.key}
              className={`${column.numeric === true ? 'number' : ''} ${column.yields === true ? 'yields' : ''}`}
              aria-sort={direction ?? 'none'}
              scope="col"
            >
              {sort === undefined || props.onSort === undefined ? (
                (column.head ?? column.title)
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
  );
}
