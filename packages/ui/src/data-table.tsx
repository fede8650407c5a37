import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useRowWindow } from './row-window.ts';
import { TableHead } from './table-head.tsx';
import type { Density, TableProps } from './table-types.ts';
import { t } from './ui.messages.ts';

/** Pixels. */
const rowHeights: Record<Density, number> = { comfortable: 40, normal: 32, compact: 24 };

/** Longer lists draw only what is in view, in rows of one height. */
const drawnWhole = 120;
/** Rows left below the view when more are asked for. */
const ahead = 40;

/** Rows with a sticky header, server-side order, and keys: j, k or arrows move, x ticks, Enter and o open. */
export function DataTable<R>(props: TableProps<R>) {
  const box = useRef<HTMLDivElement>(null);
  const lastTicked = useRef<number | undefined>(undefined);
  const { rows, onVisible, onLoadMore, ticked, density = 'normal' } = props;
  const drawn = useRowWindow(box, { count: rows.length, rowHeight: rowHeights[density], from: drawnWhole });
  const { first, last } = drawn;
  useEffect(() => onVisible?.(first, last), [first, last, onVisible]);
  useEffect(() => {
    if (rows.length > drawnWhole && last > rows.length - ahead) onLoadMore?.();
  }, [last, rows.length, onLoadMore]);

  function tick(index: number, range: boolean): void {
    const row = rows[index];
    if (ticked === undefined || row === undefined) return;
    const next = new Set(ticked.ids);
    const id = props.rowId(row);
    if (range && lastTicked.current !== undefined) {
      const [from, to] = [Math.min(index, lastTicked.current), Math.max(index, lastTicked.current)];
      for (const between of rows.slice(from, to + 1)) next.add(props.rowId(between));
    } else if (!next.delete(id)) next.add(id);
    lastTicked.current = index;
    ticked.onChange(next);
  }

  function onKey(event: KeyboardEvent<HTMLTableRowElement>, row: R, index: number): void {
    const sibling =
      event.key === 'ArrowDown' || event.key === 'j'
        ? event.currentTarget.nextElementSibling
        : event.key === 'ArrowUp' || event.key === 'k'
          ? event.currentTarget.previousElementSibling
          : undefined;
    if (sibling instanceof HTMLElement && !sibling.classList.contains('spacer')) {
      event.preventDefault();
      sibling.focus();
    }
    if (event.key.toLowerCase() === 'x') tick(index, event.shiftKey);
    if ((event.key === 'Enter' || event.key === 'o') && event.target === event.currentTarget) props.onOpen?.(row);
  }

  const focusable = rows.findIndex((row) => props.rowId(row) === props.selectedId);
  return (
    <div className="table-wrap" ref={box}>
      <table
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        className={`${density} ${rows.length > drawnWhole ? 'one-height' : ''}`}
      >
        <TableHead {...props} />
        <tbody>
          <Spacer height={drawn.before} columns={props.columns.length} />
          {rows.slice(first, last).map((row, offset) => {
            const id = props.rowId(row);
            const index = first + offset;
            return (
              <tr
                key={id}
                tabIndex={index === (focusable === -1 ? first : focusable) ? 0 : -1}
                aria-selected={props.selectedId === id || ticked?.ids.has(id) === true}
                aria-rowindex={index + 2}
                className={`${props.onOpen === undefined ? '' : 'clickable'} ${props.rowClass?.(row) ?? ''}`}
                onClick={(event) => {
                  if (!(event.target instanceof HTMLElement) || event.target.closest('a, button, input') === null)
                    props.onOpen?.(row);
                }}
                onKeyDown={(event) => onKey(event, row, index)}
              >
                {ticked === undefined ? null : (
                  <td className="tick">
                    <input
                      type="checkbox"
                      aria-label={t.select(ticked.nameOf(row))}
                      tabIndex={-1}
                      checked={ticked.ids.has(id)}
                      onClick={(event) => tick(index, event.shiftKey)}
                      onChange={() => undefined}
                    />
                  </td>
                )}
                {props.columns.map((column) => (
                  <td
                    key={column.key}
                    className={`${column.numeric === true ? 'number' : ''} ${column.wrap === true ? 'wrap' : ''} ${column.yields === true ? 'yields' : ''}`}
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
